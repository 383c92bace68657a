// Reading and writing by integer indices. Negative indices count from the end; others out of range are an
// error that names the value, found on the CPU when the op runs (kernels' check()).
#pragma once

#include <ramie/tensor/tensor.h>

namespace ramie {

// Rows of x along an axis: take(float32[10,3], int32[4], 0) -> float32[4,3]; indices of any shape take the
// axis' place.
Tensor take(const Tensor& x, const Tensor& indices, std::int64_t axis = 0);
// One element for each index: numpy.take_along_axis (PyTorch's gather).
Tensor take_along_axis(const Tensor& x, const Tensor& indices, std::int64_t axis);
Tensor gather(const Tensor& x, std::int64_t axis, const Tensor& indices);  // PyTorch's order of arguments
// x with updates added at the indices along an axis; repeated indices sum, in order: take's gradient.
Tensor scatter_add(const Tensor& x, const Tensor& indices, const Tensor& updates, std::int64_t axis = 0);
// float32 [..., classes]; a label out of range gives a row of zeros, as in JAX.
Tensor one_hot(const Tensor& labels, std::int64_t classes, DType dtype = float32);

namespace detail {

// Updates added into zeros of the given length along the axis: the transposes, and so the gradients, of take
// and of take_along_axis, which are theirs in turn.
Tensor scatter(const Tensor& updates, const Tensor& indices, int axis, std::int64_t length);
Tensor scatter_along_axis(const Tensor& updates, const Tensor& indices, int axis, std::int64_t length);

}  // namespace detail
}  // namespace ramie
