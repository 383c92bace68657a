// Losses with optax's names. Each gives one value per example; the user takes the mean.
//
//   Tensor loss = mean(softmax_cross_entropy_with_integer_labels(logits, labels));   // logits [N, 10],
//   labels [N]
//
// float16 and bfloat16 logits compute in float32.
#pragma once

#include <ramie/tensor/tensor.h>

namespace ramie {

// logits [..., C], labels [..., C] probabilities (one-hot) -> [...]
Tensor softmax_cross_entropy(const Tensor& logits, const Tensor& labels);
// logits [..., C], integer labels [...] in 0..C-1 -> [...]; one fused pass forward, one backward. A label out
// of range is an error that names it.
Tensor softmax_cross_entropy_with_integer_labels(const Tensor& logits, const Tensor& labels);
// logits of class 1 against class 0, labels 0, 1 or a probability, of one shape or broadcast.
Tensor sigmoid_binary_cross_entropy(const Tensor& logits, const Tensor& labels);
// Elementwise, of two tensors of one shape.
Tensor squared_error(const Tensor& predictions, const Tensor& targets);
Tensor l2_loss(const Tensor& predictions, const Tensor& targets);  // half the squared error, as optax
// Half the squared error up to delta, linear beyond.
Tensor huber_loss(const Tensor& predictions, const Tensor& targets, double delta = 1);

namespace detail {

// dy [...] -> [..., C]: dy (softmax(logits) - one_hot(labels)), an op of its own, so that it has a gradient
// too.
Tensor softmax_cross_entropy_backward(const Tensor& dy, const Tensor& logits, const Tensor& labels);

}  // namespace detail
}  // namespace ramie
