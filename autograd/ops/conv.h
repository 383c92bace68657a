// Convolution of sequences, images and volumes, as jax.lax.conv_general_dilated with the channels last; like
// every framework's it is a cross-correlation (the kernel is not flipped).
//
//   conv(float32[8,100,3], float32[5,3,16])                   -> float32[8,100,16]       (1-D, SAME)
//   conv(float32[8,28,28,3], float32[3,3,3,32], {.strides = {2, 2}})     -> float32[8,14,14,32]
//   conv(x, kernel, {.feature_group_count = x.shape(-1)})     // depthwise
//   conv_transpose(float32[8,14,14,32], float32[3,3,32,16], {.strides = {2, 2}}) -> float32[8,28,28,16]
//
// Source: jax.lax.conv_general_dilated, jax.lax.conv_transpose, flax.linen.Conv.
#pragma once

#include <ramie/autograd/ops/conv_padding.h>

namespace ramie {

// Of each spatial axis one number; none given: 1.
struct ConvOptions {
  Shape strides = {};
  Padding padding = Padding::same();
  Shape input_dilation = {};  // zeros between the image's elements: a transposed convolution
  Shape kernel_dilation = {};
  std::int64_t feature_group_count = 1;
  bool operator==(const ConvOptions&) const = default;
};

// x [N, ..., C], kernel [..., C / groups, O] -> [N, ..., O], with 1, 2 or 3 axes between. Dtypes promote;
// float16 and bfloat16 sum in float32. With an input dilation the padding must be given (or VALID).
Tensor conv(const Tensor& x, const Tensor& kernel, const ConvOptions& options = {});

struct ConvTransposeOptions {
  Shape strides = {};
  Padding padding = Padding::same();  // SAME: the output has input * stride positions
  Shape kernel_dilation = {};
  bool transpose_kernel = false;  // kernel [..., O, C], flipped: the gradient of a convolution with it
  bool operator==(const ConvTransposeOptions&) const = default;
};

// x [N, ..., C], kernel [..., C, O] -> [N, ..., O]. Padding that is given is that of the convolution over the
// image with stride - 1 zeros between its elements, as in jax.lax.conv_transpose.
Tensor conv_transpose(const Tensor& x, const Tensor& kernel, const ConvTransposeOptions& options = {});

}  // namespace ramie
