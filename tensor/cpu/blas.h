// BLAS, called on the calling thread alone: the threads are ours.
#pragma once

#include <cstdint>

namespace ramie::kernels::blas {

// Before the first call of BLAS or LAPACK on any thread.
void use_one_thread() noexcept;

// y[m] = a[m, k] x[k]; a's rows are `row` elements apart, or where it is transposed its columns.
struct MatrixVector {
  std::int64_t m, k, row;
  bool transposed = false;
};
void multiply(const MatrixVector& size, const float* a, const float* x, std::int64_t x_step,
              float* y) noexcept;
void multiply(const MatrixVector& size, const double* a, const double* x, std::int64_t x_step,
              double* y) noexcept;

// "Zen", "SkylakeX", ...: the kernels that OpenBLAS chose, which OPENBLAS_CORETYPE can pin.
const char* core_name();

}  // namespace ramie::kernels::blas
