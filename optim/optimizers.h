// The named optimizers: a chain each, with optax's names and defaults.
//
//   optim::adamw({.learning_rate = 0.005, .b1 = 0.9})
//
// Source: optax's functions of the same names.
#pragma once

#include <concepts>
#include <optional>
#include <variant>

#include <ramie/optim/blocks.h>
#include <ramie/optim/linesearch.h>
#include <ramie/optim/scaling.h>
#include <ramie/optim/schedules.h>
#include <ramie/optim/wrappers.h>

namespace ramie::optim {

// A number, of any type, or a Schedule.
struct LearningRate : std::variant<double, Schedule> {
  using variant::variant;
  LearningRate(std::integral auto rate) : variant(static_cast<double>(rate)) {}
};

struct SgdOptions {
  LearningRate learning_rate;
  double momentum = 0;
  bool nesterov = false;
};
GradientTransformation sgd(const SgdOptions& options);
// Gradient descent with momentum: v = momentum v + g; p = p - learning_rate v.
GradientTransformation momentum(const LearningRate& learning_rate, double momentum = 0.9,
                                bool nesterov = false);

struct AdamOptions {
  LearningRate learning_rate;
  double b1 = 0.9, b2 = 0.999, eps = 1e-8, eps_root = 0;
};
GradientTransformation adam(const AdamOptions& options);     // Kingma and Ba, 2015
GradientTransformation nadam(const AdamOptions& options);    // Dozat, 2016
GradientTransformation amsgrad(const AdamOptions& options);  // Reddi et al., 2018
GradientTransformation adamax(const AdamOptions& options);   // Kingma and Ba, 2015; it has no eps_root

struct RadamOptions {
  LearningRate learning_rate;
  double b1 = 0.9, b2 = 0.999, eps = 1e-8, eps_root = 0, threshold = 5;
  bool nesterov = false;
};
GradientTransformation radam(const RadamOptions& options);  // Liu et al., 2020

struct AdamWOptions {
  LearningRate learning_rate;
  double b1 = 0.9, b2 = 0.999, eps = 1e-8, eps_root = 0;
  double weight_decay = 1e-4;  // PyTorch's default is 1e-2
  Mask mask = {};              // the parameters that decay; all by default
};
GradientTransformation adamw(const AdamWOptions& options);   // Loshchilov and Hutter, 2019
GradientTransformation nadamw(const AdamWOptions& options);  // with Nesterov's momentum

struct AdamaxWOptions {
  LearningRate learning_rate;
  double b1 = 0.9, b2 = 0.999, eps = 1e-8, weight_decay = 1e-4;
  Mask mask = {};
};
GradientTransformation adamaxw(const AdamaxWOptions& options);

struct AdaBeliefOptions {
  LearningRate learning_rate;
  double b1 = 0.9, b2 = 0.999, eps = 1e-16, eps_root = 1e-16;
  bool nesterov = false;
};
GradientTransformation adabelief(const AdaBeliefOptions& options);  // Zhuang et al., 2020

struct AdanOptions {
  LearningRate learning_rate;
  double b1 = 0.98, b2 = 0.92, b3 = 0.99, eps = 1e-8, eps_root = 1e-8, weight_decay = 0;
  Mask mask = {};
};
GradientTransformation adan(const AdanOptions& options);  // Xie et al., 2022

struct YogiOptions {
  LearningRate learning_rate;
  double b1 = 0.9, b2 = 0.999, eps = 1e-3;
};
GradientTransformation yogi(const YogiOptions& options);  // Zaheer et al., 2018

GradientTransformation sign_sgd(const LearningRate& learning_rate);  // Bernstein et al., 2018
GradientTransformation signum(const LearningRate& learning_rate, double beta = 0.9);  // with momentum
// Gradients with noise (Neelakantan et al., 2015): its variance is eta / step^gamma.
GradientTransformation noisy_sgd(const LearningRate& learning_rate, double eta = 0.01, double gamma = 0.55,
                                 std::int64_t seed = 0);
// Polyak's step size, at most max_learning_rate, times `scaling`; it wants the loss, {.value = loss}.
struct PolyakSgdOptions {
  double max_learning_rate = 1;
  LearningRate scaling = 1.0;
  double f_min = 0, eps = 0;
  bool only_descend = false;
};
GradientTransformation polyak_sgd(const PolyakSgdOptions& options = {});  // Loizou et al., 2021
GradientTransformation optimistic_gradient_descent(const LearningRate& learning_rate, double alpha = 1,
                                                   double beta = 1);  // Mokhtari et al., 2019

// optax.optimistic_adam_v2: Adam's step, then the optimism (Daskalakis et al., 2017).
struct OptimisticAdamOptions {
  LearningRate learning_rate;
  double alpha = 1, beta = 1, b1 = 0.9, b2 = 0.999, eps = 1e-8, eps_root = 0;
  bool nesterov = true;
};
GradientTransformation optimistic_adam(const OptimisticAdamOptions& options);

// Signs alone, and a step of its own for each element (Riedmiller and Braun, 1993). For whole data sets.
GradientTransformation rprop(double learning_rate, const RpropScaling& options = {});

struct AdagradOptions {
  LearningRate learning_rate;
  double initial_accumulator_value = 0.1, eps = 1e-7;
};
GradientTransformation adagrad(const AdagradOptions& options);  // Duchi et al., 2011

struct AdadeltaOptions {
  LearningRate learning_rate;
  double rho = 0.9, eps = 1e-6, weight_decay = 0;
};
GradientTransformation adadelta(const AdadeltaOptions& options);  // Zeiler, 2012

// optax's convention: eps under the root, and momentum after the learning rate.
struct RmsPropOptions {
  LearningRate learning_rate;
  double decay = 0.9, eps = 1e-8, initial_scale = 0;
  bool eps_in_sqrt = true, centered = false;
  double momentum = 0;  // of steps that the learning rate has scaled
  bool nesterov = false, bias_correction = false;
};
GradientTransformation rmsprop(const RmsPropOptions& options);  // Tieleman and Hinton, 2012

// torch.optim.RMSprop: alpha is the decay, eps is added after the root, and momentum comes before the rate.
struct TorchRmsPropOptions {
  LearningRate learning_rate = 0.01;
  double alpha = 0.99, eps = 1e-8, weight_decay = 0, momentum = 0;
  bool centered = false;
};
GradientTransformation rmsprop_torch(const TorchRmsPropOptions& options = {});

struct LionOptions {
  LearningRate learning_rate;
  double b1 = 0.9, b2 = 0.99, weight_decay = 1e-3;
  Mask mask = {};
};
GradientTransformation lion(const LionOptions& options);  // Chen et al., 2023

struct LambOptions {
  LearningRate learning_rate;
  double b1 = 0.9, b2 = 0.999, eps = 1e-6, eps_root = 0, weight_decay = 0;
  Mask mask = {};
};
GradientTransformation lamb(const LambOptions& options);  // You et al., 2020

struct LarsOptions {
  LearningRate learning_rate;
  double weight_decay = 0;
  Mask weight_decay_mask = {};
  double trust_coefficient = 0.001, eps = 0;
  Mask trust_ratio_mask = {};
  double momentum = 0.9;
  bool nesterov = false;
};
GradientTransformation lars(const LarsOptions& options);  // You et al., 2017

struct NovogradOptions {
  LearningRate learning_rate;
  double b1 = 0.9, b2 = 0.25, eps = 1e-6, eps_root = 0, weight_decay = 0;
};
GradientTransformation novograd(const NovogradOptions& options);               // Ginsburg et al., 2019
GradientTransformation sm3(double learning_rate, double momentum = 0.9);       // Anil et al., 2019
GradientTransformation fromage(double learning_rate, double min_norm = 1e-6);  // Bernstein et al., 2020

struct AdafactorOptions {
  std::optional<LearningRate> learning_rate = {};
  int min_dim_size_to_factor = 128;
  double decay_rate = 0.8;
  int decay_offset = 0;
  bool multiply_by_parameter_scale = true;
  std::optional<double> clipping_threshold = 1.0;
  double momentum = 0, weight_decay_rate = 0, eps = 1e-30;
  bool factored = true;
  Mask weight_decay_mask = {};
};
GradientTransformation adafactor(const AdafactorOptions& options = {});  // Shazeer and Stern, 2018

// Muon for matrices, adamw with Nesterov's momentum for the rest. Its state: "0.muon....", "0.adam....".
struct MuonOptions {
  LearningRate learning_rate;
  MuonScaling muon = {};
  double weight_decay = 0;
  Mask weight_decay_mask = {};
  double adam_b1 = 0.9, adam_b2 = 0.999, adam_eps_root = 0, adam_weight_decay = 0;
  std::optional<LearningRate> adam_learning_rate = {};  // learning_rate by default
  std::optional<double> consistent_rms = {};            // about 0.2 gives Adam's update sizes
};
GradientTransformation muon(const MuonOptions& options);  // Jordan et al., 2024

// It wants the gradients of whole data sets, and for its line search the loss at other parameters:
//   optimizer.update(model, grads, {.value = loss, .value_fn = optim::value_fn(loss_fn, model, batch)});
// Without one, {.learning_rate = 1.0, .linesearch = {}}, it may be part of a jitted step.
struct LbfgsOptions {
  std::optional<LearningRate> learning_rate = {};
  int memory_size = 10;
  bool scale_init_precond = true;
  std::optional<GradientTransformation> linesearch =
      scale_by_zoom_linesearch({.initial_guess_strategy = ZoomLinesearch::Guess::one});
};
GradientTransformation lbfgs(const LbfgsOptions& options = {});

}  // namespace ramie::optim
