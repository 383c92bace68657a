// Running totals on CUDA: serial along the axis where there are many rows or columns, else in parts whose
// totals are added in a first launch. A long row is a block's work, tile after tile.
#include <ramie/tensor/ops/cumsum.h>

#include <algorithm>

#include <ramie/tensor/cpu/axis_split.h>
#include <ramie/tensor/cuda/block.h>

namespace ramie::kernels {
namespace {

// Integers are added without a sign: totals wrap around.
template <class T>
using Total = std::conditional_t<std::is_integral_v<T>,
                                 std::conditional_t<sizeof(T) == 8, std::uint64_t, std::uint32_t>,
                                 std::conditional_t<std::is_same_v<T, double>, double, float>>;

constexpr int each = 4;  // neighbours that a thread of a row scans

// x[outer, n, inner] in `splits` parts of `rows` elements.
struct Scan {
  std::int64_t outer, n, inner, rows = 0, splits = 1;
  int threads = 1;  // of a part: more than one only for rows, where inner is 1

  Scan(const Shape& shape, int axis) {
    const AxisSplit s(shape, axis);
    constexpr std::int64_t few = 64, short_row = 1024, busy = 1 << 15, most = 256;
    outer = s.outer, n = s.n, inner = s.inner;
    if (inner == 1 && n > few) threads = n > short_row ? block_threads : warp_threads;
    const std::int64_t work = std::max<std::int64_t>(1, outer * inner * threads),
                       shortest = threads > 1 ? 16 * block_threads : few;
    splits = std::clamp<std::int64_t>(busy / work, 1, std::clamp<std::int64_t>(n / shortest, 1, most));
    rows = ceil_divide(ceil_divide(n, splits), shortest) * shortest;
    splits = ceil_divide(n, rows);
  }
  std::int64_t parts() const { return outer * splits * inner; }
};

// Part i: x's elements begin..end-1 of one column.
struct Part {
  std::int64_t column, outer, index, begin, end;
  __device__ Part(const Scan& s, std::int64_t i)
      : column(i % s.inner),
        outer(i / s.inner / s.splits),
        index(i / s.inner % s.splits),
        begin(index * s.rows) {
    end = min(s.n, begin + s.rows);
  }
  __device__ std::int64_t at(const Scan& s, std::int64_t k) const {
    return (outer * s.n + k) * s.inner + column;
  }
};

// What stands before a part: the sum of the totals[outer, splits, inner] in front.
template <class A>
__device__ A sum_before(const Scan& s, const Part& part, const A* totals) {
  A sum = 0;
  for (std::int64_t k = 0; k < part.index; ++k)
    sum += totals[(part.outer * s.splits + k) * s.inner + part.column];
  return sum;
}

template <class T>
__device__ Total<T> load(const T* x, std::int64_t i) {
  return static_cast<Total<T>>(x[i]);
}

template <class T>
__global__ void __launch_bounds__(block_threads)
    total_columns(Total<T>* __restrict__ totals, const T* __restrict__ x, Scan s) {
  const std::int64_t i = global_thread();
  if (i >= s.outer * s.splits * s.inner) return;
  const Part part(s, i);
  Total<T> sum = 0;
  for (std::int64_t k = part.begin; k < part.end; ++k) sum += load(x, part.at(s, k));
  totals[i] = sum;
}
template <class T>
__global__ void __launch_bounds__(block_threads)
    scan_columns(T* __restrict__ y, const T* __restrict__ x, const Total<T>* __restrict__ totals, Scan s) {
  const std::int64_t i = global_thread();
  if (i >= s.outer * s.splits * s.inner) return;
  const Part part(s, i);
  Total<T> sum = sum_before(s, part, totals);
  for (std::int64_t k = part.begin; k < part.end; ++k)
    y[part.at(s, k)] = convert<T>(sum += load(x, part.at(s, k)));
}

template <class T>
__global__ void __launch_bounds__(block_threads)
    total_rows(Total<T>* __restrict__ totals, const T* __restrict__ x, Scan s) {
  const Part part(s, blockIdx.x);
  Total<T> sum = 0;
  for (std::int64_t k = part.begin + threadIdx.x; k < part.end; k += block_threads)
    sum += load(x, part.at(s, k));
  sum = block_reduce(sum, Plus());
  if (threadIdx.x == 0) totals[blockIdx.x] = sum;
}
template <class T, int threads>
__global__ void __launch_bounds__(block_threads)
    scan_rows(T* __restrict__ y, const T* __restrict__ x, const Total<T>* __restrict__ totals, Scan s,
              bool whole) {
  const std::int64_t i = global_thread() / threads;
  if (i >= s.outer * s.splits) return;  // a whole warp
  const Part part(s, i);
  Total<T> carry = sum_before(s, part, totals);
  for (std::int64_t k = part.begin; k < part.end; k += threads * each) {
    const std::int64_t first = k + threadIdx.x % threads * each, at = part.at(s, first),
                       left = part.end - first;
    Pack<T, each> v = load_pack<T, each>(x + at, left, whole, T{});
    Total<T> running[each], all;
    running[0] = load(v.v, 0);
    for (int j = 1; j < each; ++j) running[j] = running[j - 1] + load(v.v, j);
    const Total<T> before = carry + scan_threads<threads>(running[each - 1], all);
    for (int j = 0; j < each; ++j) v.v[j] = convert<T>(before + running[j]);
    store_pack(y + at, v, left, whole);
    carry += all;
  }
}

template <class T>
void scan(Cuda cuda, T* y, const T* x, const Scan& s) {
  auto* totals = reinterpret_cast<Total<T>*>(cuda.workspace);
  const unsigned blocks = blocks_for(s.parts() * s.threads, block_threads);
  const bool rows = s.threads > 1;
  if (s.splits > 1)
    launch_kernel(rows ? total_rows<T> : total_columns<T>, blocks, block_threads, 0, cuda, totals, x, s);
  if (!rows) return launch_kernel(scan_columns<T>, blocks, block_threads, 0, cuda, y, x, totals, s);
  constexpr std::size_t bytes = alignof(Pack<T, each>);
  const bool whole = aligned(x, bytes) && aligned(y, bytes) && (s.outer == 1 || s.n % each == 0);
  const auto kernel = s.threads == warp_threads ? scan_rows<T, warp_threads> : scan_rows<T, block_threads>;
  launch_kernel(kernel, blocks, block_threads, 0, cuda, y, x, totals, s, whole);
}

}  // namespace

std::size_t Cumsum::cuda_workspace(const Layout& x) const {
  if (x.size == 0) return 0;
  const Scan s(x.shape, axis);
  return s.splits > 1 ? static_cast<std::size_t>(s.parts()) * sizeof(std::uint64_t) : 0;
}

void Cumsum::run(Cuda cuda, View y, View x) const {
  if (x.size() == 0) return;
  visit(x.layout->dtype,
        [&]<class T>(Type<T>) { scan(cuda, y.as<T>(), x.as<T>(), Scan(x.layout->shape, axis)); });
}

}  // namespace ramie::kernels
