// What a .cu file needs beside CUDA itself. The same file is compiled by nvcc for a GPU and, as plain C++,
// for the simulated device (docs/cuda_sim.md).
//
//   __global__ void scale(float* x, float a, int n) {
//     const int i = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
//     if (i < n) x[i] *= a;
//   }
//   void Scale::run(Cuda cuda, View y, View x) const { launch_kernel(scale, blocks, 256, 0, cuda, p, 2.0f,
//   n); }
#pragma once

#include <cuda_runtime.h>

#include <cstddef>
#include <cstdint>
#include <tuple>
#include <type_traits>

#include <ramie/tensor/cuda/check.h>
#include <ramie/tensor/launch.h>

namespace ramie {
namespace detail {

inline constexpr std::size_t shared_bytes_by_default = 48 * 1024;  // more is lent to kernels that ask

struct LaunchSite {  // made from a Cuda where launch_kernel is called
  LaunchSite(const Cuda& c, const char* in_file = __builtin_FILE(), int on_line = __builtin_LINE())
      : cuda(c), file(in_file), line(on_line) {}
  const Cuda& cuda;
  const char* file;
  int line;
};

struct LaunchShape {
  dim3 grid, block;
  std::size_t shared_bytes;
};

[[noreturn]] void launch_failed(cudaError_t error, const void* kernel, const LaunchShape& shape,
                                const LaunchSite& at);

#if RAMIE_SIM
template <class... P>
cudaError_t start(void (*kernel)(P...), const LaunchShape& s, const LaunchSite& at,
                  std::tuple<P...>& arguments) {
  const auto* id = reinterpret_cast<const void*>(kernel);
  return sim::launch({id, s.grid, s.block, s.shared_bytes, at.cuda.stream, at.cuda.op, at.file, at.line},
                     kernel, arguments);
}
#else
template <class... P>
cudaError_t start(void (*kernel)(P...), const LaunchShape& s, const LaunchSite& at,
                  std::tuple<P...>& arguments) {
  return std::apply(
      [&](auto&... a) {
        void* pointers[] = {static_cast<void*>(&a)..., nullptr};
        return cudaLaunchKernel(reinterpret_cast<const void*>(kernel), s.grid, s.block, pointers,
                                s.shared_bytes, at.cuda.stream);
      },
      arguments);
}
#endif

}  // namespace detail

// Runs kernel(args...) on `grid` blocks of `block` threads. The only way to launch: errors name the op and
// the kernel.
template <class... P>
void launch_kernel(void (*kernel)(P...), dim3 grid, dim3 block, std::size_t shared_bytes,
                   const detail::LaunchSite& at, std::type_identity_t<P>... args) {
  static_assert((std::is_trivially_copyable_v<P> && ...),
                "a kernel's arguments are copied to the GPU byte by byte");
  static_assert((sizeof(P) + ... + 0) <= 4096, "a kernel may have 4 KiB of arguments");
  std::tuple<P...> arguments(args...);
  const auto* id = reinterpret_cast<const void*>(kernel);
  cudaError_t error = cudaSuccess;
  if (shared_bytes > detail::shared_bytes_by_default)
    error =
        cudaFuncSetAttribute(id, cudaFuncAttributeMaxDynamicSharedMemorySize, static_cast<int>(shared_bytes));
  if (error == cudaSuccess) error = detail::start(kernel, {grid, block, shared_bytes}, at, arguments);
  if (error != cudaSuccess) [[unlikely]]
    detail::launch_failed(error, id, {grid, block, shared_bytes}, at);
}

// Static shared memory,   auto& tile = shared<float[16][17], struct Tile>();   for   __shared__ float
// tile[16][17]; (the simulated device can then guard its ends and fill it with noise for every block), and
// the block's dynamic one.
#if RAMIE_SIM
template <class T, class Name>
T& shared() {
  static_assert(std::is_trivial_v<T> || std::is_trivially_copyable_v<std::remove_all_extents_t<T>>);
  static constinit sim::SharedArray array{sizeof(T)};
  return *static_cast<T*>(sim::sm->shared(array));
}
template <class T>
T* dynamic_shared() {
  return static_cast<T*>(sim::sm->dynamic_shared());
}
#elif defined(__CUDACC__)
template <class T, class Name>
__device__ __forceinline__ T& shared() {
  __shared__ T data;
  return data;
}
template <class T>
__device__ __forceinline__ T* dynamic_shared() {
  extern __shared__ __align__(16) unsigned char dynamic_shared_bytes[];
  return reinterpret_cast<T*>(dynamic_shared_bytes);
}
#endif

// How a kernel reports a bad value, such as an index out of range: the next synchronisation throws the text.
//
//   launch_kernel(gather, ..., Fault(cuda, "[take] an index is out of range"));   // in the kernel:
//   fault.raise();
struct Fault {
  Fault(const Cuda& cuda, const char* static_text)
      : word(cuda.fault), text(reinterpret_cast<std::uintptr_t>(static_text)) {}
#if RAMIE_SIM || defined(__CUDACC__)
  __device__ void raise() const { *static_cast<volatile std::uint64_t*>(word) = text; }
#endif
  std::uint64_t* word;
  std::uint64_t text;
};

}  // namespace ramie
