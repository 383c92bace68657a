// Reads and writes at integer indices on CUDA. A scatter adds without atomics, in the order of the indices: a
// result element looks through a few of them, and for many they are sorted by where they point to.
#include <ramie/tensor/ops/index.h>

#include <algorithm>
#include <bit>

#include <ramie/tensor/cpu/axis_split.h>
#include <ramie/tensor/cuda/axes.h>
#include <ramie/tensor/cuda/block.h>
#include <ramie/tensor/cuda/check.h>
#include <ramie/tensor/cuda/fast_divide.h>
#include <ramie/tensor/cuda/integers.h>
#include <ramie/tensor/cuda/radix_sort.h>

namespace ramie::kernels {
namespace {

constexpr std::int64_t narrow = std::int64_t{1} << 31;

// Divides numbers up to `most`.
struct Divide {
  std::int64_t by;
  FastDivide fast;
  bool small;

  struct Result {
    std::int64_t quotient, remainder;
  };
  Divide(std::int64_t by_, std::int64_t most)
      : by(by_), fast(most < narrow ? by_ : 1), small(most < narrow) {}
  __device__ Result split(std::int64_t i) const {
    if (!small) return {i / by, i % by};
    const auto r = fast.split(static_cast<unsigned>(i));
    return {r.quotient, r.remainder};
  }
};

// Positions on an axis of length n.
struct Positions {
  Integers indices;
  std::int64_t n;
  Fault fault;

  Positions(Cuda cuda, const View& v, std::int64_t length, const char* out_of_range)
      : indices(v), n(length), fault(cuda, out_of_range) {}
  // -1 where index i is out of range.
  __device__ std::int64_t operator[](std::int64_t i) const {
    std::int64_t at = indices[i];
    if (at < 0) at += n;
    if (at >= 0 && at < n) return at;
    fault.raise();
    return -1;
  }
};

// Elements, or packs of them, that are only copied.
template <class F>
void visit_bytes(std::size_t bytes, const F& f) {
  switch (bytes) {
    case 1:
      return f(Type<std::uint8_t>());
    case 2:
      return f(Type<std::uint16_t>());
    case 4:
      return f(Type<std::uint32_t>());
    case 8:
      return f(Type<std::uint64_t>());
    default:
      return f(Type<uint4>());
  }
}
// The largest of them in which rows of these bytes can be copied.
std::size_t common_unit(std::size_t row, const View& y, const View& x) {
  std::size_t unit = 16;
  while (row % unit || !aligned(y.data, unit) || !aligned(x.data, unit)) unit /= 2;
  return unit;
}

// Rows of `row` units: y[o, j] = x[o, at[j]].
template <class U>
__global__ void __launch_bounds__(block_threads)
    take_rows(U* __restrict__ y, const U* __restrict__ x, Positions at, std::int64_t count, Divide row,
              Divide indices) {
  const std::int64_t i = global_thread();
  if (i >= count) return;
  const auto [r, column] = row.split(i);
  const auto [o, j] = indices.split(r);
  const std::int64_t from = at[j];
  y[i] = from < 0 ? U{} : x[(o * at.n + from) * row.by + column];
}

// y[o, j, c] = x[o, at[o, j, c], c]
template <class U>
__global__ void __launch_bounds__(block_threads)
    take_each(U* __restrict__ y, const U* __restrict__ x, Positions at, std::int64_t count, Divide inner,
              Divide n) {
  const std::int64_t i = global_thread();
  if (i >= count) return;
  const auto [row, c] = inner.split(i);
  const std::int64_t from = at[i], o = n.split(row).quotient;
  y[i] = from < 0 ? U{} : x[(o * at.n + from) * inner.by + c];
}

template <class T>
__global__ void __launch_bounds__(block_threads)
    write_one_hot(T* __restrict__ y, Integers labels, Walk<1> walk, std::int64_t count, Divide classes) {
  const std::int64_t i = global_thread();
  if (i >= count) return;
  const auto [row, k] = classes.split(i);
  y[i] = convert<T>(labels[walk.element(static_cast<unsigned>(row)).at[0]] == k ? 1 : 0);
}

// The sum of two elements as C++ converts it; integers wrap around.
template <class T>
__device__ T added(T a, T b) {
  if constexpr (std::is_same_v<T, bool>)
    return a || b;
  else if constexpr (std::is_integral_v<T>)
    return static_cast<T>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
  else
    return convert<T>(a + b);
}

// y[o, p, c] = the sum of u[o, j, c], j in order, over those that `source` names for p.
template <class T, class Source>
__global__ void __launch_bounds__(block_threads)
    add_in_order(T* __restrict__ y, const T* __restrict__ u, Source source, std::int64_t count,
                 std::int64_t m, Divide inner, Divide length) {
  const std::int64_t i = global_thread();
  if (i >= count) return;
  const auto [row, c] = inner.split(i);
  const auto [o, p] = length.split(row);
  const std::int64_t from = o * m * inner.by + c;
  T sum{};
  source.for_each(p, from, [&](std::int64_t j) { sum = added(sum, u[from + j * inner.by]); });
  y[i] = sum;
}

// f(j) for all of few indices that are p; those of column c stand `stride` apart, from begin(c).
struct FewIndices {
  Positions at;
  std::int64_t m, stride;
  bool each;  // an index for each update

