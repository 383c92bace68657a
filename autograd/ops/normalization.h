// Normalisation: (x - mean) / sqrt(variance + epsilon) * scale + bias, with Flax's defaults.
//
//   layer_norm(x, gamma, beta);                    // over the last axis
//   group_norm(images, 8, gamma, beta);            // C / 8 channels of [N, ..., C] to a group
//   auto [y, mean, var] = batch_norm(x, gamma, beta);
//   normalize(x, mean, var, gamma, beta);          // by statistics that are known
//
// Scale and bias are [C], or of any shape that broadcasts to x's; undefined ones are left out. Statistics are
// computed in float32 at least; the result has the dtype that x, scale and bias promote to.
//
// Sources: flax.nnx.BatchNorm, LayerNorm, RMSNorm, GroupNorm, InstanceNorm.
#pragma once

#include <ramie/tensor/tensor.h>

namespace ramie {

struct NormOptions {
  double epsilon = 1e-6;
  // E[x^2] - E[x]^2, not below 0: one pass over x, but it cancels where the mean is large.
  bool use_fast_variance = true;
};

Tensor normalize(const Tensor& x, const Tensor& mean, const Tensor& var, const Tensor& scale = {},
                 const Tensor& bias = {}, double epsilon = 1e-5);

struct BatchNormalized {
  Tensor y, mean, var;  // the batch's statistics [C], the variance biased
};
// x [..., C], over all axes but the last. The running averages are the caller's.
BatchNormalized batch_norm(const Tensor& x, const Tensor& scale = {}, const Tensor& bias = {},
                           const NormOptions& options = {.epsilon = 1e-5});

// Over the given axes.
Tensor layer_norm(const Tensor& x, const Tensor& scale = {}, const Tensor& bias = {},
                  const NormOptions& options = {}, const Shape& axes = {-1});
// x / sqrt(mean(x^2) + epsilon) * scale
Tensor rms_norm(const Tensor& x, const Tensor& scale = {}, double epsilon = 1e-6, const Shape& axes = {-1});
// x [N, ..., C]: for each of N over the axes between and the channels of a group.
Tensor group_norm(const Tensor& x, std::int64_t groups = 32, const Tensor& scale = {},
                  const Tensor& bias = {}, const NormOptions& options = {});
// Each channel is a group.
Tensor instance_norm(const Tensor& x, const Tensor& scale = {}, const Tensor& bias = {},
                     const NormOptions& options = {});

}  // namespace ramie
