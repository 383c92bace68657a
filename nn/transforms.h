// The gradient of a loss by a model's variables.
//
//   auto loss_fn = [](CNN& model, const Batch& batch) {
//     Tensor logits = model(batch.image);
//     return std::pair{mean(softmax_cross_entropy_with_integer_labels(logits, batch.label)), logits};
//   };
//   auto [loss, logits, grads] = nn::value_and_grad(loss_fn)(model, batch);   // a pair's second is the aux
//   optimizer.update(model, grads);
//
// grads is a State with the paths of the model's parameters, or of what another filter takes. The model's own
// values stay in place meanwhile, so other threads may run it.
//
// Source: flax.nnx.value_and_grad.
#pragma once

#include <tuple>
#include <type_traits>
#include <utility>

#include <ramie/autograd/grad.h>
#include <ramie/nn/state.h>

namespace ramie::nn {
namespace detail {

// Leaves in the place of a model's variables.
class Leaves {
 public:
  Leaves(const std::vector<Found>& variables, const Filter& wrt);
  State gradients(const Tensor& loss) const;
  template <class T>
  T leave(T out) const {
    return level_.leave(std::move(out));
  }

 private:
  ramie::detail::Level level_;
  std::vector<std::string> paths_;
  Substitution substitution_;
  Restore<bool> recording_;
};

}  // namespace detail

template <class F>
auto value_and_grad(F loss_fn, Filter wrt = is<Param>) {
  return [loss_fn, wrt]<class M, class... A>(M&& model, A&&... arguments) {
    const detail::Leaves leaves(variables(model), wrt);
    auto result = loss_fn(model, std::forward<A>(arguments)...);
    if constexpr (std::is_same_v<decltype(result), Tensor>) {
      State grads = leaves.gradients(result);
      return std::tuple(leaves.leave(result), std::move(grads));
    } else {
      State grads = leaves.gradients(result.first);
      return std::tuple(leaves.leave(result.first), leaves.leave(std::move(result.second)), std::move(grads));
    }
  };
}
template <class F>
auto grad(F loss_fn, Filter wrt = is<Param>) {
  return [both = value_and_grad(std::move(loss_fn), std::move(wrt))]<class... A>(A&&... arguments) {
    auto result = both(std::forward<A>(arguments)...);
    if constexpr (std::tuple_size_v<decltype(result)> == 2)
      return std::get<1>(std::move(result));
    else
      return std::pair(std::get<2>(std::move(result)), std::get<1>(std::move(result)));
  };
}

}  // namespace ramie::nn
