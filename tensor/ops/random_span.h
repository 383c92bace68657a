// What a floating dtype needs to draw from a range: the bounds, rounded to it step by step as JAX does.
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numbers>
#include <type_traits>

#include <ramie/tensor/dtype.h>

namespace ramie::kernels {

template <class F>
void visit_floating(DType t, const F& f) {
  switch (t) {
    case DType::float16:
      return f(Type<Half>());
    case DType::bfloat16:
      return f(Type<BFloat16>());
    case DType::float64:
      return f(Type<double>());
    default:
      return f(Type<float>());
  }
}

// What the arithmetic of a dtype is done in.
template <class T>
using Wide = std::conditional_t<std::is_same_v<T, double>, double, float>;

// The neighbours of a finite number; 0 has the smallest subnormals.
template <class T>
T next_up(T x) {
  if constexpr (std::is_same_v<T, Wide<T>>) {
    return std::nextafter(x, std::numeric_limits<T>::infinity());
  } else {
    if (float(x) == 0)
      x.bits = 1;
    else
      x.bits = static_cast<std::uint16_t>(x.bits + (x.bits & 0x8000 ? -1 : 1));
    return x;
  }
}
template <class T>
T next_down(T x) {
  return T(-Wide<T>(next_up(T(-Wide<T>(x)))));
}

// Uniform in [low, low + width).
template <class T>
struct Span {
  T low{}, width = T(Wide<T>(1));
  static Span from(T low, T high) { return {low, T(Wide<T>(high) - Wide<T>(low))}; }
  // For 16-bit types, of 16 random bits (float16) or 8 (bfloat16); JAX takes whole bytes.
  constexpr T at(std::uint32_t bits) const {
    constexpr bool half = std::is_same_v<T, Half>;
    T f;
    f.bits = half ? (bits & 0xffff) >> 6 | 0x3c00 : (bits & 0xff) >> 1 | 0x3f80;
    const T scaled((float(f) - 1) * float(width)), shifted(float(scaled) + float(low));
    return T(std::max(float(low), float(shifted)));
  }
};

// Normal numbers sqrt(2) erf_inv(u), kept in [least, most].
template <class T>
struct NormalSpan {
  Span<T> u;
  T least, most;

  static NormalSpan standard() {
    const T infinity(std::numeric_limits<Wide<T>>::infinity()), minus_one(Wide<T>(-1));
    return {Span<T>::from(next_up(minus_one), T(Wide<T>(1))), T(-Wide<T>(infinity)), infinity};
  }
  // In the open interval (lower, upper).
  static NormalSpan truncated(T lower, T upper) {
    return {Span<T>::from(erf_of(lower), erf_of(upper)), next_up(lower), next_down(upper)};
  }
  constexpr T scaled(T erf_inv) const {
    const T z(sqrt2() * Wide<T>(erf_inv));
    return T(std::min(std::max(Wide<T>(z), Wide<T>(least)), Wide<T>(most)));
  }

 private:
  static constexpr Wide<T> sqrt2() { return Wide<T>(T(std::numbers::sqrt2_v<Wide<T>>)); }
  static T erf_of(T bound) {
    return convert<T>(std::erf(static_cast<double>(Wide<T>(T(Wide<T>(bound) / sqrt2())))));
  }
};

}  // namespace ramie::kernels
