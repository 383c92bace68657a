// checkpoint: a part of a function keeps its arguments alone for the backward, and is run again there. It
// trades time for memory: n layers in checkpointed groups of sqrt(n) need memory for about 2 sqrt(n) layers.
//
//   auto block = checkpoint([&](const Tensor& x) { return layer2(relu(layer1(x))); });
//   Tensor y = block(x);
//
// The function may close over tensors, models and random streams: gradients reach them, and the second run
// draws the same numbers and leaves no trace in Variables. Arguments and results are Tensors, or pairs,
// tuples, vectors, maps... of Tensors. In forward mode there is nothing to keep, and it is the function
// itself; so it is where a grad stands inside a vmap (a vmap inside of a grad saves as it should).
//
// Source: jax.checkpoint; Chen et al., "Training deep nets with sublinear memory cost".
#pragma once

#include <ramie/autograd/function.h>
#include <ramie/autograd/grad.h>

namespace ramie {
namespace detail {

Tensors checkpointed(const std::function<Tensors(const Tensors&)>& f, const Tensors& x);

}  // namespace detail

template <class F>
auto checkpoint(F f) {
  return [f]<class... A>(const A&... arguments) {
    using Y = std::decay_t<std::invoke_result_t<const F&, const A&...>>;
    using detail::Tensors;
    const std::tuple<A...> given(arguments...);
    const auto form = std::make_shared<std::optional<Y>>();
    const auto flat = [f, given, form](const Tensors& x) {
      return detail::flat<Y>(form, std::apply(f, detail::with_tensors(given, x)));
    };
    const Tensors y = detail::checkpointed(flat, detail::tensors_of(given));
    return detail::with_tensors(**form, y);
  };
}

}  // namespace ramie
