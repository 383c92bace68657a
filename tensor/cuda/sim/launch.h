// How a kernel comes to a stream; ramie/tensor/cuda/launch.h is what calls this.
#pragma once

#include <functional>
#include <string>
#include <tuple>

#include <ramie/tensor/cuda/sim/multiprocessor.h>
#include <ramie/tensor/cuda/sim/runtime.h>

namespace ramie::sim {

struct Launch {
  std::string name;  // for errors, as "[op] CUDA kernel ..."
  dim3 grid, block;
  std::size_t shared_bytes;
  cudaStream_t stream;
};

cudaError_t check(const Launch& launch, const void* kernel);
cudaError_t submit(const Launch& launch, std::function<void()> call);  // call runs one thread of the kernel

template <class... P>
cudaError_t launch(const Launch& launch, void (*kernel)(P...), const std::tuple<P...>& arguments) {
  const cudaError_t error = check(launch, reinterpret_cast<const void*>(kernel));
  return error ? error : submit(launch, [=] { std::apply(kernel, arguments); });
}

}  // namespace ramie::sim
