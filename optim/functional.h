// Optimizers for functional models (nn/linen.h), where parameters and states are values: a step gives new
// ones, and the old ones stay as they are.
//
//   optim::functional::Optimizer optimizer(model, optim::momentum(0.1, 0.9));
//   optimizer = optimizer.apply_gradient(grad(loss_fn)(optimizer.target));
//
// or, as with optax, in the one function that a jitted step is:
//
//   auto [updates, state] = optim::functional::update(tx, grads, old_state, params);
//   params = optim::apply_updates(params, updates);
//
// Source: flax.optim (before 2022), optax.apply_updates.
#pragma once

#include <memory>
#include <tuple>
#include <utility>

#include <ramie/optim/transformation.h>

namespace ramie::optim {

// params + updates, path by path, in the dtypes of the parameters.
State apply_updates(const State& params, const State& updates);

namespace functional {

// (updates, the next state). The given state stays as it is.
std::pair<State, State> update(const GradientTransformation& tx, const State& grads, State state,
                               const State& params, const ExtraArgs& extra = {});

inline State& params_of(State& target) { return target; }
inline const State& params_of(const State& target) { return target; }
template <class Target>
auto& params_of(Target& target) {
  return target.params;
}

// A target (a State of parameters, or what has one called `params`, such as linen::Model) and the state of
// its optimization. An argument and a result of jitted functions.
template <class Target>
class Optimizer {
 public:
  Optimizer(Target t, GradientTransformation tx)
      : target(std::move(t)),
        state(tx.init(params_of(target))),
        tx_(std::make_shared<const GradientTransformation>(std::move(tx))) {}

  // The optimizer after a step, in one pass over the parameters.
  Optimizer apply_gradient(const Target& gradient, const ExtraArgs& extra = {}) const {
    Optimizer next = *this;
    tx_->apply(params_of(gradient), next.state, params_of(next.target), extra);
    return next;
  }
  const GradientTransformation& tx() const { return *tx_; }
  auto tree() { return std::tie(target, state, tx_); }

  Target target;
  State state;

 private:
  std::shared_ptr<const GradientTransformation> tx_;
};

}  // namespace functional
}  // namespace ramie::optim
