#include <ramie/tensor/cpu/blas.h>

#include <cblas.h>
#include <omp.h>

namespace ramie::kernels::blas {
namespace {

// Once for the process. OpenBLAS sets OpenMP's own number of threads too, which is put back.
bool single_threaded() {
  const int threads = omp_get_max_threads();
  openblas_set_num_threads(1);
  omp_set_num_threads(threads);
  return true;
}

template <class T, class Gemv>
void call(Gemv gemv, const MatrixVector& s, const T* a, const T* x, std::int64_t x_step, T* y) {
  use_one_thread();
  const auto m = static_cast<blasint>(s.m), k = static_cast<blasint>(s.k), row = static_cast<blasint>(s.row);
  const auto step = static_cast<blasint>(x_step);
  if (s.transposed)
    gemv(CblasRowMajor, CblasTrans, k, m, T(1), a, row, x, step, T(0), y, 1);
  else
    gemv(CblasRowMajor, CblasNoTrans, m, k, T(1), a, row, x, step, T(0), y, 1);
}

}  // namespace

void use_one_thread() noexcept { [[maybe_unused]] static const bool once = single_threaded(); }

void multiply(const MatrixVector& size, const float* a, const float* x, std::int64_t x_step,
              float* y) noexcept {
  call<float>(cblas_sgemv, size, a, x, x_step, y);
}
void multiply(const MatrixVector& size, const double* a, const double* x, std::int64_t x_step,
              double* y) noexcept {
  call<double>(cblas_dgemv, size, a, x, x_step, y);
}

const char* core_name() { return openblas_get_corename(); }

}  // namespace ramie::kernels::blas
