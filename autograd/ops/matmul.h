// Matrix products, with numpy.matmul's rules: the last two axes are the matrices, those before broadcast; a
// vector is a row on the left and a column on the right, and its axis is removed.
//
//   matmul(float32[8,3,4], float32[4,5])  ->  float32[8,3,5]
#pragma once

#include <ramie/tensor/tensor.h>

namespace ramie {

Tensor matmul(const Tensor& a, const Tensor& b);

}  // namespace ramie
