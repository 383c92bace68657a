// How a kernel comes to a stream; ramie/tensor/cuda/launch.h is what calls this.
#pragma once

#include <memory>
#include <string>
#include <tuple>

#include <ramie/tensor/cuda/sim/multiprocessor.h>
#include <ramie/tensor/cuda/sim/runtime.h>

namespace ramie::sim {

struct Launch {
  const void* kernel;
  dim3 grid, block;
  std::size_t shared_bytes;
  cudaStream_t stream;
  const char *op, *file;  // for errors
  int line;
};
// "[op] CUDA kernel scale<float>", or where it was launched if its name is not known.
std::string describe(const void* kernel, const char* op, const char* file, int line);

template <class... P>
struct Call {  // of a kernel, with its arguments
  void (*kernel)(P...);
  std::tuple<P...> arguments;
  static void run(const void* self) {
    const auto& call = *static_cast<const Call*>(self);
    std::apply(call.kernel, call.arguments);
  }
};

cudaError_t check(const Launch& launch);
cudaError_t submit(const Launch& launch, std::shared_ptr<const void> call, Kernel kernel);

template <class... P>
cudaError_t launch(const Launch& launch, void (*kernel)(P...), const std::tuple<P...>& arguments) {
  if (const cudaError_t error = check(launch)) return error;
  const auto call = std::make_shared<const Call<P...>>(Call<P...>{kernel, arguments});
  return submit(launch, call, {Call<P...>::run, call.get(), sizeof *call});
}

}  // namespace ramie::sim
