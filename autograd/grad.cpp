#include <ramie/autograd/grad.h>

#include <fmt/format.h>

#include <atomic>

#include <ramie/autograd/trace.h>
#include <ramie/tensor/error.h>

namespace ramie::detail {

std::uint64_t next_level() {
  static std::atomic<std::uint64_t> levels = 0;
  return levels.fetch_add(1, std::memory_order_relaxed) + 1;
}

Tensor Level::enter(const Tensor& x) {
  if (!is_floating(x.dtype()))
    fail(
        "grad",
        fmt::format("an argument is {}: only floating tensors have a gradient. Use argnums to choose others, "
                    "or astype.",
                    str(x.layout())));
  Tensor leaf = x.alias(x.layout());
  auto made = make_node<Leaf>(x.layout(), number_, outside_ ? node(x) : nullptr);
  if (is_traced(x)) made->cover(x.graph()->is_node ? x.graph()->inner() : x);
  if (keep_values) keep_value(*made, leaf);
  leaf.attach(std::move(made));
  leaves_.push_back(leaf);
  return leaf;
}

bool Level::nested(const Tensor& y) const {
  const Node* n = y ? node(y) : nullptr;
  return n && ((outside_ && n->outermost < number_) || n->nodes_below);
}

Tensor Level::outside(const Tensor& x) const {
  const Node* n = x ? node(x) : nullptr;
  const bool stays = !n || (outside_ && n->outermost < number_);
  return stays ? x : without_node(x);
}

std::vector<Tensor> Level::gradients(const char* op, const Tensor& y) const {
  if (!y || y.size() != 1 || !is_floating(y.dtype()))
    fail(op,
         fmt::format(
             "the function's value is {}: it must be one floating number. Reduce it (sum, mean), or use vjp.",
             y ? str(y.layout()) : "undefined"));
  auto g = ramie::gradients(y, leaves_, {.create_graph = nested(y)});
  for (auto& t : g) t = outside(t);
  return g;
}

std::vector<Tensor> Level::gradients(const std::vector<Tensor>& y,
                                     const std::vector<Tensor>& cotangents) const {
  bool record = false;
  for (auto* list : {&y, &cotangents})
    for (auto& t : *list) record = record || (list == &y ? nested(t) : has_node(t));
  return ramie::gradients(y, leaves_, cotangents,
                          {.retain_graph = true, .create_graph = record && context.grad_enabled});
}
std::vector<Tensor> Level::gradients(const Tensor& y, const Tensor& cotangent) const {
  return gradients(std::vector{y}, std::vector{cotangent});
}

}  // namespace ramie::detail
