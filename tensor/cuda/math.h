// Numbers as formulas compute with them on a GPU: float, double and Whole, one for each thread. On the CPU
// cpu/simd-inl.h and cpu/math-inl.h have the same for vectors.
#pragma once

#include <cuda_runtime.h>

#include <cmath>
#include <concepts>
#include <limits>
#include <type_traits>

#include <ramie/tensor/whole.h>

namespace ramie::kernels::N_CUDA {

template <class T>
using ValueOf = std::conditional_t<std::is_floating_point_v<T>, T, Whole<T>>;
// And back.
template <class T>
__device__ inline T plain(T x) {
  return x;
}
template <class T>
__device__ inline T plain(Whole<T> x) {
  return x.v;
}

template <std::floating_point T>
__device__ inline T select(bool m, T a, T b) {
  return m ? a : b;
}
__device__ inline bool both(bool a, bool b) { return a & b; }
__device__ inline bool either(bool a, bool b) { return a | b; }
template <std::floating_point T>
__device__ inline T multiply_add(T a, T b, T c) {  // a b + c, rounded once
  return std::fma(a, b, c);
}

namespace math {

inline constexpr double infinity = std::numeric_limits<double>::infinity();

using kernels::math::abs, kernels::math::floor, kernels::math::ceil, kernels::math::round, kernels::math::pow,
    kernels::math::truncated_remainder;

#define RAMIE_DEVICE_FUNCTION(name, of_std) \
  template <std::floating_point T>          \
  __device__ inline T name(T x) {           \
    return std::of_std(x);                  \
  }
RAMIE_DEVICE_FUNCTION(abs, fabs)
RAMIE_DEVICE_FUNCTION(sqrt, sqrt)
RAMIE_DEVICE_FUNCTION(floor, floor)
RAMIE_DEVICE_FUNCTION(ceil, ceil)
RAMIE_DEVICE_FUNCTION(round, rint)
RAMIE_DEVICE_FUNCTION(exp, exp)
RAMIE_DEVICE_FUNCTION(expm1, expm1)
RAMIE_DEVICE_FUNCTION(log, log)
RAMIE_DEVICE_FUNCTION(log1p, log1p)
RAMIE_DEVICE_FUNCTION(sin, sin)
RAMIE_DEVICE_FUNCTION(cos, cos)
RAMIE_DEVICE_FUNCTION(tanh, tanh)
#undef RAMIE_DEVICE_FUNCTION

template <std::floating_point T>
__device__ inline T pow(T a, T b) {
  return std::pow(a, b);
}
template <std::floating_point T>
__device__ inline T truncated_remainder(T a, T b) {
  return std::fmod(a, b);
}

}  // namespace math
}  // namespace ramie::kernels::N_CUDA
