#include <ramie/tensor/ops/shuffled_indices.h>

#include <ramie/tensor/cuda/block.h>
#include <ramie/tensor/cuda/launch.h>
#include <ramie/tensor/cuda/random_stream.h>

namespace ramie::kernels {
namespace {

__global__ void __launch_bounds__(block_threads)
    shuffle_indices(ShuffledIndices kernel, std::int32_t* y, DeviceKey key, const std::uint32_t* step) {
  const std::int64_t i = global_thread();
  if (i < kernel.count) y[i] = kernel.index(key.read(), *step, i);
}

}  // namespace

void ShuffledIndices::run(Cuda cuda, View y, View key, View step) const {
  launch_kernel(shuffle_indices, blocks_for(count, block_threads), block_threads, 0, cuda, *this,
                y.as<std::int32_t>(), DeviceKey(key), step.as<std::uint32_t>());
}

}  // namespace ramie::kernels
