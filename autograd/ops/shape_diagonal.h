// Diagonals and triangles of matrices, which are the last two axes, or those named; and matrices made of
// them. The offset of a diagonal counts from the main one to the right.
//
//   diagonal(x, 1);   trace(x);   diag(tensor({1, 2}));   tril(x, -1);   tri(3);   eye(2, 3);
#pragma once

#include <ramie/tensor/create.h>

namespace ramie {

// The diagonal of the matrices on two axes, by default the first two as in numpy; it becomes the last axis.
Tensor diagonal(const Tensor& x, std::int64_t offset = 0, std::int64_t axis1 = 0, std::int64_t axis2 = 1);
Tensor trace(const Tensor& x, std::int64_t offset = 0, std::int64_t axis1 = 0, std::int64_t axis2 = 1);
// A matrix with x, one axis, on a diagonal; or of a matrix its diagonal.
Tensor diag(const Tensor& x, std::int64_t offset = 0);
// A matrix with each last axis of x on a diagonal: [..., n] -> [..., n + |offset|, n + |offset|].
Tensor diag_embed(const Tensor& x, std::int64_t offset = 0);
// The matrices of the last two axes with zeros above, or below, a diagonal.
Tensor tril(const Tensor& x, std::int64_t offset = 0);
Tensor triu(const Tensor& x, std::int64_t offset = 0);

// Ones on and below a diagonal, or on it alone. A square by default.
Tensor tri(std::int64_t rows, std::int64_t columns = -1, std::int64_t offset = 0, DType dtype = float32);
Tensor eye(std::int64_t rows, std::int64_t columns, std::int64_t offset = 0, DType dtype = float32);

}  // namespace ramie
