// An optimizer: a gradient transformation and its state for one model.
//
//   optim::Optimizer optimizer(model, optim::adamw({.learning_rate = 0.005}), nn::is<nn::Param>);
//   auto [loss, grads] = nn::value_and_grad(loss_fn)(model, batch);
//   optimizer.update(model, grads);
//   optimizer.step(model);                          // instead, after backward(loss): nn/track.h
//   optimizer.set_hyperparameter("learning_rate", 0.001);
//
// Source: flax.nnx.Optimizer.
#pragma once

#include <cstdint>

#include <ramie/nn/module.h>
#include <ramie/nn/track.h>
#include <ramie/nn/transforms.h>
#include <ramie/optim/optimizers.h>

namespace ramie::optim {

class Optimizer {
 public:
  template <class M>
  Optimizer(const M& model, GradientTransformation tx, nn::Filter wrt = nn::is<nn::Param>)
      : Optimizer(nn::state(model, wrt), std::move(tx), wrt) {}

  // Moves the model's variables on. The gradients must have the paths and shapes of the variables that `wrt`
  // takes. After an exception everything is as before.
  template <class M>
  void update(const M& model, const State& grads, const ExtraArgs& extra = {}) {
    update(nn::variables(model), grads, extra);
  }

  // The same with the gradients that backward() has left in a tracked model (nn/track.h), which stay there.
  // Parameters that it has not reached have a gradient of zeros; if it has reached none, that is an error.
  template <class M>
  void step(const M& model, const ExtraArgs& extra = {}) {
    const std::vector<nn::Found> variables = nn::variables(model);
    update(variables, nn::detail::gradients("step", variables, wrt_), extra);
  }

  // Settings that are kept in the state, and may be changed between steps, also of a jitted one: the learning
  // rate, where it is no schedule, and what inject_hyperparams adds. A name of several may be made longer by
  // what stands before it in the path: "muon.3.learning_rate".
  double hyperparameter(std::string_view name) const;
  void set_hyperparameter(std::string_view name, double value);

  Tensor step() const { return step_.value(); }  // the number of updates so far, uint32
  State state() const {
    return nn::state(*this);
  }  // the step and the transformation's state, for a checkpoint
  void load(const State& state) { nn::update(*this, state); }
  void collect(nn::Visitor& v, std::string_view name);

 private:
  Optimizer(const State& params, GradientTransformation tx, nn::Filter wrt);
  void update(std::vector<nn::Found> variables, const State& grads, const ExtraArgs& extra);
  const nn::OptState& setting(std::string_view name) const;

  static std::uint64_t next_identity();
  GradientTransformation tx_;
  nn::Filter wrt_;
  nn::OptState step_;
  std::vector<nn::OptState> state_;
  State values_;  // the paths of the state; there are values only during an update
  std::uint64_t identity_ = next_identity();  // a transformation is made of functions, which do not compare
};

// loss_fn(model, arguments...) and its gradients at other parameters, for line searches and sam's opaque
// mode:
//
//   optimizer.update(model, grads, {.value = loss, .value_fn = optim::value_fn(loss_fn, model, batch)});
//
// It works on a clone: the model's statistics and random streams stay as they are.
template <class F, class M, class... A>
ValueFn value_fn(F loss_fn, const M& model, A... arguments) {
  return
      [loss_fn, copy = nn::clone(model), ... arguments = std::move(arguments)](const State& params) mutable {
        const auto wrt = [&](std::string_view path, const nn::VariableKind&) {
          return params.find(path) != nullptr;
        };
        nn::update(copy, params);
        auto result = nn::value_and_grad(loss_fn, wrt)(copy, arguments...);
        return std::pair(std::get<0>(result), std::get<std::tuple_size_v<decltype(result)> - 1>(result));
      };
}

}  // namespace ramie::optim
