// Images in another size.
//
//   resize(float32[8,28,28,3], {8, 14, 56, 3}, Resize::linear)    // any axes of any tensor
//   pixel_shuffle(float32[8,14,14,12], 2)                         -> float32[8,28,28,3]
//
// Output element i lies at (i + 0.5) * input / output - 0.5. Shrinking averages over all that an output
// element covers, unless antialias is false; then linear is what PyTorch calls bilinear, align_corners=False.
//
// Source: jax.image.resize.
#pragma once

#include <cstdint>

#include <ramie/tensor/tensor.h>

namespace ramie {

// The nearest element; two on each axis, by distance; four, by Keys' polynomial (a = -0.5).
enum class Resize : std::uint8_t { nearest, linear, cubic };

// x in the given shape, of as many axes. Integers give float32, but nearest keeps the dtype; float16 and
// bfloat16 compute in float32.
Tensor resize(const Tensor& x, const Shape& shape, Resize method, bool antialias = true);

// x [N, H, W, C r r] -> [N, H r, W r, C]: channel (c, i, j) becomes pixel (i, j) of each block of r x r.
Tensor pixel_shuffle(const Tensor& x, std::int64_t r);

}  // namespace ramie
