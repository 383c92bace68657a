// LAPACK as OpenBLAS exports it, for float and double: Fortran's matrices lie by columns, so a dense
// row-major matrix is its transpose. On the calling thread alone; results are LAPACK's info: 0, or what went
// wrong.
#pragma once

#include <cstddef>
#include <cstdint>

namespace ramie::kernels::lapack {

// Cholesky's factor in the triangle uplo, 'U' or 'L'; the other is left as it is.
int potrf(char uplo, int n, float* a) noexcept;
int potrf(char uplo, int n, double* a) noexcept;
// b = op(a)^-1 b, all row-major: b is [n, k].
struct Triangle {
  bool lower, transposed, unit;
};
void trsm(Triangle t, int n, int k, const float* a, float* b) noexcept;
void trsm(Triangle t, int n, int k, const double* a, double* b) noexcept;
// The factors of a row permutation of a, the rows that were swapped, and systems solved with them.
int getrf(int n, float* a, int* pivots) noexcept;
int getrf(int n, double* a, int* pivots) noexcept;
int getrs(char trans, int n, int k, const float* lu, const int* pivots, float* b) noexcept;
int getrs(char trans, int n, int k, const double* lu, const int* pivots, double* b) noexcept;
int getri(int n, float* lu, const int* pivots, float* work, int work_size) noexcept;
int getri(int n, double* lu, const int* pivots, double* work, int work_size) noexcept;
// a[m, n] = L Q; then the first `rows` rows of Q from k reflectors.
int gelqf(int m, int n, float* a, int lda, float* tau, float* work, int work_size) noexcept;
int gelqf(int m, int n, double* a, int lda, double* tau, double* work, int work_size) noexcept;
int orglq(int rows, int n, int k, float* a, int lda, const float* tau, float* work, int work_size) noexcept;
int orglq(int rows, int n, int k, double* a, int lda, const double* tau, double* work,
          int work_size) noexcept;
// a[m, n] = u s vt, thin ('S') or the numbers alone ('N'); a is used up.
int gesdd(char job, int m, int n, float* a, float* s, float* u, float* vt, float* work, int work_size,
          int* whole) noexcept;
int gesdd(char job, int m, int n, double* a, double* s, double* u, double* vt, double* work, int work_size,
          int* whole) noexcept;
// Eigenvalues, ascending, of the symmetric a, of which the triangle uplo is read; with 'V' a becomes the
// vectors.
int syevd(char job, char uplo, int n, float* a, float* w, float* work, int work_size, int* whole,
          int whole_size) noexcept;
int syevd(char job, char uplo, int n, double* a, double* w, double* work, int work_size, int* whole,
          int whole_size) noexcept;

}  // namespace ramie::kernels::lapack
