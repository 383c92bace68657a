// The pooling kernels in vectors of channels, over some rows of the output, counted over all images; those of
// the gradients over rows of the cotangent where no windows overlap, for then each window writes what lies
// under it. Values are float32 or float64; the channels of all tensors lie side by side.
#pragma once

#include <cstdint>

#include <ramie/tensor/ops/pool2d.h>

namespace ramie::kernels {

struct PoolSpan {  // of windows
  std::int64_t begin, end;
};

struct PoolRows {
  PoolWindow window;
  bool count_padding = true, minimum = false;
  View y, x, index;  // y is written; pool_gather and pool_scatter read the index, max_pool_index writes it
  const PoolSpan* spans =
      nullptr;  // where windows overlap, for gradients: those of each row of y, then of each column
};

void avg_pool_rows(const PoolRows& p, std::int64_t begin, std::int64_t end);
void avg_pool_gradient_rows(const PoolRows& p, std::int64_t begin, std::int64_t end);
void max_pool_rows(const PoolRows& p, std::int64_t begin, std::int64_t end);
void max_pool_index_rows(const PoolRows& p, std::int64_t begin, std::int64_t end);
void pool_gather_rows(const PoolRows& p, std::int64_t begin, std::int64_t end);
void pool_scatter_rows(const PoolRows& p, std::int64_t begin, std::int64_t end);

}  // namespace ramie::kernels
