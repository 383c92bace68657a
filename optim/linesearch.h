// Line searches: how far to go along the updates. They try the loss at other parameters, and read it to
// decide, so the step that holds them is not for jit.
//
//   auto tx = optim::chain(optim::sgd({.learning_rate = 1}), optim::scale_by_zoom_linesearch());
//   optim::Optimizer optimizer(model, optim::lbfgs());  // which ends with one
//   auto [loss, grads] = nn::value_and_grad(loss_fn)(model, batch);
//   optimizer.update(model, grads, {.value = loss, .value_fn = optim::value_fn(loss_fn, model, batch)});
//
// The updates must lead down (their product with the gradient is negative), as those of sgd and lbfgs do. The
// state tells how it went: "learning_rate", "value" (the loss there), "num_linesearch_steps",
// "decrease_error" and, for zoom, "curvature_error": 0 where the condition holds.
//
// Source: optax's functions of the same names; Nocedal and Wright, Numerical Optimization, 2006, sections 3.1
// and 3.5; Hager and Zhang, 2006.
#pragma once

#include <optional>

#include <ramie/optim/transformation.h>

namespace ramie::optim {

// Finds a step that decreases the loss by slope_rtol of what its slope promises, and where the slope along
// the updates is at most curv_rtol of that at the start: the strong Wolfe conditions. First it widens an
// interval, then it zooms into it.
struct ZoomLinesearch {
  int max_linesearch_steps = 20;
  std::optional<double> max_learning_rate = {};
  double tol = 0, increase_factor = 2, slope_rtol = 1e-4, curv_rtol = 0.9;
  std::optional<double> approx_dec_rtol = 1e-6;  // near a minimum, the slope judges the decrease
  double stepsize_precision = 1e-5;              // narrower intervals end the search
  enum class Guess { one, keep } initial_guess_strategy = Guess::keep;  // keep: the last step's rate
};
GradientTransformation scale_by_zoom_linesearch(ZoomLinesearch options = {});

// Shortens the step until the loss is at most (1 + rtol) of what it was, plus slope_rtol of what the slope
// promises, plus atol (Armijo's condition).
struct BacktrackingLinesearch {
  int max_backtracking_steps = 20;
  double slope_rtol = 1e-4, decrease_factor = 0.8;
  double increase_factor = 1.5;  // of the last step's rate, to begin with
  double max_learning_rate = 1, atol = 0, rtol = 0;
};
GradientTransformation scale_by_backtracking_linesearch(BacktrackingLinesearch options = {});

}  // namespace ramie::optim
