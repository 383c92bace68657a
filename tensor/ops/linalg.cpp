#include <ramie/tensor/ops/linalg.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include <ramie/tensor/cpu/lapack.h>
#include <ramie/tensor/cpu/scratch_arrays.h>
#include <ramie/tensor/error.h>

namespace ramie::kernels {
namespace linalg {

std::int64_t batch_of(const Layout& x) {
  std::int64_t n = 1;
  for (int i = 0; i < x.rank() - 2; ++i) n *= x.shape[i];
  return n;
}

template <class T>
bool all_finite(const T* x, std::int64_t n) noexcept {
  return std::all_of(x, x + n, [](T v) { return std::isfinite(v); });
}
bool finite(const float* x, std::int64_t n) noexcept { return all_finite(x, n); }
bool finite(const double* x, std::int64_t n) noexcept { return all_finite(x, n); }

void cpu_only(const char* op) {
  fail(op, "LAPACK runs on the CPU: move the inputs there, x.to(cpu()), and the result back.");
}

}  // namespace linalg

namespace {

using linalg::batch_of, linalg::finite, linalg::visit_real;

template <class T>
constexpr T nan = std::numeric_limits<T>::quiet_NaN();

int order_of(const View& x) { return static_cast<int>(x.shape(-1)); }

// The factors of a transposed matrix: Fortran sees it so.
template <class T>
struct Lu {
  std::int64_t n;
  T* a;
  int* pivots;
  Lu(ScratchArrays& s, std::int64_t order)
      : n(order), a(s.take<T>(n * n)), pivots(s.take<int>(std::max<std::int64_t>(1, n))) {}
  // 0; or where a pivot is 0; or -1: x is not finite.
  int factor(const T* x) const noexcept {
    if (!finite(x, n * n)) return -1;
    std::copy_n(x, n * n, a);
    return lapack::getrf(static_cast<int>(n), a, pivots);
  }
  T sign() const noexcept {
    bool odd = false;
    for (int i = 0; i < n; ++i) odd ^= pivots[i] != i + 1;
    return odd ? T(-1) : T(1);
  }
  T determinant() const noexcept {
    T d = sign();
    for (std::int64_t i = 0; i < n; ++i) d *= a[i * n + i];
    return d;
  }
};

// Its Arrays(scratch, n) for one matrix.
template <template <class> class Arrays>
std::size_t bytes_for(const Layout& x) {
  ScratchArrays sizes;
  visit_real(x.dtype, [&]<class T>(T) { Arrays<T>(sizes, x.shape[-1]); });
  return sizes.bytes;
}

}  // namespace

// Row-major, the lower triangle is Fortran's upper one.
void Cholesky::run(Cpu, View y, View x) const noexcept {
  const std::int64_t n = x.shape(-1), size = n * n;
  visit_real(x.layout->dtype, [&]<class T>(T) {
    for (std::int64_t b = 0; b < batch_of(*x.layout); ++b) {
      const T* from = x.as<T>() + b * size;
      T* to = y.as<T>() + b * size;
      bool good = true;
      for (std::int64_t i = 0; i < n; ++i) {
        good = good && finite(from + i * n, i + 1);
        std::copy_n(from + i * n, i + 1, to + i * n);
        std::fill(to + i * n + i + 1, to + (i + 1) * n, T(0));
      }
      if (!good || lapack::potrf('U', order_of(x), to)) std::fill_n(to, size, nan<T>);
    }
  });
}

void TriangularSolve::run(Cpu, View y, View a, View b) const noexcept {
  const int n = order_of(a), k = order_of(b);
  const std::int64_t size = std::int64_t{n} * n, columns = std::int64_t{n} * k;
  visit_real(b.layout->dtype, [&]<class T>(T) {
    std::copy_n(b.as<T>(), b.size(), y.as<T>());
    if (b.size() == 0) return;
    for (std::int64_t i = 0; i < batch_of(*b.layout); ++i)
      lapack::trsm({lower, transposed, unit}, n, k, a.as<T>() + i * size, y.as<T>() + i * columns);
  });
}

namespace {

template <class T>
struct Systems : Lu<T> {
  T* columns;  // the right sides, as Fortran wants them
  Systems(ScratchArrays& s, std::int64_t n, std::int64_t k) : Lu<T>(s, n), columns(s.take<T>(n * k)) {}
  void solve(T* y, const T* a, const T* b, std::int64_t k) const noexcept {
    const std::int64_t n = this->n;
    if (this->factor(a)) return void(std::fill_n(y, n * k, nan<T>));
    for (std::int64_t i = 0; i < n; ++i)
      for (std::int64_t j = 0; j < k; ++j) columns[j * n + i] = b[i * k + j];
    lapack::getrs('T', static_cast<int>(n), static_cast<int>(k), this->a, this->pivots, columns);
    for (std::int64_t i = 0; i < n; ++i)
      for (std::int64_t j = 0; j < k; ++j) y[i * k + j] = columns[j * n + i];
  }
};

}  // namespace

std::size_t Solve::workspace(const Layout& a, const Layout& b) const {
  ScratchArrays sizes;
  visit_real(a.dtype, [&]<class T>(T) { Systems<T>(sizes, a.shape[-1], b.shape[-1]); });
  return sizes.bytes;
}
void Solve::run(Cpu cpu, View y, View a, View b) const noexcept {
  const std::int64_t n = a.shape(-1), k = b.shape(-1);
  if (y.size() == 0) return;
  visit_real(a.layout->dtype, [&]<class T>(T) {
    ScratchArrays s{cpu.workspace};
    const Systems<T> systems(s, n, k);
    for (std::int64_t i = 0; i < batch_of(*a.layout); ++i)
      systems.solve(y.as<T>() + i * n * k, a.as<T>() + i * n * n, b.as<T>() + i * n * k, k);
  });
}

namespace {

template <class T>
struct Inverting : Lu<T> {
  int work_size;
  T* work;
  Inverting(ScratchArrays& s, std::int64_t n)
      : Lu<T>(s, n), work_size(64 * std::max(1, static_cast<int>(n))), work(s.take<T>(work_size)) {}
  // The inverse of what was factored, in its place.
  void invert() const noexcept {
    lapack::getri(static_cast<int>(this->n), this->a, this->pivots, work, work_size);
  }
};

}  // namespace

std::size_t Inverse::workspace(const Layout& x) const { return bytes_for<Inverting>(x); }
void Inverse::run(Cpu cpu, View y, View x) const noexcept {
  const std::int64_t n = x.shape(-1), size = n * n;
  if (y.size() == 0) return;
  visit_real(x.layout->dtype, [&]<class T>(T) {
    ScratchArrays s{cpu.workspace};
    const Inverting<T> lu(s, n);
    for (std::int64_t i = 0; i < batch_of(*x.layout); ++i) {
      T* to = y.as<T>() + i * size;
      if (lu.factor(x.as<T>() + i * size)) {
        std::fill_n(to, size, nan<T>);
      } else {
        lu.invert();
        std::copy_n(lu.a, size, to);
      }
    }
  });
}

Layout Determinant::outputs(const Layout& x) const {
  Shape shape = x.shape;
  shape.erase(x.rank() - 1);
  shape[-1] = logarithm ? 2 : 1;
  return x.as(shape);
}
std::size_t Determinant::workspace(const Layout& x) const { return bytes_for<Lu>(x); }
void Determinant::run(Cpu cpu, View y, View x) const noexcept {
  const std::int64_t n = x.shape(-1);
  visit_real(x.layout->dtype, [&]<class T>(T) {
    ScratchArrays s{cpu.workspace};
    const Lu<T> lu(s, n);
    T* to = y.as<T>();
    for (std::int64_t i = 0; i < batch_of(*x.layout); ++i) {
      const int info = lu.factor(x.as<T>() + i * n * n);
      if (!logarithm) {
        *to++ = info < 0 ? nan<T> : lu.determinant();
        continue;
      }
      T sign = lu.sign(), sum = 0;
      for (std::int64_t j = 0; j < n; ++j) {
        const T pivot = lu.a[j * n + j];
        sign = pivot == 0 ? T(0) : pivot < 0 ? -sign : sign;
        sum += std::log(std::abs(pivot));
      }
      *to++ = info < 0 ? nan<T> : sign;
      *to++ = info < 0 ? nan<T> : info > 0 ? -std::numeric_limits<T>::infinity() : sum;
    }
  });
}

namespace {

// cof(u s v^T) = det(u) det(v) u cof(s) v^T, where cof(s) has the products of the others; what is singular
// needs it.
template <class T>
struct Cofactoring : Inverting<T> {
  T *u, *v, *s;  // v^T, and by columns u, of the singular values
  int svd_size;
  T* svd_work;
  int* whole;
  Cofactoring(ScratchArrays& a, std::int64_t n)
      : Inverting<T>(a, n),
        u(a.take<T>(n * n)),
        v(a.take<T>(n * n)),
        s(a.take<T>(n)),
        svd_size(static_cast<int>(4 * n * n + 64 * n + 64)),
        svd_work(a.take<T>(svd_size)),
        whole(a.take<int>(8 * n)) {}

