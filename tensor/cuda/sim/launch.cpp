#include <algorithm>
#include <climits>
#include <utility>

#include <ramie/tensor/cuda/sim/launch.h>
#include <ramie/tensor/cuda/sim/settings.h>
#include <ramie/tensor/cuda/sim/state.h>

using namespace ramie::sim;

namespace ramie::sim {
namespace {

std::size_t shared_limit(const void* kernel) {
  const auto it = devices().shared_limits.find(kernel);
  return it == devices().shared_limits.end() ? shared_default : it->second;
}

// One grid at a time, also where host threads launch side by side: they hold the devices' lock.
void run(const Launch& l, const Kernel& kernel) {
  static auto* multiprocessor = new Multiprocessor;
  try {
    multiprocessor->run_grid(kernel, l.grid, l.block, l.shared_bytes);
  } catch (const BrokenRule& e) {
    if (!std::exchange(devices().faulted, true))
      devices().fault = describe(l.kernel, l.op, l.file, l.line) + ": " + e.what();
  }
}

}  // namespace

cudaError_t check(const Launch& launch) {
  const Lock locked = lock();
  const dim3 g = launch.grid, b = launch.block;
  const std::size_t threads = std::size_t{b.x} * b.y * b.z;
  if (threads == 0 || threads > max_threads || b.z > 64) return failed(cudaErrorInvalidConfiguration);
  if (g.x == 0 || g.y == 0 || g.z == 0) return failed(cudaErrorInvalidConfiguration);
  if (g.x > INT_MAX || g.y > 65535 || g.z > 65535) return failed(cudaErrorInvalidConfiguration);
  if (launch.shared_bytes > shared_limit(launch.kernel)) return failed(cudaErrorInvalidValue);
  if (stream_of(launch.stream).device != current_device()) return failed(cudaErrorInvalidResourceHandle);
  return cudaSuccess;
}

cudaError_t submit(const Launch& launch, std::shared_ptr<const void> call, Kernel kernel) {
  const Lock locked = lock();
  CUstream_st& stream = stream_of(launch.stream);
  kernel.device = stream.device;
  return submit(stream, [launch, call = std::move(call), kernel] { run(launch, kernel); });
}

}  // namespace ramie::sim

cudaError_t cudaFuncSetAttribute(const void* kernel, cudaFuncAttribute attribute, int value) {
  const Lock locked = lock();
  if (attribute != cudaFuncAttributeMaxDynamicSharedMemorySize) return cudaSuccess;
  if (value < 0 || static_cast<std::size_t>(value) > shared_opt_in) return failed(cudaErrorInvalidValue);
  devices().shared_limits[kernel] = static_cast<std::size_t>(value);
  return cudaSuccess;
}
cudaError_t cudaFuncGetAttributes(cudaFuncAttributes* attributes, const void* kernel) {
  const Lock locked = lock();
  *attributes = {.sharedSizeBytes = 0,
                 .constSizeBytes = 0,
                 .localSizeBytes = 0,
                 .maxThreadsPerBlock = static_cast<int>(max_threads),
                 .numRegs = 32,
                 .ptxVersion = 90,
                 .binaryVersion = 90,
                 .maxDynamicSharedSizeBytes = static_cast<int>(shared_limit(kernel))};
  return cudaSuccess;
}
cudaError_t cudaOccupancyMaxActiveBlocksPerMultiprocessor(int* blocks, const void*, int threads,
                                                          std::size_t dynamic_shared_bytes) {
  if (threads <= 0 || threads > static_cast<int>(max_threads)) return failed(cudaErrorInvalidValue);
  const std::size_t by_memory = shared_opt_in / std::max<std::size_t>(dynamic_shared_bytes, 1);
  *blocks =
      static_cast<int>(std::min<std::size_t>({32, 2048 / static_cast<std::size_t>(threads), by_memory}));
  return cudaSuccess;
}
