// BLAS, called for one matrix at a time on the calling thread alone: the threads are ours.
#pragma once

#include <cstdint>

namespace ramie::kernels::blas {

// A matrix whose rows or columns are contiguous. Element (i, j) is data[i * leading + j], or data[j * leading + i] where
// transposed.
template <class T> struct Matrix {
  T* data;
  std::int64_t leading;
  bool transposed = false;
};

// c[m, n] = a[m, k] b[k, n]; c is not transposed. Zero where k is 0.
void multiply(std::int64_t m, std::int64_t n, std::int64_t k, Matrix<const float> a, Matrix<const float> b,
              Matrix<float> c) noexcept;
void multiply(std::int64_t m, std::int64_t n, std::int64_t k, Matrix<const double> a, Matrix<const double> b,
              Matrix<double> c) noexcept;

// "Zen", "SkylakeX", ...: the kernels that OpenBLAS chose, which OPENBLAS_CORETYPE can pin.
const char* core_name();

}  // namespace ramie::kernels::blas
