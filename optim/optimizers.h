// The named optimizers: a chain each, with optax's names and defaults.
//
//   optim::adamw({.learning_rate = 0.005, .b1 = 0.9})
//
// A learning rate is a number or a Schedule. Source: optax.sgd, adam, adamw.
#pragma once

#include <variant>

#include <ramie/optim/schedules.h>

namespace ramie::optim {

using LearningRate = std::variant<double, Schedule>;

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
GradientTransformation adam(const AdamOptions& options);  // Kingma and Ba, 2015

struct AdamWOptions {
  LearningRate learning_rate;
  double b1 = 0.9, b2 = 0.999, eps = 1e-8, eps_root = 0;
  double weight_decay = 1e-4;  // PyTorch's default is 1e-2
};
GradientTransformation adamw(const AdamWOptions& options);  // Loshchilov and Hutter, 2019

}  // namespace ramie::optim
