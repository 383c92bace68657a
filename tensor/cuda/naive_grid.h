// Naive kernels on a GPU: a thread for each index of a tensor of four axes.
#pragma once

#include <algorithm>

#include <ramie/tensor/cuda/block.h>
#include <ramie/tensor/ops/naive_grid.h>

namespace ramie::kernels::naive {

struct Lengths {
  std::int64_t size, second, third, last;
};

template <class F>
__global__ void __launch_bounds__(block_threads) call_for_each_index(F f, Lengths n) {
  for (std::int64_t e = global_thread(); e < n.size; e += grid_threads()) {
    const std::int64_t l = e % n.last, rest = e / n.last, k = rest % n.third, outer = rest / n.third;
    f(outer / n.second, outer % n.second, k, l);
  }
}

// Calls f(i, j, k, l) for every index.
template <class F>
void for_each_index(Cuda cuda, const Shape& s, F f) {
  constexpr std::int64_t most_blocks = 4096;  // the others' work is theirs too
  const Lengths n{s.size(), s[1], s[2], s[3]};
  if (n.size == 0) return;
  const unsigned blocks = blocks_for(std::min(n.size, most_blocks * block_threads), block_threads);
  launch_kernel(call_for_each_index<F>, blocks, block_threads, 0, cuda, f, n);
}

}  // namespace ramie::kernels::naive
