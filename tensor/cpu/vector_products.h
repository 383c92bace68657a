// Products of matrices of which one has a single row or column, on the calling thread. They are bound by
// memory, so a row of the matrix is read or written once, in vectors.
#pragma once

#include <cstdint>

namespace ramie::kernels {

// y[n] = x[k] b[k, n], for at most narrow_columns columns. Elements of x are `x_step` apart, rows of b
// `b_row`. Each sum is four chains in the order of k, whatever the columns.
inline constexpr std::int64_t narrow_columns = 64;
template <class T>
struct RowTimesMatrix {
  std::int64_t n, k;
  const T *x, *b;
  T* y;
  std::int64_t x_step, b_row;
};
void multiply(const RowTimesMatrix<float>& p);
void multiply(const RowTimesMatrix<double>& p);

// y[m, n] = a[m] b[n], row-major.
template <class T>
struct OuterProduct {
  std::int64_t m, n;
  const T *a, *b;
  T* y;
  std::int64_t a_step;
};
void multiply(const OuterProduct<float>& p);
void multiply(const OuterProduct<double>& p);

}  // namespace ramie::kernels
