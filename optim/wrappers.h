// Transformations around transformations: for some of the parameters, for some of the steps.
//
//   const optim::Mask matrices = [](std::string_view path, const Tensor& p) { return p.rank() > 1; };
//   auto tx = optim::chain(optim::scale_by_adam(), optim::add_decayed_weights(1e-4, matrices),
//                          optim::scale_by_learning_rate(1e-3));
//
// Source: optax's wrappers of the same names; sam is from optax.contrib.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include <ramie/optim/transformation.h>

namespace ramie::optim {

// The inner transformation on these parameters alone; the others' updates pass as they are. Without a mask,
// on all. Elementwise transformations without states join the one pass all the same.
GradientTransformation masked(const GradientTransformation& inner, Mask mask);
GradientTransformation add_decayed_weights(double weight_decay, Mask mask);

// One transformation for each group of parameters; the function tells a parameter's group.
using Label = std::function<std::string(std::string_view path, const Tensor& param)>;
GradientTransformation multi_transform(std::map<std::string, GradientTransformation> transforms, Label label);
// These parameters stay as they are. An optimizer whose filter (`wrt`) leaves them out does not even compute
// their gradients.
GradientTransformation freeze(Mask mask);
GradientTransformation selective_transform(const GradientTransformation& optimizer, const Mask& freeze_mask);

// Leaves steps with NaNs or infinite gradients out, but for those after more than max_consecutive_errors in a
// row.
GradientTransformation apply_if_finite(const GradientTransformation& inner, int max_consecutive_errors);

// Every sync_period steps, the parameters go back, to slow_step_size of the way since the last time (Zhang et
// al., 2019).
struct LookaheadOptions {
  int sync_period = 6;
  double slow_step_size = 0.5;
  bool reset_state = false;
};
GradientTransformation lookahead(const GradientTransformation& fast, LookaheadOptions options = {});

// Sharpness-aware minimization (Foret et al., 2021): sync_period - 1 steps of `adversary` up the loss, then
// one of `optimizer` with the gradient there, from where the parameters were. So each step of the optimizer
// takes sync_period calls, each with the gradients at the parameters of then.
struct SamOptions {
  int sync_period = 2;
  bool reset_state = true;  // the adversary's
  // All of it in one call, which asks extra.value_fn for the other gradients.
  bool opaque_mode = false;
};
GradientTransformation sam(const GradientTransformation& optimizer, const GradientTransformation& adversary,
                           SamOptions options = {});

// Scales updates down by `factor` where the value that comes with them has not improved for `patience` steps:
//   optimizer.update(model, grads, {.value = loss});
struct PlateauOptions {
  double factor = 0.1;
  int patience = 10;
  double rtol = 1e-4, atol = 0;
  int cooldown = 0;           // steps after a reduction that do not count
  int accumulation_size = 1;  // so many values make one mean
  double min_scale = 0;
};
GradientTransformation reduce_on_plateau(PlateauOptions options = {});

// The constants of the elementwise transformations become part of their state, by optax's names ("0.b1"), and
// may be changed between steps: optimizer.set_hyperparameter("b1", 0.8). Inside of other wrappers they stay.
GradientTransformation inject_hyperparams(const GradientTransformation& tx);

}  // namespace ramie::optim