  void run(T* y, const T* x) const noexcept {
    const std::int64_t n = this->n;
    const int info = this->factor(x);
    if (info < 0) return void(std::fill_n(y, n * n, nan<T>));
    if (info > 0) return singular(y, x);
    const T d = this->determinant();
    this->invert();
    for (std::int64_t i = 0; i < n; ++i)
      for (std::int64_t j = 0; j < n; ++j) y[i * n + j] = d * this->a[j * n + i];
  }

 private:
  // Fortran sees x^T = v s u^T, so that row-major v holds v^T and u holds u.
  void singular(T* y, const T* x) const noexcept {
    const std::int64_t n = this->n;
    const int order = static_cast<int>(n);
    std::copy_n(x, n * n, this->a);
    if (lapack::gesdd('S', order, order, this->a, s, v, u, svd_work, svd_size, whole))
      return void(std::fill_n(y, n * n, nan<T>));
    this->factor(u);
    T d = this->determinant();
    this->factor(v);
    d *= this->determinant();
    std::fill_n(y, n * n, T(0));
    for (std::int64_t k = 0; k < n; ++k) add_outer(y, k, d * product_without(k));
  }
  T product_without(std::int64_t k) const noexcept {
    T p = 1;
    for (std::int64_t j = 0; j < this->n; ++j) p *= j == k ? T(1) : s[j];
    return p;
  }
  void add_outer(T* y, std::int64_t k, T factor) const noexcept {
    const std::int64_t n = this->n;
    for (std::int64_t i = 0; i < n; ++i)
      for (std::int64_t j = 0; j < n; ++j) y[i * n + j] += factor * u[i * n + k] * v[k * n + j];
  }
};

}  // namespace

std::size_t Cofactors::workspace(const Layout& x) const { return bytes_for<Cofactoring>(x); }
void Cofactors::run(Cpu cpu, View y, View x) const noexcept {
  const std::int64_t n = x.shape(-1);
  if (y.size() == 0) return;
  visit_real(x.layout->dtype, [&]<class T>(T) {
    ScratchArrays s{cpu.workspace};
    const Cofactoring<T> one(s, n);
    for (std::int64_t i = 0; i < batch_of(*x.layout); ++i)
      one.run(y.as<T>() + i * n * n, x.as<T>() + i * n * n);
  });
}

void Cholesky::run(Cuda, View, View) const { linalg::cpu_only(name); }
void TriangularSolve::run(Cuda, View, View, View) const { linalg::cpu_only(name); }
void Solve::run(Cuda, View, View, View) const { linalg::cpu_only(name); }
void Inverse::run(Cuda, View, View) const { linalg::cpu_only(name); }
void Determinant::run(Cuda, View, View) const { linalg::cpu_only(name); }
void Cofactors::run(Cuda, View, View) const { linalg::cpu_only(name); }

}  // namespace ramie::kernels
