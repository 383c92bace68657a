// Copies between strided views of one shape: what padding, joining and slicing have in common.
//
//   copy_strided(y, y_strides, x, x_layout);   // y[i . y_strides] = x[i . x_strides] for every index i
#pragma once

#include <cstddef>

#include <ramie/tensor/layout.h>

namespace ramie::kernels {

// Only the dtype's size matters. Parallel over rows; the elements of y must be distinct.
void copy_strided(std::byte* y, const Shape& y_strides, const std::byte* x, const Layout& layout);

}  // namespace ramie::kernels
