// Layers whose kernels are normalised at each call: by their length, or by their largest singular value.
//
//   nn::WeightNorm layer(nn::Linear(784, 256, rngs), rngs);     // kernel / |column|, times a learned scale
//   nn::SpectralNorm critic(nn::Linear(256, 1, rngs), rngs);    // kernel / sigma
//
// The kernels themselves stay as they are, and gradients lead to them. The scales are parameters (Flax 0.12
// keeps plain arrays, which do not learn).
//
// Sources: flax.nnx.WeightNorm (Salimans and Kingma, 2016), SpectralNorm (Miyato et al., 2018).
#pragma once

#include <map>
#include <optional>

#include <ramie/nn/initializers.h>
#include <ramie/nn/rngs.h>
#include <ramie/nn/sequential.h>
#include <ramie/nn/state.h>

namespace ramie::nn {

struct WeightNormOptions {
  Shape feature_axes = {-1};  // of which each element has a length of its own; all has one without any
  bool use_scale = true;
  std::optional<Initializer> scale_init = {};  // ones, which draw no key
  double epsilon = 1e-12;
  DType param_dtype = float32;
  Filter variable_filter = path_contains("kernel");  // of the layer's parameters
};

struct WeightNorm : Module<WeightNorm> {
  Any layer_instance;
  std::map<std::string, std::optional<Param>> scales;  // by the parameter's path
  Shape feature_axes;
  double epsilon;

  WeightNorm(Any layer, const WeightNormOptions& options, Rngs& rngs);
  WeightNorm(Any layer, Rngs& rngs) : WeightNorm(std::move(layer), WeightNormOptions(), rngs) {}
  Tensor operator()(const Tensor& x);
  using fields = Fields<&WeightNorm::layer_instance, &WeightNorm::scales, &WeightNorm::feature_axes,
                        &WeightNorm::epsilon>;
};

struct SpectralNormOptions {
  int n_steps = 1;  // of the power iteration, for each call
  double epsilon = 1e-12;
  DType param_dtype = float32;
  bool error_on_non_matrix = false;  // larger parameters are matrices of their last axis
  bool update_stats = true;          // the iteration goes on from call to call; nn::eval_view keeps it
};

struct SpectralNorm : Module<SpectralNorm> {
  Any layer_instance;
  std::map<std::string, BatchStat> batch_stats;  // "kernel.u" [1, features], "kernel.sigma"
  int n_steps;
  double epsilon;
  bool use_running_average;

  SpectralNorm(Any layer, const SpectralNormOptions& options, Rngs& rngs);
  SpectralNorm(Any layer, Rngs& rngs) : SpectralNorm(std::move(layer), SpectralNormOptions(), rngs) {}
  Tensor operator()(const Tensor& x);
  using fields = Fields<&SpectralNorm::layer_instance, &SpectralNorm::batch_stats, &SpectralNorm::n_steps,
                        &SpectralNorm::epsilon, &SpectralNorm::use_running_average>;

 private:
  Tensor normalized(const std::string& path, const Tensor& param);
};

}  // namespace ramie::nn
