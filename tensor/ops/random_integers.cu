// Random integers and orders on CUDA, to the bit the CPU's.
#include <ramie/tensor/ops/random_integers.h>

#include <ramie/tensor/cuda/check.h>
#include <ramie/tensor/cuda/radix_sort.h>
#include <ramie/tensor/cuda/random_stream.h>
#include <ramie/tensor/ops/integer_range.h>

namespace ramie::kernels {
namespace {

template <class T>
struct DrawInteger {
  IntegerRange<T> range;
  __device__ T operator()(Words key, std::int64_t i) const {
    const Words high_key = threefry2x32(key, std::uint64_t{0}), low_key = threefry2x32(key, std::uint64_t{1});
    if constexpr (sizeof(T) == 8)
      return range.at(random_bits64(high_key, i), random_bits64(low_key, i));
    else
      return range.at(random_word(high_key, i), random_word(low_key, i));
  }
};

// The sorting keys of a round; values 0..n-1 in the first.
__global__ void __launch_bounds__(block_threads)
    draw_sorting_keys(RadixSort::Pairs pairs, std::int64_t n, DeviceKey key, int round) {
  const std::int64_t i = global_thread();
  if (i >= n) return;
  Words k = key.read();
  for (int r = 0; r < round; ++r) k = threefry2x32(k, std::uint64_t{0});
  pairs.keys[i] = random_word(threefry2x32(k, std::uint64_t{1}), i);
  if (round == 0) pairs.values[i] = static_cast<std::uint32_t>(i);
}

}  // namespace

void RandomIntegers::run(Cuda cuda, View y, View key) const {
  visit(layout.dtype, [&]<class T>(Type<T>) {
    if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool>)
      launch_fill<T>(cuda, y, key, DrawInteger<T>{IntegerRange<T>(low, high)});
  });
}

std::size_t Permutation::cuda_workspace(const Layout&) const { return RadixSort(n).bytes(); }

void Permutation::run(Cuda cuda, View y, View key) const {
  if (n == 0) return;
  RadixSort sort(n, cuda.workspace);
  for (int round = 0; round < std::max(1, rounds()); ++round) {
    launch_kernel(draw_sorting_keys, blocks_for(n, block_threads), block_threads, 0, cuda, sort.pairs, n,
                  DeviceKey(key), round);
    sort.run(cuda, 32);
  }
  gpu::check(
      cudaMemcpyAsync(y.data, sort.pairs.values, y.layout->bytes(), cudaMemcpyDeviceToDevice, cuda.stream),
      cuda.op, "copy");
}

}  // namespace ramie::kernels
