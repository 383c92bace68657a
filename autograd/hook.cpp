#include <ramie/autograd/hook.h>

#include <fmt/format.h>

#include <algorithm>

#include <ramie/tensor/error.h>

namespace ramie {

void Hook::remove() {
  if (!node_) return;
  auto& hooks = node_->notes->hooks;
  hooks.erase(std::remove_if(hooks.begin(), hooks.end(), [this](auto& h) { return h.id == id_; }),
              hooks.end());
  node_ = Ref<Node>();
}

namespace detail {

Hook add_hook(const Tensor& x, std::function<Tensor(const Tensor&)> f) {
  Node* n = node(x);
  if (!n)
    fail("register_hook",
         fmt::format("{} is not part of a graph: make it, or what it comes from, a variable.",
                     str(x.layout())));
  auto& hooks = n->noted().hooks;
  const int id = hooks.empty() ? 0 : hooks.back().id + 1;
  hooks.push_back({id, std::move(f)});
  return {Ref<Node>::share(n), id};
}

Tensor run_hooks(const Node& n, Tensor gradient) {
  const auto hooks = n.notes->hooks;  // one may remove itself
  for (auto& h : hooks) {
    Tensor next = h.f(gradient);
    if (!next || !next.layout().same(gradient.layout()) || next.device() != gradient.device())
      fail("register_hook", fmt::format("the gradient of {} is {}, but a hook gave {}.", n.name,
                                        str(gradient.layout()), next ? str(next.layout()) : "none"));
    gradient = std::move(next);
  }
  return gradient;
}

}  // namespace detail
}  // namespace ramie
