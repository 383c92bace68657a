#include <ramie/tensor/cpu/blas.h>

#include <cblas.h>
#include <omp.h>

#include <algorithm>

namespace ramie::kernels::blas {
namespace {

// Once for the process. OpenBLAS sets OpenMP's own number of threads too, which is put back.
bool single_threaded() {
  const int threads = omp_get_max_threads();
  openblas_set_num_threads(1);
  omp_set_num_threads(threads);
  return true;
}

template <class T> CBLAS_TRANSPOSE transposed(Matrix<const T> x) { return x.transposed ? CblasTrans : CblasNoTrans; }
template <class T> blasint leading(Matrix<T> x) { return static_cast<blasint>(std::max<std::int64_t>(x.leading, 1)); }

template <class T, class Gemm>
void call(Gemm gemm, std::int64_t m, std::int64_t n, std::int64_t k, Matrix<const T> a, Matrix<const T> b, Matrix<T> c) {
  [[maybe_unused]] static const bool once = single_threaded();
  gemm(CblasRowMajor, transposed(a), transposed(b), static_cast<blasint>(m), static_cast<blasint>(n),
       static_cast<blasint>(k), T(1), a.data, leading(a), b.data, leading(b), T(0), c.data, leading(c));
}

}  // namespace

void multiply(std::int64_t m, std::int64_t n, std::int64_t k, Matrix<const float> a, Matrix<const float> b,
              Matrix<float> c) noexcept {
  call<float>(cblas_sgemm, m, n, k, a, b, c);
}
void multiply(std::int64_t m, std::int64_t n, std::int64_t k, Matrix<const double> a, Matrix<const double> b,
              Matrix<double> c) noexcept {
  call<double>(cblas_dgemm, m, n, k, a, b, c);
}

const char* core_name() { return openblas_get_corename(); }

}  // namespace ramie::kernels::blas
