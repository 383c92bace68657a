// Noise on rows, in one pass over them.
//
//   add_normal_rows(images, keys, 0.1);      // images + 0.1 random::normal_rows(keys, {28, 28, 1})
#pragma once

#include <ramie/tensor/tensor.h>

namespace ramie {

// x + std z, where row i of z are the normal numbers of keys[i]: random::normal_rows of x's row shape and
// dtype. x is [n, ...] and floating, keys is uint32[n, 2]; the gradient passes to x.
Tensor add_normal_rows(const Tensor& x, const Tensor& keys, double std = 1);

}  // namespace ramie
