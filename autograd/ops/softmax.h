// The softmax family, along any axis, without overflow.
#pragma once

#include <ramie/tensor/tensor.h>

namespace ramie {

Tensor softmax(const Tensor& x, std::int64_t axis = -1);
Tensor log_softmax(const Tensor& x, std::int64_t axis = -1);
Tensor logsumexp(const Tensor& x, const Shape& axes = {}, bool keepdims = false);

}  // namespace ramie
