// Batch normalisation over all axes but the last.
//
//   nn::BatchNorm norm(32, rngs);
//   Tensor y = norm(x);                   // normalises by the batch, and moves the running averages
//
// running = momentum * running + (1 - momentum) * batch, with the biased variance E[x^2] - E[x]^2, not below
// 0.
//
// Source: flax.nnx.BatchNorm; Ioffe and Szegedy, 2015.
#pragma once

#include <optional>
#include <utility>

#include <ramie/nn/initializers.h>
#include <ramie/nn/rngs.h>

namespace ramie::nn {

struct BatchNormOptions {
  bool use_running_average = false;
  double momentum = 0.99, epsilon = 1e-5;
  bool use_bias = true, use_scale = true;
  DType param_dtype = float32;
};

struct BatchNorm : Module<BatchNorm> {
  BatchStat mean, var;  // [features]
  std::optional<Param> scale, bias;
  std::int64_t num_features;
  double momentum, epsilon;
  bool use_running_average;

  BatchNorm(std::int64_t num_features, const BatchNormOptions& options, Rngs& rngs);
  BatchNorm(std::int64_t num_features, Rngs& rngs) : BatchNorm(num_features, BatchNormOptions(), rngs) {}
  Tensor operator()(const Tensor& x);
  using fields =
      Fields<&BatchNorm::mean, &BatchNorm::var, &BatchNorm::scale, &BatchNorm::bias, &BatchNorm::num_features,
             &BatchNorm::momentum, &BatchNorm::epsilon, &BatchNorm::use_running_average>;

 private:
  std::pair<Tensor, Tensor> batch_statistics(const Tensor& x);  // also moves the running ones
  DType output_dtype(DType input) const;
};

}  // namespace ramie::nn
