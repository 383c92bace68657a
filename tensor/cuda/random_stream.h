// Random bits on CUDA: those of the CPU, since each is a function of the key and of an element's index alone.
#pragma once

#include <ramie/tensor/cuda/block.h>
#include <ramie/tensor/ops/threefry.h>

namespace ramie::kernels {

struct DeviceKey {  // lies in device memory, and is read there
  const std::uint32_t* words;
  std::int64_t stride;

  explicit DeviceKey(const View& key) : words(key.as<std::uint32_t>()), stride(key.layout->strides[0]) {}
  __device__ Words read() const { return {words[0], words[stride]}; }
};

__device__ inline std::uint32_t random_word(Words key, std::int64_t i) {
  const Words w = threefry2x32(key, static_cast<std::uint64_t>(i));
  return w.first ^ w.second;
}

// y[i] = draw(key, i); four neighbours are a thread's.
inline constexpr int draws = 4;
template <class T, class Draw>
__global__ void __launch_bounds__(block_threads)
    fill_random(T* __restrict__ y, std::int64_t n, DeviceKey key, Draw draw, bool whole) {
  const std::int64_t i = global_thread() * draws;
  if (i >= n) return;
  const Words k = key.read();
  Pack<T, draws> out;
#pragma unroll  // or `out` would lie in slow memory
  for (int j = 0; j < draws; ++j) out.v[j] = draw(k, i + j);
  store_pack(y + i, out, n - i, whole);
}

template <class T, class Draw>
void launch_fill(Cuda cuda, View y, View key, const Draw& draw) {
  if (y.size() == 0) return;
  const bool whole = aligned(y.data, alignof(Pack<T, draws>));
  launch_kernel(fill_random<T, Draw>, blocks_for(y.size(), block_threads * draws), block_threads, 0, cuda,
                y.as<T>(), y.size(), DeviceKey(key), draw, whole);
}

}  // namespace ramie::kernels
