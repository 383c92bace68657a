#include <ramie/tensor/cuda/check.h>

#include <fmt/format.h>

#include <ramie/tensor/error.h>

namespace ramie::gpu {

void throw_error(cudaError_t error, const char* op, const char* what) {
  cudaGetLastError();  // it is told; the next call starts afresh, unless the device is lost
  fail(op, fmt::format(
               "{}: {} ({}). If a kernel went wrong earlier, run again with CUDA_LAUNCH_BLOCKING=1 to see "
               "which one; the CPU can be used on.",
               what, cudaGetErrorString(error), cudaGetErrorName(error)));
}

}  // namespace ramie::gpu