  template <class F>
  __device__ void for_each(std::int64_t p, std::int64_t from, F f) const {
    const std::int64_t begin = each ? from : 0;
    for (std::int64_t j = 0; j < m; ++j)
      if (at[begin + j * stride] == p) f(j);
  }
};

// Indices sorted by what they are: those that are p stand in order[start[p]] ... order[start[p + 1] - 1].
struct SortedIndices {
  const std::uint32_t *order, *start;

  template <class F>
  __device__ void for_each(std::int64_t p, std::int64_t, F f) const {
    for (std::uint32_t k = start[p]; k < start[p + 1]; ++k) f(order[k]);
  }
};

// A column of u goes to a column of y, element after element: y[o, at[o, j, c], c] += u[o, j, c]. y is 0
// before.
template <class T>
__global__ void __launch_bounds__(block_threads)
    add_columns(T* __restrict__ y, const T* __restrict__ u, Positions at, std::int64_t columns,
                std::int64_t m, Divide inner) {
  const std::int64_t i = global_thread();
  if (i >= columns) return;
  const auto [o, c] = inner.split(i);
  for (std::int64_t j = 0; j < m; ++j) {
    const std::int64_t from = (o * m + j) * inner.by + c, to = at[from];
    if (to < 0) continue;
    T& sum = y[(o * at.n + to) * inner.by + c];
    sum = added(sum, u[from]);
  }
}

// Where an index points to, as a sorting key; what is out of range stands behind all.
__global__ void __launch_bounds__(block_threads)
    key_rows(RadixSort::Pairs pairs, Positions at, std::int64_t count) {
  const std::int64_t j = global_thread();
  if (j >= count) return;
  const std::int64_t to = at[j];
  pairs.keys[j] = static_cast<std::uint32_t>(to < 0 ? at.n : to);
  pairs.values[j] = static_cast<std::uint32_t>(j);
}
// The same for an index for each update, and elements of y in the place of rows.
__global__ void __launch_bounds__(block_threads)
    key_each(RadixSort::Pairs pairs, Positions at, std::int64_t count, std::uint32_t last, Divide inner,
             Divide m) {
  const std::int64_t i = global_thread();
  if (i >= count) return;
  const auto [row, c] = inner.split(i);
  const std::int64_t to = at[i], o = m.split(row).quotient;
  pairs.keys[i] = to < 0 ? last : static_cast<std::uint32_t>((o * at.n + to) * inner.by + c);
  pairs.values[i] = static_cast<std::uint32_t>(i);
}

// start[p]: the first of the sorted keys that is not below p.
__global__ void __launch_bounds__(block_threads)
    find_starts(std::uint32_t* __restrict__ start, const std::uint32_t* __restrict__ keys,
                std::uint32_t count, std::int64_t places) {
  const std::int64_t p = global_thread();
  if (p > places) return;
  std::uint32_t low = 0, high = count;
  while (low < high) {
    const std::uint32_t middle = low + (high - low) / 2;
    if (keys[middle] < p)
      low = middle + 1;
    else
      high = middle;
  }
  start[p] = low;
}

constexpr std::int64_t few = 64;  // indices that every element of the result looks through

// Sorts `count` indices by which of `places` they point to. Keys are launched by `fill`.
struct Sorting {
  std::int64_t count, places;
  RadixSort sort;
  std::uint32_t* start;

  Sorting(std::int64_t count_, std::int64_t places_, std::byte* workspace = nullptr)
      : count(count_),
        places(places_),
        sort(count, workspace),
        start(reinterpret_cast<std::uint32_t*>(workspace + sort.bytes())) {}
  std::size_t bytes() const {
    return sort.bytes() + static_cast<std::size_t>(places + 1) * sizeof(std::uint32_t);
  }

