// What the headers for run-time compilation (device_headers.h) take of the standard library. NVRTC brings
// none: there this file stands for <type_traits>, <cstdint>, <cmath> and the like.
#pragma once

namespace std {

using size_t = decltype(sizeof 0);
using int8_t = signed char;
using int16_t = short;
using int32_t = int;
using int64_t = long;
using uint8_t = unsigned char;
using uint16_t = unsigned short;
using uint32_t = unsigned;
using uint64_t = unsigned long;
using uintptr_t = unsigned long;

// ---- types -----------------------------------------------------------------------------------------------

template <bool b>
struct bool_constant {
  static constexpr bool value = b;
};
using true_type = bool_constant<true>;
using false_type = bool_constant<false>;

template <class T>
struct remove_cv {
  using type = T;
};
template <class T>
struct remove_cv<const T> : remove_cv<T> {};
template <class T>
struct remove_cv<volatile T> : remove_cv<T> {};
template <class T>
using remove_cv_t = typename remove_cv<T>::type;

template <class A, class B>
inline constexpr bool is_same_v = false;
template <class A>
inline constexpr bool is_same_v<A, A> = true;
template <class T, class... U>
inline constexpr bool is_one_of_v = (is_same_v<remove_cv_t<T>, U> || ...);

template <class T>
inline constexpr bool is_floating_point_v = is_one_of_v<T, float, double>;
template <class T>
inline constexpr bool is_integral_v =
    is_one_of_v<T, bool, char, signed char, unsigned char, short, unsigned short, int, unsigned, long,
                unsigned long, long long, unsigned long long>;
template <class T>
inline constexpr bool is_arithmetic_v = is_integral_v<T> || is_floating_point_v<T>;
template <class T>
inline constexpr bool is_signed_v = is_arithmetic_v<T>&& T(-1) < T(0);

template <bool b, class A, class B>
struct conditional {
  using type = A;
};
template <class A, class B>
struct conditional<false, A, B> {
  using type = B;
};
template <bool b, class A, class B>
using conditional_t = typename conditional<b, A, B>::type;

template <class T>
using make_unsigned_t =
    conditional_t<sizeof(T) == 1, uint8_t,
                  conditional_t<sizeof(T) == 2, uint16_t, conditional_t<sizeof(T) == 4, uint32_t, uint64_t>>>;

template <class T>
concept floating_point = is_floating_point_v<T>;

class string_view;  // of declarations alone

// ---- numbers ---------------------------------------------------------------------------------------------

template <class To, class From>
constexpr To bit_cast(const From& x) {
  return __builtin_bit_cast(To, x);
}

template <class T>
struct numeric_limits {
  static constexpr T infinity() { return static_cast<T>(bit_cast<double>(uint64_t{0x7ff} << 52)); }
  static constexpr T quiet_NaN() { return static_cast<T>(bit_cast<double>(uint64_t{0xfff} << 51)); }
};

#define RAMIE_RTC_FUNCTION(name, in_float)                      \
  __device__ inline float name(float x) { return in_float(x); } \
  __device__ inline double name(double x) { return ::name(x); }
RAMIE_RTC_FUNCTION(fabs, ::fabsf)
RAMIE_RTC_FUNCTION(sqrt, ::sqrtf)
RAMIE_RTC_FUNCTION(floor, ::floorf)
RAMIE_RTC_FUNCTION(ceil, ::ceilf)
RAMIE_RTC_FUNCTION(rint, ::rintf)
RAMIE_RTC_FUNCTION(exp, ::expf)
RAMIE_RTC_FUNCTION(expm1, ::expm1f)
RAMIE_RTC_FUNCTION(log, ::logf)
RAMIE_RTC_FUNCTION(log1p, ::log1pf)
RAMIE_RTC_FUNCTION(sin, ::sinf)
RAMIE_RTC_FUNCTION(cos, ::cosf)
RAMIE_RTC_FUNCTION(tanh, ::tanhf)
RAMIE_RTC_FUNCTION(trunc, ::truncf)
RAMIE_RTC_FUNCTION(exp2, ::exp2f)
RAMIE_RTC_FUNCTION(log2, ::log2f)
RAMIE_RTC_FUNCTION(log10, ::log10f)
RAMIE_RTC_FUNCTION(cbrt, ::cbrtf)
RAMIE_RTC_FUNCTION(tan, ::tanf)
RAMIE_RTC_FUNCTION(asin, ::asinf)
RAMIE_RTC_FUNCTION(acos, ::acosf)
RAMIE_RTC_FUNCTION(atan, ::atanf)
RAMIE_RTC_FUNCTION(sinh, ::sinhf)
RAMIE_RTC_FUNCTION(cosh, ::coshf)
RAMIE_RTC_FUNCTION(asinh, ::asinhf)
RAMIE_RTC_FUNCTION(acosh, ::acoshf)
RAMIE_RTC_FUNCTION(atanh, ::atanhf)
RAMIE_RTC_FUNCTION(lgamma, ::lgammaf)
#undef RAMIE_RTC_FUNCTION

__device__ inline float pow(float a, float b) { return ::powf(a, b); }
__device__ inline double pow(double a, double b) { return ::pow(a, b); }
__device__ inline float copysign(float a, float b) { return ::copysignf(a, b); }
__device__ inline double copysign(double a, double b) { return ::copysign(a, b); }
__device__ inline float fmod(float a, float b) { return ::fmodf(a, b); }
__device__ inline double fmod(double a, double b) { return ::fmod(a, b); }
__device__ inline float fma(float a, float b, float c) { return ::fmaf(a, b, c); }
__device__ inline double fma(double a, double b, double c) { return ::fma(a, b, c); }

}  // namespace std
