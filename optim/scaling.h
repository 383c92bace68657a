// Transformations that work element by element and join the one pass over memory, with optax's names,
// formulas and defaults. Those of the commonest optimizers are in transformation.h.
//
//   auto tx = optim::chain(optim::clip(1), optim::scale_by_lion(), optim::scale_by_learning_rate(1e-4));
//
// Source: optax.scale_by_amsgrad and the others of the same names.
#pragma once

#include <ramie/optim/transformation.h>

namespace ramie::optim {

GradientTransformation clip(double max_delta);  // each element into [-max_delta, max_delta]
GradientTransformation scale_by_sign();
// The running mean of the updates; debias divides by 1 - decay^step.
GradientTransformation ema(double decay, bool debias = true);
// The sum of every k updates; the calls between give zeros. multi_steps gives means to an inner one.
GradientTransformation apply_every(int k = 1);
GradientTransformation normalize_by_update_norm(double scale_factor = 1, double eps = 1e-6);

GradientTransformation scale_by_nadam(AdamScaling options = {});  // optax.scale_by_adam(nesterov=True)
struct RadamScaling {
  double b1 = 0.9, b2 = 0.999, eps = 1e-8, eps_root = 0, threshold = 5;
  bool nesterov = false;
};
GradientTransformation scale_by_radam(RadamScaling options = {});
struct AmsgradScaling {
  double b1 = 0.9, b2 = 0.999, eps = 1e-8, eps_root = 0;
  bool bias_correction_mu = true, bias_correction_nu = true;
};
GradientTransformation scale_by_amsgrad(AmsgradScaling options = {});
GradientTransformation scale_by_adamax(double b1 = 0.9, double b2 = 0.999, double eps = 1e-8);

struct RmsScaling {
  double decay = 0.9, eps = 1e-8, initial_scale = 0;
  bool eps_in_sqrt = true;  // PyTorch adds eps after the root
  bool bias_correction = false;
};
GradientTransformation scale_by_rms(RmsScaling options = {});
GradientTransformation scale_by_stddev(RmsScaling options = {});  // the variance about the mean
GradientTransformation scale_by_rss(double initial_accumulator_value = 0.1, double eps = 1e-7);
GradientTransformation scale_by_adadelta(double rho = 0.9, double eps = 1e-6);
GradientTransformation scale_by_lion(double b1 = 0.9, double b2 = 0.99);
struct BeliefScaling {
  double b1 = 0.9, b2 = 0.999, eps = 1e-16, eps_root = 1e-16;
  bool nesterov = false;
};
GradientTransformation scale_by_belief(BeliefScaling options = {});
struct YogiScaling {
  double b1 = 0.9, b2 = 0.999, eps = 1e-3, eps_root = 0, initial_accumulator_value = 1e-6;
};
GradientTransformation scale_by_yogi(YogiScaling options = {});
// Times the loss above f_min, over the gradient's squared norm, but at most max_learning_rate. It wants the
// loss: optimizer.update(model, grads, {.value = loss}).
struct PolyakScaling {
  double f_min = 0, max_learning_rate = 1, eps = 0;
  bool only_descend = false;  // optax's variant "sps+": no step where the loss is below f_min
};
GradientTransformation scale_by_polyak(PolyakScaling options = {});

// ---- Those that run op by op.

struct AdanScaling {
  double b1 = 0.98, b2 = 0.92, b3 = 0.99, eps = 1e-8, eps_root = 0;
};
GradientTransformation scale_by_adan(AdanScaling options = {});
// Steps of each element's own size, which grows while its gradient keeps its sign. It includes the rate.
struct RpropScaling {
  double eta_minus = 0.5, eta_plus = 1.2, min_step_size = 1e-6, max_step_size = 50;
};
GradientTransformation scale_by_rprop(double learning_rate, RpropScaling options = {});
// (alpha + beta) g - beta times the gradient before.
GradientTransformation scale_by_optimistic_gradient(double alpha = 1, double beta = 1);
// Adds normal noise of variance eta / step^gamma (Neelakantan et al., 2015). The key is part of the state.
GradientTransformation add_noise(double eta, double gamma, const Tensor& key);
// NaNs become zeros.
GradientTransformation zero_nans();
// Updates go no further than to zero. At the end of a chain.
GradientTransformation keep_params_nonnegative();

}  // namespace ramie::optim
