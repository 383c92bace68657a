// Integer labels that choose one number of each row: what losses and metrics check of them, and read by them.
#pragma once

#include <ramie/tensor/tensor.h>

namespace ramie::nn::detail {

// scores [..., C], which the error calls `what`, need integer labels [...].
void check_class_labels(const char* op, const char* what, const Tensor& scores, const Tensor& labels);

// Labels as indices that do not count from the end: one that is negative is out of range.
Tensor class_indices(const Tensor& labels, std::int64_t classes);
// scores [..., C] at integer labels [...] -> [...]; a label out of range is an error.
Tensor of_class(const Tensor& scores, const Tensor& labels);

}  // namespace ramie::nn::detail
