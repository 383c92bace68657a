// Tensors with some elements changed: jax.numpy's x.at[...].set and .add as functions.
//
//   index_set(x, tensor({0, 2}), rows);                  // x.at[jnp.array([0, 2])].set(rows)
//   slice_set(x, {range(1, 3), -1}, 0);                  // x.at[1:3, -1].set(0)
//   dynamic_update_slice(cache, row, {step, zero});      // at an offset that is computed
//
// Values broadcast to the place that they take, and are cast to x's dtype.
#pragma once

#include <initializer_list>
#include <vector>

#include <ramie/tensor/tensor.h>

namespace ramie {

// Slices of x along an axis, at indices of any shape. Where an index is repeated the last value is set, and
// it alone has a gradient; index_add sums (it is scatter_add).
Tensor index_set(const Tensor& x, const Tensor& indices, const Tensor& values, std::int64_t axis = 0);
Tensor index_add(const Tensor& x, const Tensor& indices, const Tensor& values, std::int64_t axis = 0);

// The larger, or smaller, of x and all values that go to a place; NaN wins. The first of equal values has the
// gradient, which it shares with an equal element of x.
Tensor index_max(const Tensor& x, const Tensor& indices, const Tensor& values, std::int64_t axis = 0);
Tensor index_min(const Tensor& x, const Tensor& indices, const Tensor& values, std::int64_t axis = 0);

// At integers and ranges, as Tensor::index takes them.
Tensor slice_set(const Tensor& x, std::initializer_list<Index> at, const Tensor& values);
Tensor slice_set(const Tensor& x, std::initializer_list<Index> at, Scalar value);
Tensor slice_add(const Tensor& x, std::initializer_list<Index> at, const Tensor& values);

// x[indices[..., 0], indices[..., 1], ...]: the last axis holds the indices of x's first axes.
Tensor gather_nd(const Tensor& x, const Tensor& indices);
// x with values added, or set, there.
Tensor scatter_nd_add(const Tensor& x, const Tensor& indices, const Tensor& values);
Tensor scatter_nd_set(const Tensor& x, const Tensor& indices, const Tensor& values);

// jax.lax's slices at starts that are computed: one integer for each axis, in a tensor of one axis or in
// several of none. Negative starts count from the end; then all are moved so that the slice lies within x.
Tensor dynamic_slice(const Tensor& x, const Tensor& starts, const Shape& sizes);
Tensor dynamic_slice(const Tensor& x, const std::vector<Tensor>& starts, const Shape& sizes);
Tensor dynamic_update_slice(const Tensor& x, const Tensor& update, const Tensor& starts);
Tensor dynamic_update_slice(const Tensor& x, const Tensor& update, const std::vector<Tensor>& starts);

// [n, rank]: the indices of the elements that are not 0, in row-major order, int32. It waits for the values,
// so it can be neither captured nor mapped: where(...) often does instead.
Tensor argwhere(const Tensor& x);
// The same as one tensor for each axis.
std::vector<Tensor> nonzero(const Tensor& x);

}  // namespace ramie
