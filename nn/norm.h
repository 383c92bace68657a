// Normalisation: (x - mean) / sqrt(variance + epsilon) * scale + bias.
//
//   nn::BatchNorm norm(32, rngs);         // over all axes but the last
//   Tensor y = norm(x);                   // normalises by the batch, and moves the running averages
//   nn::LayerNorm layer(64, rngs);        // over the last axis; RMSNorm without a mean
//   nn::GroupNorm group(64, {.num_groups = 8}, rngs);    // each example over 8 channels; InstanceNorm over 1
//
// norm(x, mask) takes statistics of the elements that the mask (bool, broadcast to x) has true: padding does
// not count.
//
// The variance is the biased E[x^2] - E[x]^2, not below 0. BatchNorm's running = momentum * running +
// (1 - momentum) * batch.
//
// Sources: flax.nnx.BatchNorm (Ioffe and Szegedy, 2015), LayerNorm (Ba et al., 2016), RMSNorm (Zhang and
// Sennrich, 2019), GroupNorm (Wu and He, 2018), InstanceNorm (Ulyanov et al., 2016).
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
  std::int64_t axis = -1;  // of the features
  Initializer bias_init = initializers::zeros(), scale_init = initializers::ones();
  bool use_fast_variance = true;
};

struct BatchNorm : Module<BatchNorm> {
  BatchStat mean, var;  // [features]
  std::optional<Param> scale, bias;
  std::int64_t num_features;
  double momentum, epsilon;
  bool use_running_average;
  std::int64_t axis;
  bool use_fast_variance;

  BatchNorm(std::int64_t num_features, const BatchNormOptions& options, Rngs& rngs);
  BatchNorm(std::int64_t num_features, Rngs& rngs) : BatchNorm(num_features, BatchNormOptions(), rngs) {}
  Tensor operator()(const Tensor& x, const Tensor& mask = {});
  using fields = Fields<&BatchNorm::mean, &BatchNorm::var, &BatchNorm::scale, &BatchNorm::bias,
                        &BatchNorm::num_features, &BatchNorm::momentum, &BatchNorm::epsilon,
                        &BatchNorm::use_running_average, &BatchNorm::axis, &BatchNorm::use_fast_variance>;

 private:
  std::pair<Tensor, Tensor> batch_statistics(const Tensor& x,
                                             const Tensor& mask);  // also moves the running ones
  int feature_axis(const Tensor& x) const;
  DType output_dtype(DType input) const;
};

struct LayerNormOptions {
  double epsilon = 1e-6;
  DType param_dtype = float32;
  bool use_bias = true, use_scale = true;
  Initializer bias_init = initializers::zeros(), scale_init = initializers::ones();
  Shape reduction_axes = {-1};  // each number of x is normalised with those along these
  Shape feature_axes = {-1};    // those that have a scale and a bias
  bool use_fast_variance = true;
};

struct LayerNorm : Module<LayerNorm> {
  std::optional<Param> scale, bias;
  std::int64_t num_features;
  double epsilon;
  Shape reduction_axes, feature_axes;
  bool use_fast_variance;

  LayerNorm(std::int64_t num_features, const LayerNormOptions& options, Rngs& rngs);
  LayerNorm(std::int64_t num_features, Rngs& rngs) : LayerNorm(num_features, LayerNormOptions(), rngs) {}
  Tensor operator()(const Tensor& x, const Tensor& mask = {}) const;
  using fields = Fields<&LayerNorm::scale, &LayerNorm::bias, &LayerNorm::num_features, &LayerNorm::epsilon,
                        &LayerNorm::reduction_axes, &LayerNorm::feature_axes, &LayerNorm::use_fast_variance>;
};

struct RMSNormOptions {
  double epsilon = 1e-6;
  DType param_dtype = float32;
  bool use_scale = true;
  Initializer scale_init = initializers::ones();
  Shape reduction_axes = {-1}, feature_axes = {-1};
};

struct RMSNorm : Module<RMSNorm> {
  std::optional<Param> scale;
  std::int64_t num_features;
  double epsilon;
  Shape reduction_axes, feature_axes;

  RMSNorm(std::int64_t num_features, const RMSNormOptions& options, Rngs& rngs);
  RMSNorm(std::int64_t num_features, Rngs& rngs) : RMSNorm(num_features, RMSNormOptions(), rngs) {}
  Tensor operator()(const Tensor& x, const Tensor& mask = {}) const;
  using fields = Fields<&RMSNorm::scale, &RMSNorm::num_features, &RMSNorm::epsilon, &RMSNorm::reduction_axes,
                        &RMSNorm::feature_axes>;
};

struct GroupNormOptions {
  std::int64_t num_groups = 32;
  std::optional<std::int64_t> group_size = {};  // instead of num_groups
  double epsilon = 1e-6;
  DType param_dtype = float32;
  bool use_bias = true, use_scale = true;
  Initializer bias_init = initializers::zeros(), scale_init = initializers::ones();
  bool use_fast_variance = true;
};

// x [N, ..., features].
struct GroupNorm : Module<GroupNorm> {
  std::optional<Param> scale, bias;
  std::int64_t num_features, num_groups;
  double epsilon;
  bool use_fast_variance;

  GroupNorm(std::int64_t num_features, const GroupNormOptions& options, Rngs& rngs);
  GroupNorm(std::int64_t num_features, Rngs& rngs) : GroupNorm(num_features, GroupNormOptions(), rngs) {}
  Tensor operator()(const Tensor& x, const Tensor& mask = {}) const;
  using fields = Fields<&GroupNorm::scale, &GroupNorm::bias, &GroupNorm::num_features, &GroupNorm::num_groups,
                        &GroupNorm::epsilon, &GroupNorm::use_fast_variance>;
};

struct InstanceNormOptions {
  double epsilon = 1e-6;
  DType param_dtype = float32;
  bool use_bias = true, use_scale = true;
  Initializer bias_init = initializers::zeros(), scale_init = initializers::ones();
  bool use_fast_variance = true;
};

// x [N, ..., features], with an axis or more between.
struct InstanceNorm : Module<InstanceNorm> {
  std::optional<Param> scale, bias;
  std::int64_t num_features;
  double epsilon;
  bool use_fast_variance;

  InstanceNorm(std::int64_t num_features, const InstanceNormOptions& options, Rngs& rngs);
  InstanceNorm(std::int64_t num_features, Rngs& rngs)
      : InstanceNorm(num_features, InstanceNormOptions(), rngs) {}
  Tensor operator()(const Tensor& x, const Tensor& mask = {}) const;
  using fields = Fields<&InstanceNorm::scale, &InstanceNorm::bias, &InstanceNorm::num_features,
                        &InstanceNorm::epsilon, &InstanceNorm::use_fast_variance>;
};

}  // namespace ramie::nn
