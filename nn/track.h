// The tape on modules, as in PyTorch: a tracked model's variables keep a gradient beside their value, and
// backward() adds to it.
//
//   nn::track(model);                                         // once
//   optim::Optimizer optimizer(model, optim::adam({.learning_rate = 1e-3}));
//   for (const data::Batch& batch : train) {
//     nn::zero_grad(model);
//     Tensor loss = mean(softmax_cross_entropy_with_integer_labels(model(batch["image"]), batch["label"]));
//     backward(loss);                                         // model.conv1.kernel.grad() and all others
//     optimizer.step(model);
//   }
//   Tensor logits = no_grad([&] { return model(image); });    // nothing is recorded
//
// Gradients add up until zero_grad: two backward() in a row are one of the sum of both losses. They belong to
// the state, not to a value: views share them, assigning a value keeps them (one of another shape or on
// another device starts afresh), and a clone or the parts of a split have none, and are not tracked. Threads
// that run the model beside the training do so under no_grad. nn::value_and_grad works as without tracking,
// and leaves these gradients alone.
//
// In nn::jit, a step with backward() inside is recorded whole. A function whose result a backward() outside
// may lead through runs op by op.
//
// Source: torch.nn.Module.zero_grad, torch.Tensor.grad, torch.optim.Optimizer.step.
#pragma once

#include <ramie/autograd/engine.h>
#include <ramie/nn/state.h>

namespace ramie::nn {

namespace detail {
void track(const std::vector<Found>& variables, const Filter& filter);
void untrack(const std::vector<Found>& variables, const Filter& filter);
void zero_grad(const std::vector<Found>& variables);
State gradients(const char* op, const std::vector<Found>& variables, const Filter& filter);
}  // namespace detail

// From now on the variables that the filter takes are on the tape; those that were keep their gradients. To
// freeze the others is to leave them out here and in the optimizer's `wrt`. Errors: no variable is taken, or
// one that is not floating.
template <class M>
void track(const M& model, const Filter& filter = is<Param>) {
  detail::track(variables(model), filter);
}
// Takes them off again, and their gradients with them.
template <class M>
void untrack(const M& model, const Filter& filter = rest) {
  detail::untrack(variables(model), filter);
}
// Forgets the gradients of all tracked variables. An error if there are none.
template <class M>
void zero_grad(const M& model) {
  detail::zero_grad(variables(model));
}
// The gradients of the tracked variables, by path: zeros where no backward() has led to. An error where the
// filter takes none, or no backward() has reached any of them.
template <class M>
State gradients(const M& model, const Filter& filter = rest) {
  std::vector<Found> tracked = variables(model);
  std::erase_if(tracked, [](const Found& f) { return !f.variable->tracked(); });
  return detail::gradients("gradients", tracked, filter);
}

}  // namespace ramie::nn
