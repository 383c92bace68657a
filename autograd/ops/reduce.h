// Reductions over any axes (none given: all). keepdims leaves them with length 1.
//
//   mean(x);   sum(x, {0, -1});   max(x, {1}, true);   argmax(x, -1);
//
// Sums have a fixed tree, so their bits depend on the shape alone. Small dtypes accumulate in float32; sums
// of bool and small integers are int32.
#pragma once

#include <optional>

#include <ramie/tensor/tensor.h>

namespace ramie {

Tensor sum(const Tensor& x, const Shape& axes = {}, bool keepdims = false);
Tensor mean(const Tensor& x, const Shape& axes = {}, bool keepdims = false);  // of integers: float32
Tensor max(const Tensor& x, const Shape& axes = {},
           bool keepdims = false);  // ties share the gradient; NaN wins
Tensor min(const Tensor& x, const Shape& axes = {}, bool keepdims = false);
Tensor prod(const Tensor& x, const Shape& axes = {}, bool keepdims = false);
Tensor var(const Tensor& x, const Shape& axes = {}, bool keepdims = false);  // biased, as jax.numpy.var
Tensor std(const Tensor& x, const Shape& axes = {}, bool keepdims = false);
// The sum of squares divided by n - ddof: 1 for the unbiased variance of a sample.
Tensor var(const Tensor& x, const Shape& axes, bool keepdims, double ddof);
Tensor std(const Tensor& x, const Shape& axes, bool keepdims, double ddof);
Tensor any(const Tensor& x, const Shape& axes = {}, bool keepdims = false);  // bool
Tensor all(const Tensor& x, const Shape& axes = {}, bool keepdims = false);
// The int32 index of the first extreme along one axis, or of all elements in row-major order; NaN counts as
// the extreme.
Tensor argmax(const Tensor& x, std::optional<std::int64_t> axis = {}, bool keepdims = false);
Tensor argmin(const Tensor& x, std::optional<std::int64_t> axis = {}, bool keepdims = false);
Tensor cumsum(const Tensor& x, std::int64_t axis);

// The sum over the axes that broadcasting to x's shape has added or stretched: broadcast_to's gradient.
Tensor sum_to(const Tensor& x, const Shape& shape);

}  // namespace ramie
