// Kernels that call one device function each, by one warp.
#pragma once

#include <vector>

namespace ramie {

struct WarpResults {
  std::vector<int> up, down, exclusive_or, broadcast_by_8, ballot, any, all, match, reduced;
  std::vector<double> wide;
};
WarpResults warp_functions();

// c[16,8] = a[16,8] b[8,8] by one tensor-core instruction.
std::vector<float> tensor_core_product(const std::vector<float>& a, const std::vector<float>& b);

struct BlockResults {
  int count, all, some, sum, largest, smallest, exchanged, swapped;
};
BlockResults block_functions();  // of 64 threads

}  // namespace ramie
