// The place of an extreme on CUDA. An element becomes an unsigned key in whose order the wanted one is the
// largest; of equal keys the one in front counts. So any tree gives the same answer.
#include <ramie/tensor/ops/argmax.h>

#include <algorithm>
#include <bit>
#include <limits>

#include <ramie/tensor/cpu/axis_split.h>
#include <ramie/tensor/cuda/block.h>

namespace ramie::kernels {
namespace {

template <class T>
using Key = std::conditional_t<sizeof(T) == 8, std::uint64_t, std::uint32_t>;

// NaN has the largest key, -0 that of 0. `flip` is all ones for the smallest element.
template <class T>
__device__ Key<T> key_of(T x, Key<T> flip) {
  constexpr Key<T> sign = Key<T>{1} << (sizeof(Key<T>) * 8 - 1);
  if constexpr (std::is_integral_v<T>) {
    return (static_cast<Key<T>>(x) ^ (std::is_signed_v<T> ? sign : 0)) ^ flip;
  } else {
    using F = std::conditional_t<sizeof(T) == 8, double, float>;
    const F f = static_cast<F>(x) + 0;
    if (f != f) return ~Key<T>{0};
    const auto bits = std::bit_cast<Key<T>>(f);
    return (bits & sign ? ~bits : bits | sign) ^ flip;
  }
}

template <class K>
struct Best {
  K key = 0;
  std::int32_t place = std::numeric_limits<std::int32_t>::max();

  __device__ void take(K k, std::int32_t at) {
    if (k > key || (k == key && at < place)) {
      key = k;
      place = at;
    }
  }
};

struct Most {
  template <class T>
  __device__ T operator()(T a, T b) const {
    return a > b ? a : b;
  }
};
struct Least {
  template <class T>
  __device__ T operator()(T a, T b) const {
    return a < b ? a : b;
  }
};

// x[outer, n, inner], where a result has `splits` parts of `rows` elements each.
struct Search {
  std::int64_t outer, n, inner, rows, splits = 1;
  bool whole_rows;  // inner == 1, and blocks search

  Search(const Shape& shape, int axis) {
    const AxisSplit s(shape, axis);
    constexpr std::int64_t few = 64, part = 4096, busy = 1 << 15;
    outer = s.outer, n = s.n, inner = s.inner, whole_rows = inner == 1 && n > few;
    const std::int64_t threads = whole_rows ? outer * block_threads : results();
    const std::int64_t shortest = whole_rows ? part : few;
    splits = std::clamp<std::int64_t>(busy / std::max<std::int64_t>(1, threads), 1,
                                      std::max<std::int64_t>(1, n / shortest));
    rows = ceil_divide(n, splits);
    splits = ceil_divide(n, rows);
  }
  std::int64_t results() const { return outer * inner; }
};

// The places of the parts' extremes: y[outer, splits, inner].
template <class T>
__global__ void __launch_bounds__(block_threads)
    search_columns(std::int32_t* __restrict__ y, const T* __restrict__ x, Search s, Key<T> flip) {
  const std::int64_t i = global_thread(), column = i % s.inner, part = i / s.inner;
  if (part >= s.outer * s.splits) return;
  const std::int64_t begin = part % s.splits * s.rows, end = min(s.n, begin + s.rows);
  const T* from = x + part / s.splits * s.n * s.inner + column;
  Best<Key<T>> best;
  for (std::int64_t k = begin; k < end; ++k)
    best.take(key_of(from[k * s.inner], flip), static_cast<std::int32_t>(k));
  y[i] = best.place;
}

// A block searches a part of a row.
template <class T>
__global__ void __launch_bounds__(block_threads)
    search_rows(std::int32_t* __restrict__ y, const T* __restrict__ x, Search s, Key<T> flip) {
  const std::int64_t begin = blockIdx.x % s.splits * s.rows, end = min(s.n, begin + s.rows);
  const T* from = x + blockIdx.x / s.splits * s.n;
  Best<Key<T>> best;
  for (std::int64_t k = begin + threadIdx.x; k < end; k += block_threads)
    best.take(key_of(from[k], flip), static_cast<std::int32_t>(k));
  const Key<T> key = block_reduce(best.key, Most());
  const std::int32_t place =
      block_reduce(best.key == key ? best.place : std::numeric_limits<std::int32_t>::max(), Least());
  if (threadIdx.x == 0) y[blockIdx.x] = place;
}

// The best of the parts' places.
template <class T>
__global__ void __launch_bounds__(block_threads)
    join_parts(std::int32_t* __restrict__ y, const T* __restrict__ x, const std::int32_t* __restrict__ parts,
               Search s, Key<T> flip) {
  const std::int64_t i = global_thread();
  if (i >= s.outer * s.inner) return;
  const std::int64_t column = i % s.inner, o = i / s.inner;
  Best<Key<T>> best;
  for (std::int64_t k = 0; k < s.splits; ++k) {
    const std::int32_t place = parts[(o * s.splits + k) * s.inner + column];
    best.take(key_of(x[(o * s.n + place) * s.inner + column], flip), place);
  }
  y[i] = best.place;
}

template <class T>
void search(Cuda cuda, std::int32_t* y, const T* x, const Search& s, Key<T> flip) {
  std::int32_t* parts = s.splits > 1 ? reinterpret_cast<std::int32_t*>(cuda.workspace) : y;
  const std::int64_t count = s.results() * s.splits;
  if (s.whole_rows)
    launch_kernel(search_rows<T>, static_cast<unsigned>(count), block_threads, 0, cuda, parts, x, s, flip);
  else
    launch_kernel(search_columns<T>, blocks_for(count, block_threads), block_threads, 0, cuda, parts, x, s,
                  flip);
  if (s.splits > 1)
    launch_kernel(join_parts<T>, blocks_for(s.results(), block_threads), block_threads, 0, cuda, y, x, parts,
                  s, flip);
}

}  // namespace

std::size_t Argmax::cuda_workspace(const Layout& x) const {
  if (x.size == 0) return 0;
  const Search s(x.shape, axis);
  return s.splits > 1 ? static_cast<std::size_t>(s.results() * s.splits) * sizeof(std::int32_t) : 0;
}

void Argmax::run(Cuda cuda, View y, View x) const {
  if (x.size() == 0) return;
  const Search s(x.layout->shape, axis);
  visit(x.layout->dtype, [&]<class T>(Type<T>) {
    search(cuda, y.as<std::int32_t>(), x.as<T>(), s, largest ? Key<T>{0} : static_cast<Key<T>>(~Key<T>{0}));
  });
}

}  // namespace ramie::kernels
