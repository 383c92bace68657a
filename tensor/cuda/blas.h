// Matrix products by cuBLAS: y = a b for row-major y[m, n], a[m, k] and b[k, n], one or a batch of them.
//
//   gpu::blas::Products p{.dtype = float32, .m = m, .n = n, .k = k, .a = {k}, .b = {n}};
//   gpu::blas::multiply(cuda, p, a, b, y);
//
// Deterministic: the library picks its kernel by the shape alone, and its scratch is the launch's own, so
// that neither other streams nor a captured graph share it. There is one handle for each thread and device.
#pragma once

#include <ramie/tensor/launch.h>
#include <ramie/tensor/precision.h>

namespace ramie::gpu::blas {

struct Factor {
  std::int64_t leading;          // elements from one row to the next, or where it is transposed, column
  bool transposed = false;       // lies column by column
  std::int64_t next_matrix = 0;  // elements from one to the next of a batch; 0: all are the same
};

struct Products {
  DType dtype;  // floating; half types are summed in float32
  Precision precision = Precision::strict;
  std::int64_t m, n, k;
  Factor a, b;
  std::int64_t batches = 1;
};

// Bytes that cuda.workspace must hold. NVIDIA's advice for the largest GPUs; with less, cuBLAS has fewer
// kernels.
inline constexpr std::size_t workspace = std::size_t{32} << 20;

// None of m, n, k, batches is 0; y is dense.
void multiply(Cuda cuda, const Products& p, const void* a, const void* b, void* y);
// Matrices anywhere: arrays in device memory with their addresses.
void multiply(Cuda cuda, const Products& p, const void* const* a, const void* const* b, void* const* y);

// Makes this thread's handle for the current device, which must not happen while a graph is captured.
void prepare();

}  // namespace ramie::gpu::blas
