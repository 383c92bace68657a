// Ranges and grids beyond those of tensor/create.h.
//
//   logspace(0, 3, 4);                     // 1 10 100 1000
//   auto grid = meshgrid({arange(3), arange(2)});      // x and y of each point, [2, 3] each
#pragma once

#include <vector>

#include <ramie/tensor/create.h>

namespace ramie {

// n values base^start to base^stop, evenly spaced in the exponent; float32 by default.
Tensor logspace(double start, double stop, std::int64_t n, double base = 10, DType dtype = float32);
// n values from start to stop with a constant quotient.
Tensor geomspace(double start, double stop, std::int64_t n, DType dtype = float32);

enum class Indexing { xy, ij };  // xy: the first tensor runs along the columns, as in numpy
// Each tensor, of one axis, spread over the grid of all of them.
std::vector<Tensor> meshgrid(const std::vector<Tensor>& axes, Indexing indexing = Indexing::xy);
// [rank, shape...]: the indices of each element.
Tensor indices(const Shape& shape, DType dtype = int32);

}  // namespace ramie
