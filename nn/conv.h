// A convolution of images [N,H,W,C]; the batch axis may be missing.
//
//   nn::Conv conv(1, 32, {.kernel_size = {3, 3}}, rngs);
//   Tensor y = conv(x);                   // float32[8,28,28,1] -> float32[8,28,28,32]
//
// Source: flax.nnx.Conv.
#pragma once

#include <array>
#include <optional>

#include <ramie/autograd/ops/conv2d.h>
#include <ramie/nn/initializers.h>
#include <ramie/nn/rngs.h>

namespace ramie::nn {

struct ConvOptions {
  std::array<std::int64_t, 2> kernel_size;
  std::array<std::int64_t, 2> strides = {1, 1};
  Padding padding = Padding::same();
  std::array<std::int64_t, 2> kernel_dilation = {1, 1};
  std::int64_t feature_group_count = 1;
  bool use_bias = true;
  DType param_dtype = float32;
  Initializer kernel_init = initializers::lecun_normal();
  Initializer bias_init = initializers::zeros();
};

struct Conv : Module<Conv> {
  Param kernel;  // [kh, kw, in / groups, out]
  std::optional<Param> bias;
  std::int64_t in_features, out_features;
  std::array<std::int64_t, 2> kernel_size, strides;
  Padding padding;
  std::array<std::int64_t, 2> kernel_dilation;
  std::int64_t feature_group_count;

  Conv(std::int64_t in_features, std::int64_t out_features, const ConvOptions& options, Rngs& rngs);
  Tensor operator()(const Tensor& x) const;
  using fields =
      Fields<&Conv::kernel, &Conv::bias, &Conv::in_features, &Conv::out_features, &Conv::kernel_size,
             &Conv::strides, &Conv::padding, &Conv::kernel_dilation, &Conv::feature_group_count>;
};

}  // namespace ramie::nn
