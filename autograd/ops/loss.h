// Losses with optax's names. Each gives one value per example; the user takes the mean.
#pragma once

#include <ramie/tensor/tensor.h>

namespace ramie {

// logits [..., C], labels [..., C] probabilities (one-hot) -> [...]
Tensor softmax_cross_entropy(const Tensor& logits, const Tensor& labels);
// logits [..., C], integer labels [...] in 0..C-1 -> [...]; one fused pass forward, one backward.
Tensor softmax_cross_entropy_with_integer_labels(const Tensor& logits, const Tensor& labels);
Tensor sigmoid_binary_cross_entropy(const Tensor& logits, const Tensor& labels);
Tensor squared_error(const Tensor& predictions, const Tensor& targets);
Tensor l2_loss(const Tensor& predictions, const Tensor& targets);  // half the squared error, as optax
Tensor huber_loss(const Tensor& predictions, const Tensor& targets, double delta = 1);

}  // namespace ramie
