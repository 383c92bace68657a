// The patches of images that a convolution's kernel meets (im2col), so that convolutions are matrix products:
//
//   Tensor p = patches(x, {.window = {3, 3}});                        // [8,28,28,3] -> [8,26,26,27]
//   matmul(p, reshape(transpose(kernel, {2, 0, 1, 3}), {27, 32}));    // conv(x, kernel, VALID)
//
// Source: jax.lax.conv_general_dilated_patches.
#pragma once

#include <ramie/autograd/ops/conv_padding.h>

namespace ramie {

struct PatchOptions {  // a number for each of 1, 2 or 3 axes
  Shape window;
  Shape strides = {};  // none given: 1
  Padding padding = Padding::valid();
  Shape dilation = {};
  bool operator==(const PatchOptions&) const = default;
};

// x [N, ..., C] -> [N, ..., C * window]: of each channel the elements under the window, in row-major order.
Tensor patches(const Tensor& x, const PatchOptions& options);

}  // namespace ramie
