// On CUDA all rows are sorted as one: by their elements' keys, word after word from the lowest, and then by
// their rows. Each sort is stable, so the last one finds the elements of each row in order.
#include <ramie/tensor/ops/sort.h>

#include <bit>
#include <limits>

#include <ramie/tensor/cpu/axis_split.h>
#include <ramie/tensor/cuda/block.h>
#include <ramie/tensor/cuda/radix_sort.h>
#include <ramie/tensor/error.h>

namespace ramie::kernels {
namespace {

// Element i in the order of rows: where it lies in memory.
struct Rows {
  std::int64_t n, inner, size;

  explicit Rows(const Layout& x, int axis) {
    const AxisSplit s(x.shape, axis);
    n = s.n, inner = s.inner, size = x.size;
  }
  std::int64_t count() const { return size / n; }
  __device__ std::int64_t at(std::int64_t i) const {
    const std::int64_t row = i / n;
    return (row / inner * n + i % n) * inner + row % inner;
  }
};

__global__ void __launch_bounds__(block_threads) number_elements(std::uint32_t* values, std::int64_t size) {
  const std::int64_t i = global_thread();
  if (i < size) values[i] = static_cast<std::uint32_t>(i);
}

template <class T>
__global__ void __launch_bounds__(block_threads)
    read_keys(RadixSort::Pairs pairs, const T* __restrict__ x, Rows rows, int shift, bool descending) {
  const std::int64_t i = global_thread();
  if (i >= rows.size) return;
  const SortKey<T> key = sort_key(x[rows.at(pairs.values[i])]);
  pairs.keys[i] = static_cast<std::uint32_t>((descending ? ~key : key) >> shift);
}
__global__ void __launch_bounds__(block_threads) read_rows(RadixSort::Pairs pairs, Rows rows) {
  const std::int64_t i = global_thread();
  if (i < rows.size) pairs.keys[i] = static_cast<std::uint32_t>(pairs.values[i] / rows.n);
}
__global__ void __launch_bounds__(block_threads)
    write_places(std::int32_t* __restrict__ y, RadixSort::Pairs pairs, Rows rows) {
  const std::int64_t i = global_thread();
  if (i < rows.size) y[rows.at(i)] = static_cast<std::int32_t>(pairs.values[i] % rows.n);
}

template <class T>
void argsort(Cuda cuda, std::int32_t* y, const T* x, const Rows& rows, bool descending) {
  const unsigned blocks = blocks_for(rows.size, block_threads);
  RadixSort sort(rows.size, cuda.workspace);
  launch_kernel(number_elements, blocks, block_threads, 0, cuda, sort.pairs.values, rows.size);
  for (int shift = 0; shift < static_cast<int>(8 * sizeof(SortKey<T>)); shift += 32) {
    launch_kernel(read_keys<T>, blocks, block_threads, 0, cuda, sort.pairs, x, rows, shift, descending);
    sort.run(cuda, 32);
  }
  if (rows.count() > 1) {
    launch_kernel(read_rows, blocks, block_threads, 0, cuda, sort.pairs, rows);
    sort.run(cuda, static_cast<int>(std::bit_width(static_cast<std::uint64_t>(rows.count() - 1))));
  }
  launch_kernel(write_places, blocks, block_threads, 0, cuda, y, sort.pairs, rows);
}

}  // namespace

std::size_t Argsort::cuda_workspace(const Layout& x) const {
  if (x.size > std::numeric_limits<std::uint32_t>::max())
    fail(name, "on a GPU fewer than 2^32 elements can be sorted at once: sort parts, or on the CPU.");
  return x.size ? RadixSort(x.size).bytes() : 0;
}

void Argsort::run(Cuda cuda, View y, View x) const {
  if (x.size() == 0) return;
  visit(x.layout->dtype, [&]<class T>(Type<T>) {
    argsort(cuda, y.as<std::int32_t>(), x.as<T>(), Rows(*x.layout, axis), descending);
  });
}

}  // namespace ramie::kernels
