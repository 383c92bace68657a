// CUDA's additions to the language, as far as ramie's kernels use them.
#pragma once

#include <cstddef>
#include <memory>  // uses the word __noinline__, so before that is a macro

#define __global__
#define __device__
#define __host__
#define __constant__
#define __launch_bounds__(...)
#define __forceinline__ inline __attribute__((always_inline))
#define __noinline__ __attribute__((noinline))
#define __align__(n) __attribute__((aligned(n)))
// A plain static would keep its values from block to block and hide a missing barrier.
#define __shared__ \
  static_assert(false, "shared memory is ramie::shared<T, struct Name>() or dynamic_shared<T>()");

struct uint3 {
  unsigned x, y, z;
};
struct dim3 {
  unsigned x, y, z;
  constexpr dim3(unsigned vx = 1, unsigned vy = 1, unsigned vz = 1) : x(vx), y(vy), z(vz) {}
  constexpr dim3(uint3 v) : x(v.x), y(v.y), z(v.z) {}
  constexpr operator uint3() const { return {x, y, z}; }
};

// Of the thread that runs. One thread runs at a time, so plain globals are enough.
[[gnu::visibility(RAMIE_SIM_VISIBILITY)]] inline constinit uint3 threadIdx{}, blockIdx{};
[[gnu::visibility(RAMIE_SIM_VISIBILITY)]] inline constinit dim3 blockDim{}, gridDim{};
inline constexpr int warpSize = 32;
