// Transformations of one parameter at a time: by its norm, its mean, its shape.
//
//   auto tx = optim::chain(optim::scale_by_adam(), optim::scale_by_trust_ratio(),
//                          optim::scale_by_learning_rate(1e-3));                     // lamb
//
// Source: optax's transformations of the same names.
#pragma once

#include <array>

#include <ramie/optim/transformation.h>

namespace ramie::optim {

// Divides by rms / threshold where the root of the mean square of a parameter's update is larger.
GradientTransformation clip_by_block_rms(double threshold);
// Times trust_coefficient |param| / (|update| + eps); as it is where a norm is 0 (You et al., 2017).
GradientTransformation scale_by_trust_ratio(double min_norm = 0, double trust_coefficient = 1,
                                            double eps = 0);
// Times the parameter's norm, or the root of its mean square, but at least min_scale.
GradientTransformation scale_by_param_block_norm(double min_scale = 1e-3);
GradientTransformation scale_by_param_block_rms(double min_scale = 1e-3);
// Takes the mean over all axes but the first away, from matrices and larger ones.
GradientTransformation centralize();

// As clip_by_global_norm, for each unit: those of a dense kernel's columns or a convolution's channels whose
// gradient is longer than `clipping` times themselves (Brock et al., 2021).
GradientTransformation adaptive_grad_clip(double clipping, double eps = 1e-3);

// The momentum of gradients over their norm, of which a running mean is kept for each parameter.
struct NovogradScaling {
  double b1 = 0.9, b2 = 0.25, eps = 1e-8, eps_root = 0, weight_decay = 0;
};
GradientTransformation scale_by_novograd(NovogradScaling options = {});
// Over the root of the sum of squares, of which only the largest of each slice of each axis is kept.
GradientTransformation scale_by_sm3(double b1 = 0.9, double b2 = 1, double eps = 1e-8);

// Over the root of the running mean of squares, which for matrices is kept as a row and a column alone: for
// those whose second largest axis has min_dim_size_to_factor elements (Shazeer and Stern, 2018).
struct FactoredScaling {
  bool factored = true;
  double decay_rate = 0.8;  // the mean's decay at step t, from 1 on, is 1 - t^-decay_rate
  int step_offset = 0, min_dim_size_to_factor = 128;
  double epsilon = 1e-30;
};
GradientTransformation scale_by_factored_rms(FactoredScaling options = {});

// The momentum's nearest orthogonal matrix, about, by Newton and Schulz's iteration (Jordan et al., 2024).
// All parameters must be matrices: multi_transform chooses, as muon() does.
struct MuonScaling {
  std::array<double, 3> ns_coeffs = {3.4445, -4.7750, 2.0315};
  int ns_steps = 5;
  double beta = 0.95, eps = 1e-8;
  bool nesterov = true;
};
GradientTransformation scale_by_muon(MuonScaling options = {});

// The direction of a quasi-Newton step, from the last differences of parameters and gradients (Liu and
// Nocedal, 1989). Learning rates near 1 suit it.
GradientTransformation scale_by_lbfgs(int memory_size = 10, bool scale_init_precond = true);

}  // namespace ramie::optim
