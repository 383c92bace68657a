// Convolutions of sequences, images and volumes: [N, ..., C] with 1, 2 or 3 axes between. There may be
// several batch axes, or none.
//
//   nn::Conv conv(1, 32, {.kernel_size = {3, 3}}, rngs);
//   Tensor y = conv(x);                   // float32[8,28,28,1] -> float32[8,28,28,32]
//   nn::Conv causal(16, 16, {.kernel_size = {5}, .padding = Padding::causal()}, rngs);
//   nn::ConvTranspose up(32, 16, {.kernel_size = {3, 3}, .strides = {2, 2}}, rngs);
//   Tensor z = up(y);                     // float32[8,28,28,32] -> float32[8,56,56,16]
//
// Source: flax.nnx.Conv, ConvTranspose.
#pragma once

#include <functional>
#include <optional>

#include <ramie/autograd/ops/conv.h>
#include <ramie/nn/initializers.h>
#include <ramie/nn/rngs.h>

namespace ramie::nn {

// One number for each axis; none given: 1.
struct ConvOptions {
  Shape kernel_size;
  Shape strides = {};
  Padding padding = Padding::same();
  Shape input_dilation = {}, kernel_dilation = {};
  std::int64_t feature_group_count = 1;
  bool use_bias = true;
  DType param_dtype = float32;
  Initializer kernel_init = initializers::lecun_normal();
  Initializer bias_init = initializers::zeros();
};

struct Conv : Module<Conv> {
  Param kernel;  // [kernel_size..., in / groups, out]
  std::optional<Param> bias;
  std::int64_t in_features, out_features;
  Shape kernel_size, strides;
  Padding padding;
  Shape input_dilation, kernel_dilation;
  std::int64_t feature_group_count;

  Conv(std::int64_t in_features, std::int64_t out_features, const ConvOptions& options, Rngs& rngs);
  Tensor operator()(const Tensor& x) const;
  using fields = Fields<&Conv::kernel, &Conv::bias, &Conv::in_features, &Conv::out_features,
                        &Conv::kernel_size, &Conv::strides, &Conv::padding, &Conv::input_dilation,
                        &Conv::kernel_dilation, &Conv::feature_group_count>;
};

struct ConvTransposeOptions {
  Shape kernel_size;
  Shape strides = {};
  Padding padding = Padding::same();  // SAME, VALID, CIRCULAR or given
  Shape kernel_dilation = {};
  bool use_bias = true;
  DType param_dtype = float32;
  Initializer kernel_init = initializers::lecun_normal();
  Initializer bias_init = initializers::zeros();
  bool transpose_kernel = false;  // the gradient of a convolution with this kernel
};

struct ConvTranspose : Module<ConvTranspose> {
  Param kernel;  // [kernel_size..., in, out]; transposed [..., out, in]
  std::optional<Param> bias;
  std::int64_t in_features, out_features;
  Shape kernel_size, strides;
  Padding padding;
  Shape kernel_dilation;
  bool transpose_kernel;

  ConvTranspose(std::int64_t in_features, std::int64_t out_features, const ConvTransposeOptions& options,
                Rngs& rngs);
  Tensor operator()(const Tensor& x) const;
  using fields =
      Fields<&ConvTranspose::kernel, &ConvTranspose::bias, &ConvTranspose::in_features,
             &ConvTranspose::out_features, &ConvTranspose::kernel_size, &ConvTranspose::strides,
             &ConvTranspose::padding, &ConvTranspose::kernel_dilation, &ConvTranspose::transpose_kernel>;
};

namespace detail {

// [kernel_size..., in / groups, out], with errors of that layer.
Shape conv_kernel_shape(const char* layer, Shape kernel_size, std::int64_t in, std::int64_t out,
                        std::int64_t groups = 1);
// All batch axes of x as one: f sees [N, ..., C], with that many axes between.
Tensor over_batches(const char* layer, const Tensor& x, int axes,
                    const std::function<Tensor(const Tensor&)>& f);

}  // namespace detail
}  // namespace ramie::nn
