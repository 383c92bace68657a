// Pools whose windows follow from the size of the output.
//
//   global_avg_pool(float32[8,7,7,512])                -> float32[8,512]
//   adaptive_avg_pool(float32[8,7,5,512], {3, 3})      -> float32[8,3,3,512]
//
// Output i of n over an axis of m elements is of the elements m i / n (rounded down) to m (i + 1) / n
// (rounded up): windows overlap where n does not divide m.
//
// Source: PyTorch's AdaptiveAvgPool, AdaptiveMaxPool; Keras' GlobalAveragePooling.
#pragma once

#include <ramie/tensor/tensor.h>

namespace ramie {

// x [N, ..., C], with any number of axes between -> [N, C], or [N, 1, ..., 1, C].
Tensor global_avg_pool(const Tensor& x, bool keepdims = false);
Tensor global_max_pool(const Tensor& x, bool keepdims = false);  // ties share the gradient

// x [N, ..., C], the size of the output's 1, 2 or 3 axes between. The first maximum gets the gradient.
Tensor adaptive_avg_pool(const Tensor& x, const Shape& size);
Tensor adaptive_max_pool(const Tensor& x, const Shape& size);

}  // namespace ramie
