// The inverse of the error function for random normal numbers on CUDA: cpu/erf_inv-inl.h's steps, one by one.
#pragma once

#include <cuda_runtime.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numbers>

#include <ramie/tensor/ops/erf_inv_coefficients.h>

namespace ramie::kernels {

template <class T, std::size_t n>
__device__ T polynomial(T x, const std::array<T, n>& coefficients) {
  T p = coefficients[0];
  for (std::size_t i = 1; i < n; ++i) p = std::fma(p, x, coefficients[i]);
  return p;
}

__device__ inline float erf_inv_ratio(float w) {
  constexpr auto center = ErfInv<float>::center(), tail = ErfInv<float>::tail();
  return w < 5 ? polynomial(w - 2.5f, center) : polynomial(std::sqrt(w) - 3.0f, tail);
}
__device__ inline double erf_inv_ratio(double w) {
  constexpr auto center = ErfInv<double>::center();
  constexpr auto middle = ErfInv<double>::middle();
  constexpr auto tail = ErfInv<double>::tail();
  if (w < 6.25) return polynomial(w - 3.125, center);
  const double root = std::sqrt(w);
  return w < 16 ? polynomial(root - 3.25, middle) : polynomial(root - 5.0, tail);
}

// log(x) of a positive normal number, as in Cephes: the bits of XLA's.
__device__ inline float log_positive(float x) {
  constexpr auto first = log_coefficients(0), second = log_coefficients(1), third = log_coefficients(2);
  const auto bits = std::bit_cast<std::int32_t>(x);
  auto e = static_cast<float>((bits >> 23) - 126);
  auto m = std::bit_cast<float>((bits & 0x7fffff) | std::bit_cast<std::int32_t>(0.5f));
  const bool low = m < std::numbers::sqrt2_v<float> / 2;
  e -= low ? 1.0f : 0.0f;
  m = (m - 1.0f) + (low ? m : 0.0f);
  const float m2 = m * m, m3 = m2 * m;
  float y = polynomial(m, first);
  y = std::fma(y, m3, polynomial(m, second));
  y = std::fma(y, m3, polynomial(m, third));
  y = std::fma(y, m3, e * -2.12194440e-4f);
  return std::fma(e, 0.693359375f, std::fma(m2, -0.5f, m) + y);
}
__device__ inline double log_positive(double x) { return std::log(x); }

template <class T>
__device__ T log1p_of(T x) {
  constexpr auto numerator = Log1p<T>::numerator(), denominator = Log1p<T>::denominator();
  if (std::fabs(x) >= std::numbers::sqrt2_v<T> - 1) return log_positive(x + 1);
  const T x2 = x * x, cubic = x * x2 * (polynomial(x, numerator) / polynomial(x, denominator));
  return x + std::fma(T{-0.5}, x2, cubic);
}

// For x in [-1, 1]; infinite at the ends.
template <class T>
__device__ T erf_inv(T x) {
  if (std::fabs(x) == 1) return std::copysign(std::numeric_limits<T>::infinity(), x);
  return x * erf_inv_ratio(-log1p_of(-(x * x)));
}

}  // namespace ramie::kernels
