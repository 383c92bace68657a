// x * scale + shift, channel by channel, in one pass over memory: images to the numbers that a model wants.
//
//   Tensor y = scale_shift(images, tensor({1 / 58.4, 1 / 57.1, 1 / 57.4}), tensor({-2.1, -2.0, -1.8}));
#pragma once

#include <ramie/tensor/tensor.h>

namespace ramie {

// scale and shift: one number each, or [C] for x [..., C]. The result is float32, or has x's dtype if that is
// a floating one; float64 x is computed in float64, all else in float32, whose product is not rounded before
// the sum. Differentiable in all three.
Tensor scale_shift(const Tensor& x, const Tensor& scale, const Tensor& shift);

}  // namespace ramie
