// Matrix products c[m, n] = a[m, k] b[k, n] of float32 or float64 matrices of any strides; c is row-major.
//
// The operands are cut into blocks for the caches and tiles for the registers, and packed where that pays.
// Every element is one chain of multiply-adds in the order of k, so neither the blocks nor the threads change
// a bit of it.
//
// Source: K. Goto and R. van de Geijn, Anatomy of High-Performance Matrix Multiplication (2008).
#pragma once

#include <cstddef>
#include <cstdint>

#include <ramie/tensor/cpu/finish.h>
#include <ramie/tensor/dtype.h>

namespace ramie::kernels {

template <class T>
struct Matrix {  // strides in elements
  T* data;
  std::int64_t row, column;
  T* at(std::int64_t i, std::int64_t j) const { return data + i * row + j * column; }
  Matrix transposed() const { return {data, column, row}; }
  Matrix part(std::int64_t i, std::int64_t j) const { return {at(i, j), row, column}; }
};

struct GemmSize {
  std::int64_t m, n, k;
};

// Bytes of scratch for one product of that size, or a part of it.
std::size_t gemm_workspace(DType dtype, const GemmSize& size);

// On the calling thread. `finish` is given the elements of c block by block; c's first one is element `first`
// of the kernel's output.
void gemm(const GemmSize& size, Matrix<const float> a, Matrix<const float> b, Matrix<float> c,
          std::byte* workspace, const Finish& finish = {}, std::int64_t first = 0);
void gemm(const GemmSize& size, Matrix<const double> a, Matrix<const double> b, Matrix<double> c,
          std::byte* workspace, const Finish& finish = {}, std::int64_t first = 0);

}  // namespace ramie::kernels
