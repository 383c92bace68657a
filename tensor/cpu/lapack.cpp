#include <ramie/tensor/cpu/lapack.h>

#include <cblas.h>

#include <algorithm>

#include <ramie/tensor/cpu/blas.h>

// Fortran passes the lengths of its character arguments behind all others.
extern "C" {
// NOLINTBEGIN(bugprone-macro-parentheses): T is a type
#define RAMIE_LAPACK(T, s)                                                                                   \
  void s##potrf_(const char*, const int*, T*, const int*, int*, std::size_t);                                \
  void s##getrf_(const int*, const int*, T*, const int*, int*, int*);                                        \
  void s##getrs_(const char*, const int*, const int*, const T*, const int*, const int*, T*, const int*,      \
                 int*, std::size_t);                                                                         \
  void s##getri_(const int*, T*, const int*, const int*, T*, const int*, int*);                              \
  void s##gelqf_(const int*, const int*, T*, const int*, T*, T*, const int*, int*);                          \
  void s##orglq_(const int*, const int*, const int*, T*, const int*, const T*, T*, const int*, int*);        \
  void s##gesdd_(const char*, const int*, const int*, T*, const int*, T*, T*, const int*, T*, const int*,    \
                 T*, const int*, int*, int*, std::size_t);                                                   \
  void s##syevd_(const char*, const char*, const int*, T*, const int*, T*, T*, const int*, int*, const int*, \
                 int*, std::size_t, std::size_t);
RAMIE_LAPACK(float, s)
RAMIE_LAPACK(double, d)
#undef RAMIE_LAPACK
// NOLINTEND(bugprone-macro-parentheses)
}

namespace ramie::kernels::lapack {
namespace {

// A leading dimension is at least 1, also of nothing.
int leading(int n) { return std::max(1, n); }
CBLAS_UPLO side(Triangle t) { return t.lower ? CblasLower : CblasUpper; }
CBLAS_TRANSPOSE turn(Triangle t) { return t.transposed ? CblasTrans : CblasNoTrans; }
CBLAS_DIAG diagonal(Triangle t) { return t.unit ? CblasUnit : CblasNonUnit; }

}  // namespace

int potrf(char uplo, int n, float* a) noexcept {
  blas::use_one_thread();
  const int lda = leading(n);
  int info = 0;
  spotrf_(&uplo, &n, a, &lda, &info, 1);
  return info;
}
void trsm(Triangle t, int n, int k, const float* a, float* b) noexcept {
  blas::use_one_thread();
  cblas_strsm(CblasRowMajor, CblasLeft, side(t), turn(t), diagonal(t), n, k, 1, a, leading(n), b, leading(k));
}
int getrf(int n, float* a, int* pivots) noexcept {
  blas::use_one_thread();
  const int lda = leading(n);
  int info = 0;
  sgetrf_(&n, &n, a, &lda, pivots, &info);
  return info;
}
int getrs(char trans, int n, int k, const float* lu, const int* pivots, float* b) noexcept {
  const int lda = leading(n);
  int info = 0;
  sgetrs_(&trans, &n, &k, lu, &lda, pivots, b, &lda, &info, 1);
  return info;
}
int getri(int n, float* lu, const int* pivots, float* work, int work_size) noexcept {
  const int lda = leading(n);
  int info = 0;
  sgetri_(&n, lu, &lda, pivots, work, &work_size, &info);
  return info;
}
int gelqf(int m, int n, float* a, int lda, float* tau, float* work, int work_size) noexcept {
  blas::use_one_thread();
  int info = 0;
  sgelqf_(&m, &n, a, &lda, tau, work, &work_size, &info);
  return info;
}
int orglq(int rows, int n, int k, float* a, int lda, const float* tau, float* work, int work_size) noexcept {
  int info = 0;
  sorglq_(&rows, &n, &k, a, &lda, tau, work, &work_size, &info);
  return info;
}
int gesdd(char job, int m, int n, float* a, float* s, float* u, float* vt, float* work, int work_size,
          int* whole) noexcept {
  blas::use_one_thread();
  const int lda = leading(m), ldvt = leading(std::min(m, n));
  int info = 0;
  sgesdd_(&job, &m, &n, a, &lda, s, u, &lda, vt, &ldvt, work, &work_size, whole, &info, 1);
  return info;
}
int syevd(char job, char uplo, int n, float* a, float* w, float* work, int work_size, int* whole,
          int whole_size) noexcept {
  blas::use_one_thread();
  const int lda = leading(n);
  int info = 0;
  ssyevd_(&job, &uplo, &n, a, &lda, w, work, &work_size, whole, &whole_size, &info, 1, 1);
  return info;
}

int potrf(char uplo, int n, double* a) noexcept {
  blas::use_one_thread();
  const int lda = leading(n);
  int info = 0;
  dpotrf_(&uplo, &n, a, &lda, &info, 1);
  return info;
}
void trsm(Triangle t, int n, int k, const double* a, double* b) noexcept {
  blas::use_one_thread();
  cblas_dtrsm(CblasRowMajor, CblasLeft, side(t), turn(t), diagonal(t), n, k, 1, a, leading(n), b, leading(k));
}
int getrf(int n, double* a, int* pivots) noexcept {
  blas::use_one_thread();
  const int lda = leading(n);
  int info = 0;
  dgetrf_(&n, &n, a, &lda, pivots, &info);
  return info;
}
int getrs(char trans, int n, int k, const double* lu, const int* pivots, double* b) noexcept {
  const int lda = leading(n);
  int info = 0;
  dgetrs_(&trans, &n, &k, lu, &lda, pivots, b, &lda, &info, 1);
  return info;
}
int getri(int n, double* lu, const int* pivots, double* work, int work_size) noexcept {
  const int lda = leading(n);
  int info = 0;
  dgetri_(&n, lu, &lda, pivots, work, &work_size, &info);
  return info;
}
int gelqf(int m, int n, double* a, int lda, double* tau, double* work, int work_size) noexcept {
  blas::use_one_thread();
  int info = 0;
  dgelqf_(&m, &n, a, &lda, tau, work, &work_size, &info);
  return info;
}
int orglq(int rows, int n, int k, double* a, int lda, const double* tau, double* work,
          int work_size) noexcept {
  int info = 0;
  dorglq_(&rows, &n, &k, a, &lda, tau, work, &work_size, &info);
  return info;
}
int gesdd(char job, int m, int n, double* a, double* s, double* u, double* vt, double* work, int work_size,
          int* whole) noexcept {
  blas::use_one_thread();
  const int lda = leading(m), ldvt = leading(std::min(m, n));
  int info = 0;
  dgesdd_(&job, &m, &n, a, &lda, s, u, &lda, vt, &ldvt, work, &work_size, whole, &info, 1);
  return info;
}
int syevd(char job, char uplo, int n, double* a, double* w, double* work, int work_size, int* whole,
          int whole_size) noexcept {
  blas::use_one_thread();
  const int lda = leading(n);
  int info = 0;
  dsyevd_(&job, &uplo, &n, a, &lda, w, work, &work_size, whole, &whole_size, &info, 1, 1);
  return info;
}

}  // namespace ramie::kernels::lapack
