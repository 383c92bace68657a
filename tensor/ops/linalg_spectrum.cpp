// Fortran sees a row-major matrix transposed: A^T = L Q is A = Q^T L^T, and A^T = V S U^T is A = U S V^T. So
// its results lie as ours should.
#include <ramie/tensor/ops/linalg_spectrum.h>

#include <algorithm>
#include <limits>

#include <ramie/tensor/cpu/lapack.h>
#include <ramie/tensor/cpu/scratch_arrays.h>
#include <ramie/tensor/ops/linalg.h>

namespace ramie::kernels {
namespace {

using linalg::batch_of, linalg::finite, linalg::visit_real;

Layout packed(const Layout& x, std::int64_t size) {
  Shape shape = x.shape;
  shape.erase(x.rank() - 1);
  shape[-1] = size;
  return x.as(shape);
}
int whole(std::int64_t n) { return static_cast<int>(n); }

template <class T>
struct QrOne {
  std::int64_t m, n, k, q, rows;  // rows: of Fortran's matrix, which holds A^T and then Q^T
  T *a, *tau;
  int work_size;
  T* work;
  QrOne(ScratchArrays& s, const Layout& x, bool complete)
      : m(x.shape[-2]),
        n(x.shape[-1]),
        k(std::min(m, n)),
        q(complete ? m : k),
        rows(std::max<std::int64_t>({1, n, q})),
        a(s.take<T>(rows * m)),
        tau(s.take<T>(k)),
        work_size(whole(64 * std::max<std::int64_t>({1, m, n}))),
        work(s.take<T>(work_size)) {}

  void run(T* to, const T* x) const noexcept {
    T* r = to + m * q;
    if (!finite(x, m * n)) return void(std::fill(to, r + q * n, std::numeric_limits<T>::quiet_NaN()));
    for (std::int64_t i = 0; i < m; ++i) std::copy_n(x + i * n, n, a + i * rows);
    if (k) lapack::gelqf(whole(n), whole(m), a, whole(rows), tau, work, work_size);
    for (std::int64_t i = 0; i < q; ++i)
      for (std::int64_t j = 0; j < n; ++j) r[i * n + j] = i <= j && i < k ? a[i * rows + j] : T(0);
    if (q) lapack::orglq(whole(q), whole(m), whole(k), a, whole(rows), tau, work, work_size);
    for (std::int64_t i = 0; i < m; ++i) std::copy_n(a + i * rows, q, to + i * q);
  }
};

template <class T>
struct SvdOne {
  std::int64_t m, n, k;
  T* a;
  int work_size;
  T* work;
  int* integers;
  SvdOne(ScratchArrays& s, const Layout& x)
      : m(x.shape[-2]),
        n(x.shape[-1]),
        k(std::min(m, n)),
        a(s.take<T>(m * n)),
        work_size(whole(4 * k * k + 64 * std::max<std::int64_t>({1, m, n}) + 64 * k)),
        work(s.take<T>(work_size)),
        integers(s.take<int>(8 * k)) {}

  void run(T* to, const T* x, bool vectors) const noexcept {
    T *u = to, *s = vectors ? to + m * k : to, *v = s + k;
    std::copy_n(x, m * n, a);
    if (!finite(x, m * n) ||
        lapack::gesdd(vectors ? 'S' : 'N', whole(n), whole(m), a, s, v, u, work, work_size, integers))
      std::fill(to, vectors ? v + k * n : v, std::numeric_limits<T>::quiet_NaN());
  }
};

template <class T>
struct EighOne {
  std::int64_t n;
  T* a;
  int work_size, integers_size;
  T* work;
  int* integers;
  EighOne(ScratchArrays& s, const Layout& x)
      : n(x.shape[-1]),
        a(s.take<T>(n * n)),
        work_size(whole(1 + 64 * n + 2 * n * n)),
        integers_size(whole(3 + 5 * n)),
        work(s.take<T>(work_size)),
        integers(s.take<int>(integers_size)) {}

  void run(T* to, const T* x, bool vectors) const noexcept {
    T *w = to, *v = to + n;
    bool good = true;
    for (std::int64_t i = 0; i < n; ++i) {  // Fortran's upper triangle
      std::copy_n(x + i * n, i + 1, a + i * n);
      good = good && finite(x + i * n, i + 1);
    }
    if (!good ||
        lapack::syevd(vectors ? 'V' : 'N', 'U', whole(n), a, w, work, work_size, integers, integers_size))
      return void(std::fill(to, vectors ? v + n * n : v, std::numeric_limits<T>::quiet_NaN()));
    for (std::int64_t i = 0; i < n && vectors; ++i)
      for (std::int64_t j = 0; j < n; ++j) v[i * n + j] = a[j * n + i];
  }
};

// Runs One for each matrix of x.
template <template <class> class One, class... Options>
std::size_t bytes_for(const Layout& x, Options... options) {
  ScratchArrays sizes;
  visit_real(x.dtype, [&]<class T>(T) { One<T>(sizes, x, options...); });
  return sizes.bytes;
}

}  // namespace

Layout Qr::outputs(const Layout& x) const {
  const std::int64_t m = x.shape[-2], n = x.shape[-1], q = complete ? m : std::min(m, n);
  return packed(x, m * q + q * n);
}
std::size_t Qr::workspace(const Layout& x) const { return bytes_for<QrOne>(x, complete); }
void Qr::run(Cpu cpu, View y, View x) const noexcept {
  const std::int64_t size = y.shape(-1);
  visit_real(x.layout->dtype, [&]<class T>(T) {
    ScratchArrays s{cpu.workspace};
    const QrOne<T> one(s, *x.layout, complete);
    for (std::int64_t i = 0; i < batch_of(*x.layout) && size; ++i)
      one.run(y.as<T>() + i * size, x.as<T>() + i * one.m * one.n);
  });
}

Layout Svd::outputs(const Layout& x) const {
  const std::int64_t m = x.shape[-2], n = x.shape[-1], k = std::min(m, n);
  return packed(x, vectors ? k * (m + 1 + n) : k);
}
std::size_t Svd::workspace(const Layout& x) const { return bytes_for<SvdOne>(x); }
void Svd::run(Cpu cpu, View y, View x) const noexcept {
  const std::int64_t size = y.shape(-1);
  visit_real(x.layout->dtype, [&]<class T>(T) {
    ScratchArrays s{cpu.workspace};
    const SvdOne<T> one(s, *x.layout);
    for (std::int64_t i = 0; i < batch_of(*x.layout) && size; ++i)
      one.run(y.as<T>() + i * size, x.as<T>() + i * one.m * one.n, vectors);
  });
}

Layout Eigh::outputs(const Layout& x) const {
  const std::int64_t n = x.shape[-1];
  return packed(x, vectors ? n + n * n : n);
}
std::size_t Eigh::workspace(const Layout& x) const { return bytes_for<EighOne>(x); }
void Eigh::run(Cpu cpu, View y, View x) const noexcept {
  const std::int64_t size = y.shape(-1);
  visit_real(x.layout->dtype, [&]<class T>(T) {
    ScratchArrays s{cpu.workspace};
    const EighOne<T> one(s, *x.layout);
    for (std::int64_t i = 0; i < batch_of(*x.layout) && size; ++i)
      one.run(y.as<T>() + i * size, x.as<T>() + i * one.n * one.n, vectors);
  });
}

void Qr::run(Cuda, View, View) const { linalg::cpu_only(name); }
void Svd::run(Cuda, View, View) const { linalg::cpu_only(name); }
void Eigh::run(Cuda, View, View) const { linalg::cpu_only(name); }

}  // namespace ramie::kernels
