// Numbers as formulas compute with them on a GPU: float, double and Whole, one for each thread. On the CPU
// cpu/simd-inl.h and cpu/math-inl.h have the same for vectors.
#pragma once

#include <cuda_runtime.h>

#include <cmath>
#include <concepts>
#include <limits>
#include <type_traits>

#include <ramie/tensor/polygamma.h>
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
inline constexpr double nan = std::numeric_limits<double>::quiet_NaN();

using kernels::math::abs, kernels::math::floor, kernels::math::ceil, kernels::math::round,
    kernels::math::trunc, kernels::math::pow, kernels::math::truncated_remainder,
    kernels::math::floor_quotient, kernels::math::polygamma;

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
RAMIE_DEVICE_FUNCTION(trunc, trunc)
RAMIE_DEVICE_FUNCTION(exp, exp)
RAMIE_DEVICE_FUNCTION(expm1, expm1)
RAMIE_DEVICE_FUNCTION(log, log)
RAMIE_DEVICE_FUNCTION(log1p, log1p)
RAMIE_DEVICE_FUNCTION(sin, sin)
RAMIE_DEVICE_FUNCTION(cos, cos)
RAMIE_DEVICE_FUNCTION(tanh, tanh)
RAMIE_DEVICE_FUNCTION(exp2, exp2)
RAMIE_DEVICE_FUNCTION(log2, log2)
RAMIE_DEVICE_FUNCTION(log10, log10)
RAMIE_DEVICE_FUNCTION(cbrt, cbrt)
RAMIE_DEVICE_FUNCTION(tan, tan)
RAMIE_DEVICE_FUNCTION(asin, asin)
RAMIE_DEVICE_FUNCTION(acos, acos)
RAMIE_DEVICE_FUNCTION(atan, atan)
RAMIE_DEVICE_FUNCTION(sinh, sinh)
RAMIE_DEVICE_FUNCTION(cosh, cosh)
RAMIE_DEVICE_FUNCTION(asinh, asinh)
RAMIE_DEVICE_FUNCTION(acosh, acosh)
RAMIE_DEVICE_FUNCTION(atanh, atanh)
RAMIE_DEVICE_FUNCTION(lgamma, lgamma)
#undef RAMIE_DEVICE_FUNCTION

template <std::floating_point T>
__device__ inline T pow(T a, T b) {
  return std::pow(a, b);
}
template <std::floating_point T>
__device__ inline T copysign(T x, T sign) {
  return std::copysign(x, sign);
}
template <std::floating_point T>
__device__ inline T truncated_remainder(T a, T b) {
  return std::fmod(a, b);
}

}  // namespace math
}  // namespace ramie::kernels::N_CUDA
