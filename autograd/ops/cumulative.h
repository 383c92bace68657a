// What has come together so far along an axis, from its front or (reverse) from its end: jax.numpy.cumprod,
// jax.lax.cummax, cummin and cumlogsumexp. (cumsum: reduce.h.)
//
//   cumprod(tensor({1.0, 2.0, 3.0}), 0);    // 1, 2, 6
//
// Gradients of every order are right where factors are zero; equal extremes share theirs.
#pragma once

#include <ramie/tensor/tensor.h>

namespace ramie {

Tensor cumprod(const Tensor& x, std::int64_t axis, bool reverse = false);  // of bool, small integers: int32
Tensor cummax(const Tensor& x, std::int64_t axis, bool reverse = false);   // from a NaN on it is NaN
Tensor cummin(const Tensor& x, std::int64_t axis, bool reverse = false);
// log(cumsum(exp(x))) without overflow; of integers float32.
Tensor cumlogsumexp(const Tensor& x, std::int64_t axis, bool reverse = false);
inline Tensor logcumsumexp(const Tensor& x, std::int64_t axis) { return cumlogsumexp(x, axis); }

}  // namespace ramie
