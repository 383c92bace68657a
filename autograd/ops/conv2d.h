// Two-dimensional convolution of images, as jax.lax.conv_general_dilated with NHWC, HWIO, NHWC; like every
// framework's it is a cross-correlation (the kernel is not flipped).
//
//   conv2d(float32[8,28,28,3], float32[3,3,3,32])                       -> float32[8,28,28,32]  (SAME)
//   conv2d(x, kernel, {.strides = {2, 2}, .padding = Padding::valid()})
//
// conv (conv.h) is the general one: sequences, volumes, transposed convolutions.
#pragma once

#include <array>
#include <cstdint>

#include <ramie/autograd/ops/conv_padding.h>
#include <ramie/tensor/ops/conv2d.h>

namespace ramie {

struct Conv2dOptions {
  std::array<std::int64_t, 2> strides = {1, 1};
  Padding padding = Padding::same();
  std::array<std::int64_t, 2> kernel_dilation = {1, 1};
  std::int64_t feature_group_count = 1;
  bool operator==(const Conv2dOptions&) const = default;
};

// x [N,H,W,C], kernel [KH,KW,C/groups,O] -> [N,H',W',O]
Tensor conv2d(const Tensor& x, const Tensor& kernel, const Conv2dOptions& options = {});

namespace detail {

// What conv2d's gradients are made of: recorded ops, bilinear as it is, so that each one's rule is the other
// two.
Tensor conv2d(const Tensor& x, const Tensor& kernel, const kernels::ConvWindow& window);
Tensor conv2d_input_gradient(const Tensor& dy, const Tensor& kernel, const kernels::ConvWindow& window,
                             const Shape& input);
Tensor conv2d_kernel_gradient(const Tensor& x, const Tensor& dy, const kernels::ConvWindow& window,
                              const Shape& kernel);

}  // namespace detail
}  // namespace ramie
