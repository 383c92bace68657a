// Tensors as the plain rows that batches and files are made of.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include <ramie/tensor/tensor.h>

namespace ramie::data {

// The same values on the CPU, row-major and without gaps; the tensor itself when it is so already.
Tensor dense(const Tensor& x);

// Those rows of a dense array of the given layout, stacked; the indices must be in range.
Tensor gather_rows(const std::byte* array, const Layout& layout, std::span<const std::int64_t> indices);

// The layout of one row, without the first axis.
Layout row_layout(const Layout& rows);

}  // namespace ramie::data
