// convert<To>(x), with the instructions that GPUs have for float16.
#pragma once

#include <cuda_runtime.h>

#include <type_traits>

#include <ramie/tensor/dtype.h>

namespace ramie::kernels {

template <class To, class From>
__device__ inline To convert_on_device(From x) {
#ifdef __CUDA_ARCH__
  if constexpr (std::is_same_v<From, Half> && !std::is_same_v<To, Half>) {
    float wide;
    asm("cvt.f32.f16 %0, %1;" : "=f"(wide) : "h"(x.bits));
    return convert<To>(wide);
  } else if constexpr (std::is_same_v<To, Half> && !std::is_same_v<From, Half>) {
    Half narrow;
    asm("cvt.rn.f16.f32 %0, %1;" : "=h"(narrow.bits) : "f"(convert<float>(x)));
    return narrow;
  }
#endif
  return convert<To>(x);
}

}  // namespace ramie::kernels
