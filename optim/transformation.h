// Composable gradient transformations, as in optax: each maps gradients to updates, with a state of its own.
//
//   auto tx = optim::chain(optim::clip_by_global_norm(1), optim::scale_by_adam(),
//   optim::add_decayed_weights(1e-4),
//                          optim::scale_by_learning_rate(1e-3));
//   State state = tx.init(params);                            // "1.mu.linear1.kernel", ...
//   State updates = tx.update(grads, state, params);          // to be added to the parameters
//
// They act in the order of the chain. Updates already carry the minus sign of descent. Neighbours that work
// element by element are fused: one pass over memory for all of them and all parameters.
//
// Source: optax.GradientTransformation, chain, and the transformations of the same names.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include <ramie/nn/state.h>
#include <ramie/tensor/ops/update.h>

namespace ramie::optim {

using nn::State;

// A value for each step: from the step's number, a tensor from 0 on, to a tensor.
using Schedule = std::function<Tensor(const Tensor& count)>;

// The loss and its gradients at other parameters: optim::value_fn makes one of a model.
using ValueFn = std::function<std::pair<Tensor, State>(const State& params)>;
// What some transformations need beside the gradients.
struct ExtraArgs {
  Tensor value = {};      // the loss: reduce_on_plateau, polyak_sgd, line searches
  ValueFn value_fn = {};  // line searches, and sam where it is opaque
  State grad = {};        // what the whole chain was given, by itself where there is a value_fn
};

// Which parameters, by path, shape and dtype.
using Mask = std::function<bool(std::string_view path, const Tensor& param)>;

// A transformation that works element by element.
struct Elementwise {
  struct Inputs {
    std::span<State::Entry> counters;
    const State& updates;
    DType dtype;
    const ExtraArgs& extra;
  };
  kernels::Stage stage;
  std::vector<std::string> states = {};  // one for each parameter, like it
  State counters = {};                   // tensors of one element, with their first values
  // The stage's scalars, in the given dtype. The counters are moved on.
  std::function<std::vector<Tensor>(const Inputs&)> scalars = {};
  bool reads_updates = false;        // the scalars depend on the updates, so what comes before must be done
  std::vector<double> initial = {};  // what the states are at first; zero where it ends
  Mask mask = {};                    // the parameters it is for, if not all; then it has no states
};
// Any other. It runs without gradients being recorded.
struct General {
  std::function<State(const State& params)> init;
  std::function<State(State updates, State& state, const State& params, const ExtraArgs& extra)> update;
};

class GradientTransformation {
 public:
  using Part = std::variant<Elementwise, General>;
  GradientTransformation(Elementwise part) : parts_{std::move(part)} {}
  GradientTransformation(General part) : parts_{std::move(part)} {}
  explicit GradientTransformation(std::vector<Part> parts) : parts_(std::move(parts)) {}

  State init(const State& params) const;
  State update(State updates, State& state, const State& params, const ExtraArgs& extra = {}) const;
  // params = params + update(grads), in the same pass; states and parameters that nobody else holds are
  // overwritten.
  void apply(State grads, State& state, State& params, const ExtraArgs& extra = {}) const;
  const std::vector<Part>& parts() const { return parts_; }

 private:
  void run(State& updates, State& state, State& params, const ExtraArgs& extra, bool apply) const;
  std::vector<Part> parts_;
};

GradientTransformation chain(const std::vector<GradientTransformation>& transformations);
template <class... T>
GradientTransformation chain(const GradientTransformation& first, const T&... more) {
  return chain(std::vector<GradientTransformation>{first, more...});
}

GradientTransformation identity();
GradientTransformation scale(double by);
GradientTransformation set_to_zero();
GradientTransformation scale_by_learning_rate(
    double learning_rate);  // times -learning_rate, kept in the state
GradientTransformation scale_by_learning_rate(Schedule schedule);
GradientTransformation scale_by_schedule(Schedule schedule);
GradientTransformation trace(double decay, bool nesterov = false);  // t = g + decay t
struct AdamScaling {
  double b1 = 0.9, b2 = 0.999, eps = 1e-8, eps_root = 0;
};
GradientTransformation scale_by_adam(AdamScaling options = {});
GradientTransformation add_decayed_weights(double weight_decay);
// Scales all updates so that the norm of them together is at most max_norm.
GradientTransformation clip_by_global_norm(double max_norm);
// Sums gradients up: the mean of every k goes through the inner transformation; the calls between give zeros.
GradientTransformation multi_steps(const GradientTransformation& inner, int every_k);

// The root of the sum of squares of all elements.
Tensor global_norm(const State& state);

}  // namespace ramie::optim
