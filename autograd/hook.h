// Hooks see, and may change, the gradient that backward brings to a tensor: the sum of all that leads there.
//
//   Tensor h = relu(x);
//   register_hook(h, [](const Tensor& g) { std::cout << g; });             // sees
//   register_hook(h, [](const Tensor& g) { return clip(g, -1, 1); });      // changes what goes on from here
//   Hook k = register_hook(x, f);   k.remove();
//
// They run in the order of their registration, once in each backward; those of a variable, before the
// gradient is added to x.grad(). A hook that holds its own tensor keeps the graph alive for ever: capture
// copies of what it needs.
//
// Source: torch.Tensor.register_hook.
#pragma once

#include <functional>
#include <type_traits>

#include <ramie/autograd/node.h>

namespace ramie {

class Hook {
 public:
  Hook(Ref<Node> node, int id) : node_(std::move(node)), id_(id) {}
  void remove();  // later calls do nothing

 private:
  Ref<Node> node_;
  int id_;
};

namespace detail {

Hook add_hook(const Tensor& x, std::function<Tensor(const Tensor&)> f);
Tensor run_hooks(const Node& n, Tensor gradient);

}  // namespace detail

// f takes the gradient, and gives another of the same shape, dtype and device, or nothing. x must be part of
// a graph.
template <class F>
Hook register_hook(const Tensor& x, F f) {
  if constexpr (std::is_void_v<std::invoke_result_t<F&, const Tensor&>>)
    return detail::add_hook(x, [f](const Tensor& g) mutable {
      f(g);
      return g;
    });
  else
    return detail::add_hook(x, std::move(f));
}

}  // namespace ramie
