// Copies between strided views of one shape: what contiguous, padding and joining have in common. Rows move
// 16 bytes at a time where both sides allow it; transposes go through tiles in shared memory, so that both
// sides are read and written along their rows.
//
//   copy_strided(cuda, y, y_strides, x);   // y[i . y_strides] = x[i . x_strides] for every index i
#pragma once

#include <span>

#include <ramie/tensor/launch.h>

namespace ramie::kernels {

// Only the dtype's size matters. The elements of y must be distinct.
void copy_strided(Cuda cuda, std::byte* y, const Shape& y_strides, View x);
// Several parts that lie alike, the p'th to y + p * y_step (in elements), in few launches.
void copy_strided(Cuda cuda, std::byte* y, const Shape& y_strides, std::int64_t y_step,
                  std::span<const View> x);

}  // namespace ramie::kernels