  SortedIndices run(Cuda cuda) {
    sort.run(cuda, static_cast<int>(std::bit_width(static_cast<std::uint64_t>(places))));
    launch_kernel(find_starts, blocks_for(places + 1, block_threads), block_threads, 0, cuda, start,
                  sort.pairs.keys, static_cast<std::uint32_t>(count), places);
    return {sort.pairs.values, start};
  }
};

template <class Source>
void launch_sums(Cuda cuda, View y, View u, const Source& source, std::int64_t m, std::int64_t inner,
                 std::int64_t length) {
  visit(y.layout->dtype, [&]<class T>(Type<T>) {
    launch_kernel(add_in_order<T, Source>, blocks_for(y.size(), block_threads), block_threads, 0, cuda,
                  y.as<T>(), u.as<T>(), source, y.size(), m, Divide(inner, y.size()),
                  Divide(length, y.size()));
  });
}

// How the sums of a ScatterAlongAxis are made.
enum class Way { look_through, columns, sort };
Way way_of(const AxisSplit& s, std::int64_t length) {
  constexpr std::int64_t many = 8192;
  if (s.n <= few) return Way::look_through;
  const bool sortable = s.outer * s.n * s.inner < narrow && s.outer * length * s.inner < narrow;
  return s.outer * s.inner >= many || !sortable ? Way::columns : Way::sort;
}

}  // namespace

void Take::run(Cuda cuda, View y, View x, View indices) const {
  if (y.size() == 0) return;
  const AxisSplit s(x.layout->shape, axis);
  const std::size_t row = static_cast<std::size_t>(s.inner) * size_of(x.layout->dtype),
                    unit = common_unit(row, y, x);
  const auto units = static_cast<std::int64_t>(row / unit), count = s.outer * indices.size() * units;
  const Positions at(cuda, indices, s.n, "[take] an index is out of range for its axis.");
  visit_bytes(unit, [&]<class U>(Type<U>) {
    launch_kernel(take_rows<U>, blocks_for(count, block_threads), block_threads, 0, cuda, y.as<U>(),
                  x.as<U>(), at, count, Divide(units, count), Divide(indices.size(), count));
  });
}

void TakeAlongAxis::run(Cuda cuda, View y, View x, View indices) const {
  if (y.size() == 0) return;
  const AxisSplit s(indices.layout->shape, axis);
  const Positions at(cuda, indices, x.shape(axis),
                     "[take_along_axis] an index is out of range for its axis.");
  visit_bytes(size_of(x.layout->dtype), [&]<class U>(Type<U>) {
    launch_kernel(take_each<U>, blocks_for(y.size(), block_threads), block_threads, 0, cuda, y.as<U>(),
                  x.as<U>(), at, y.size(), Divide(s.inner, y.size()), Divide(s.n, y.size()));
  });
}

std::size_t Scatter::cuda_workspace(const Layout&, const Layout& indices) const {
  return indices.size <= few ? 0 : Sorting(indices.size, length).bytes();
}

void Scatter::run(Cuda cuda, View y, View updates, View indices) const {
  if (y.size() == 0) return;
  const AxisSplit s(updates.layout->shape, axis, indices.layout->rank());
  const Positions at(cuda, indices, length, "[scatter_add] an index is out of range for its axis.");
  if (s.n <= few) return launch_sums(cuda, y, updates, FewIndices{at, s.n, 1, false}, s.n, s.inner, length);
  Sorting sorting(s.n, length, cuda.workspace);
  launch_kernel(key_rows, blocks_for(s.n, block_threads), block_threads, 0, cuda, sorting.sort.pairs, at,
                s.n);
  launch_sums(cuda, y, updates, sorting.run(cuda), s.n, s.inner, length);
}

std::size_t ScatterAlongAxis::cuda_workspace(const Layout& updates, const Layout&) const {
  const AxisSplit s(updates.shape, axis);
  return way_of(s, length) == Way::sort ? Sorting(updates.size, s.outer * length * s.inner).bytes() : 0;
}

void ScatterAlongAxis::run(Cuda cuda, View y, View updates, View indices) const {
  if (y.size() == 0) return;
  const AxisSplit s(updates.layout->shape, axis);
  const std::int64_t count = updates.size(), columns = s.outer * s.inner;
  const Positions at(cuda, indices, length, "[scatter_along_axis] an index is out of range for its axis.");
  switch (way_of(s, length)) {
    case Way::look_through:
      return launch_sums(cuda, y, updates, FewIndices{at, s.n, s.inner, true}, s.n, s.inner, length);
    case Way::columns:
      gpu::check(cudaMemsetAsync(y.data, 0, y.layout->bytes(), cuda.stream), cuda.op, "clear the sums");
      return visit(y.layout->dtype, [&]<class T>(Type<T>) {
        launch_kernel(add_columns<T>, blocks_for(columns, block_threads), block_threads, 0, cuda, y.as<T>(),
                      updates.as<T>(), at, columns, s.n, Divide(s.inner, columns));
      });
    case Way::sort:
      Sorting sorting(count, y.size(), cuda.workspace);
      launch_kernel(key_each, blocks_for(count, block_threads), block_threads, 0, cuda, sorting.sort.pairs,
                    at, count, static_cast<std::uint32_t>(y.size()), Divide(s.inner, count),
                    Divide(s.n, count));
      return launch_sums(cuda, y, updates, sorting.run(cuda), count, 1, y.size());
  }
}

void OneHot::run(Cuda cuda, View y, View labels) const {
  if (y.size() == 0) return;
  const Walk<1> walk{JointAxes<1>(labels.layout->shape, {labels.layout->strides})};
  visit(dtype, [&]<class T>(Type<T>) {
    launch_kernel(write_one_hot<T>, blocks_for(y.size(), block_threads), block_threads, 0, cuda, y.as<T>(),
                  Integers(labels), walk, y.size(), Divide(classes, y.size()));
  });
}

}  // namespace ramie::kernels
