// Small tensors and their values, for tests worked by hand.
#pragma once

#include <vector>

#include <ramie/autograd/ops/shape.h>
#include <ramie/tensor/create.h>

namespace ramie {

using Values = std::vector<double>;
inline Values values(const Tensor& x) { return x.to_vector<double>(); }
inline Tensor counting(const Shape& shape) {  // 0, 1, 2, ... in float64
  return reshape(arange(0, shape.size(), 1, float64), shape);
}

}  // namespace ramie
