// The softmax family, along any axis, without overflow: jax.nn.softmax, jax.nn.log_softmax, jax.nn.logsumexp.
//
//   softmax(tensor({1.0, 1.0}));                  // 0.5, 0.5
//   logsumexp(logits, {-1}, true);                // keeps the axis with length 1
//
// float16 and bfloat16 compute in float32; integers give float32. A row with NaN or +inf, or of -inf alone,
// has a softmax of NaN; the logsumexp of -inf alone, and of nothing, is -inf.
#pragma once

#include <ramie/tensor/tensor.h>

namespace ramie {

Tensor softmax(const Tensor& x, std::int64_t axis = -1);
Tensor log_softmax(const Tensor& x, std::int64_t axis = -1);
// log(sum(exp(x))) over any axes (none given: all).
Tensor logsumexp(const Tensor& x, const Shape& axes = {}, bool keepdims = false);

namespace detail {

// The gradients along the last axis, from the outputs y: ops of their own, so that they have gradients too.
Tensor softmax_backward(const Tensor& dy, const Tensor& y);      // y (dy - sum(dy y))
Tensor log_softmax_backward(const Tensor& dy, const Tensor& y);  // dy - exp(y) sum(dy)

}  // namespace detail
}  // namespace ramie
