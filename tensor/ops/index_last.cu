#include <ramie/tensor/ops/index_last.h>

#include <ramie/tensor/cpu/axis_split.h>
#include <ramie/tensor/cuda/block.h>
#include <ramie/tensor/cuda/check.h>
#include <ramie/tensor/cuda/integers.h>
#include <ramie/tensor/cuda/launch.h>

namespace ramie::kernels {
namespace {

// The largest of integers is the same in any order of the threads.
__global__ void __launch_bounds__(block_threads)
    write_last(std::int32_t* y, Integers indices, std::int64_t count, std::int64_t m, std::int64_t length,
               Fault fault) {
  const std::int64_t i = global_thread();
  if (i >= count) return;
  std::int64_t at = indices[i];
  if (at < 0) at += length;
  if (at < 0 || at >= length) return fault.raise();
  atomicMax(&y[i / m * length + at], static_cast<std::int32_t>(i % m));
}

// A thread has a column, element after element.
template <class T>
__global__ void __launch_bounds__(block_threads)
    find_extremes(std::int32_t* y, const T* updates, Integers indices, IndexExtreme kernel, AxisSplit s,
                  Fault fault) {
  const std::int64_t i = global_thread();
  if (i >= s.outer * s.inner) return;
  const std::int64_t o = i / s.inner, c = i % s.inner;
  const T* column = updates + o * s.n * s.inner + c;
  for (std::int64_t j = 0; j < s.n; ++j) {
    std::int64_t at = indices[j];
    if (at < 0) at += kernel.length;
    if (at < 0 || at >= kernel.length) return fault.raise();
    std::int32_t& best = y[(o * kernel.length + at) * s.inner + c];
    if (best < 0 || IndexExtreme::better(kernel.largest, column[j * s.inner], column[best * s.inner]))
      best = static_cast<std::int32_t>(j);
  }
}

}  // namespace

void IndexLast::run(Cuda cuda, View y, View indices) const {
  if (y.size() == 0) return;
  gpu::check(cudaMemsetAsync(y.data, 0xff, y.layout->bytes(), cuda.stream), cuda.op, "set all to -1");
  if (indices.size() == 0) return;
  launch_kernel(write_last, blocks_for(indices.size(), block_threads), block_threads, 0, cuda,
                y.as<std::int32_t>(), Integers(indices), indices.size(), indices.shape(-1), length,
                Fault(cuda, "[index_set] an index is out of range for its axis."));
}

void IndexExtreme::run(Cuda cuda, View y, View updates, View indices) const {
  if (y.size() == 0) return;
  gpu::check(cudaMemsetAsync(y.data, 0xff, y.layout->bytes(), cuda.stream), cuda.op, "set all to -1");
  const AxisSplit s(updates.layout->shape, axis);
  const Fault fault(cuda, largest ? "[index_max] an index is out of range for its axis."
                                  : "[index_min] an index is out of range for its axis.");
  visit(updates.layout->dtype, [&]<class T>(Type<T>) {
    launch_kernel(find_extremes<T>, blocks_for(s.outer * s.inner, block_threads), block_threads, 0, cuda,
                  y.as<std::int32_t>(), updates.as<T>(), Integers(indices), *this, s, fault);
  });
}

}  // namespace ramie::kernels
