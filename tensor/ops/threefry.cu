// Keys and raw bits on CUDA.
#include <ramie/tensor/ops/threefry.h>

#include <ramie/tensor/cuda/integers.h>
#include <ramie/tensor/cuda/random_stream.h>

namespace ramie::kernels {
namespace {

__device__ void store_key(std::uint32_t* y, Words w) {
  y[0] = w.first;
  y[1] = w.second;
}

__global__ void make_key(std::uint32_t* y, std::uint32_t seed) { store_key(y, {0, seed}); }

__global__ void split_key(std::uint32_t* y, DeviceKey key, std::int64_t n) {
  const std::int64_t i = global_thread();
  if (i < n) store_key(y + 2 * i, threefry2x32(key.read(), static_cast<std::uint64_t>(i)));
}

__global__ void fold_number_in(std::uint32_t* y, DeviceKey key, Integers data) {
  store_key(y, threefry2x32(key.read(), Words{0, static_cast<std::uint32_t>(data[0])}));
}

template <class T>
struct DrawBits {
  __device__ T operator()(Words key, std::int64_t i) const { return static_cast<T>(random_word(key, i)); }
};

}  // namespace

void MakeKey::run(Cuda cuda, View y) const {
  launch_kernel(make_key, 1, 1, 0, cuda, y.as<std::uint32_t>(), static_cast<std::uint32_t>(seed));
}

void Split::run(Cuda cuda, View y, View key) const {
  if (n == 0) return;
  launch_kernel(split_key, blocks_for(n, block_threads), block_threads, 0, cuda, y.as<std::uint32_t>(),
                DeviceKey(key), n);
}

void FoldIn::run(Cuda cuda, View y, View key, View data) const {
  launch_kernel(fold_number_in, 1, 1, 0, cuda, y.as<std::uint32_t>(), DeviceKey(key), Integers(data));
}

void RandomBits::run(Cuda cuda, View y, View key) const {
  if (layout.dtype == uint32)
    launch_fill<std::uint32_t>(cuda, y, key, DrawBits<std::uint32_t>());
  else
    launch_fill<std::uint8_t>(cuda, y, key, DrawBits<std::uint8_t>());
}

}  // namespace ramie::kernels
