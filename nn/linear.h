// A dense layer: y = x kernel + bias, over the last axis of x.
//
//   nn::Linear linear(784, 256, rngs);
//   Tensor y = linear(x);                 // x [..., 784] -> [..., 256]
//
// Source: flax.nnx.Linear.
#pragma once

#include <optional>

#include <ramie/nn/initializers.h>
#include <ramie/nn/rngs.h>

namespace ramie::nn {

struct LinearOptions {
  bool use_bias = true;
  DType param_dtype = float32;
  Initializer kernel_init = initializers::lecun_normal();
  Initializer bias_init = initializers::zeros();
};

struct Linear : Module<Linear> {
  Param kernel;  // [in, out]
  std::optional<Param> bias;
  std::int64_t in_features, out_features;

  Linear(std::int64_t in_features, std::int64_t out_features, const LinearOptions& options, Rngs& rngs);
  Linear(std::int64_t in_features, std::int64_t out_features, Rngs& rngs)
      : Linear(in_features, out_features, LinearOptions(), rngs) {}
  Tensor operator()(const Tensor& x) const;
  using fields = Fields<&Linear::kernel, &Linear::bias, &Linear::in_features, &Linear::out_features>;
};

}  // namespace ramie::nn
