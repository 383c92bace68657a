// Elementary functions of Lanes and Whole, in namespace math: within 4 ulp of the exact value, and std::'s
// answers at infinities, NaN, zeros, poles and where a result leaves the range.
#if defined(RAMIE_TENSOR_CPU_MATH_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef RAMIE_TENSOR_CPU_MATH_INL_H
#undef RAMIE_TENSOR_CPU_MATH_INL_H
#else
#define RAMIE_TENSOR_CPU_MATH_INL_H
#endif

#include <hwy/contrib/math/math-inl.h>

#include <cmath>
#include <limits>

#include <ramie/tensor/cpu/simd-inl.h>
#include <ramie/tensor/polygamma.h>

HWY_BEFORE_NAMESPACE();
namespace ramie::kernels::HWY_NAMESPACE::math {

inline constexpr double infinity = std::numeric_limits<double>::infinity();
inline constexpr double nan = std::numeric_limits<double>::quiet_NaN();

// Of Whole.
using kernels::math::abs, kernels::math::floor, kernels::math::ceil, kernels::math::round,
    kernels::math::trunc, kernels::math::pow, kernels::math::truncated_remainder,
    kernels::math::floor_quotient;

template <class T>
HWY_INLINE Lanes<T> abs(Lanes<T> x) {
  return hn::Abs(x.v);
}
template <class T>
HWY_INLINE Lanes<T> sqrt(Lanes<T> x) {
  return hn::Sqrt(x.v);
}
// The sign is that of x; Highway's scalar fallback loses that of a zero.
template <class T>
HWY_INLINE Lanes<T> floor(Lanes<T> x) {
  return hn::CopySign(hn::Floor(x.v), x.v);
}
template <class T>
HWY_INLINE Lanes<T> ceil(Lanes<T> x) {
  return hn::CopySign(hn::Ceil(x.v), x.v);
}
template <class T>
HWY_INLINE Lanes<T> round(Lanes<T> x) {
  return hn::CopySign(hn::Round(x.v), x.v);
}

template <class T>
HWY_INLINE Lanes<T> trunc(Lanes<T> x) {
  return hn::CopySign(hn::Trunc(x.v), x.v);
}
template <class T>
HWY_INLINE Lanes<T> copysign(Lanes<T> x, Lanes<T> sign) {
  return hn::CopySign(x.v, sign.v);
}

// Highway's functions, and around them what they leave open: arguments beyond their range.
template <class T>
HWY_INLINE Lanes<T> exp(Lanes<T> x) {
  const Lanes<T> top(sizeof(T) == 4 ? 104 : 710);  // e^top is infinite
  const Lanes<T> y = hn::Exp(typename Lanes<T>::Tag(), select(x > top, top, x).v);
  return select(x == x, y, x);
}
template <class T>
HWY_INLINE Lanes<T> expm1(Lanes<T> x) {
  const Lanes<T> top(sizeof(T) == 4 ? 104 : 710);
  const Lanes<T> y = hn::Expm1(typename Lanes<T>::Tag(), select(x > top, top, x).v);
  return select(x == Lanes<T>(0), x, y);  // -0 stays
}
// y, but log's answer where x is 0, negative or infinite.
template <class T>
HWY_INLINE Lanes<T> with_log_edges(Lanes<T> x, Lanes<T> y) {
  const Lanes<T> zero(0), top(infinity);
  const Lanes<T> at_edge = select(x == zero, -top, select(x < zero, Lanes<T>(nan), x));
  return select(both(x > zero, x < top), y, at_edge);
}
template <class T>
HWY_INLINE Lanes<T> log(Lanes<T> x) {
  return with_log_edges<T>(x, hn::Log(typename Lanes<T>::Tag(), x.v));
}
template <class T>
HWY_INLINE Lanes<T> log2(Lanes<T> x) {
  return with_log_edges<T>(x, hn::Log2(typename Lanes<T>::Tag(), x.v));
}
template <class T>
HWY_INLINE Lanes<T> log10(Lanes<T> x) {
  return with_log_edges<T>(x, hn::Log10(typename Lanes<T>::Tag(), x.v));
}
template <class T>
HWY_INLINE Lanes<T> log1p(Lanes<T> x) {
  return with_log_edges<T>(x + Lanes<T>(1), hn::Log1p(typename Lanes<T>::Tag(), x.v));
}
template <class T>
HWY_INLINE Lanes<T> tanh(Lanes<T> x) {
  return hn::Tanh(typename Lanes<T>::Tag(), x.v);
}

// 2^n for a whole n that is the exponent of a normal number: added to 1.5 times the implicit bit's value, its
// bits are the lowest of the mantissa, from where they are shifted to the exponent.
template <class T>
HWY_INLINE Lanes<T> power_of_two(Lanes<T> n) {
  const typename Lanes<T>::Tag d;
  const hn::RebindToUnsigned<decltype(d)> bits;
  constexpr int mantissa = std::numeric_limits<T>::digits - 1,
                bias = std::numeric_limits<T>::max_exponent - 1;
  const Lanes<T> sum = n + Lanes<T>(1.5 * double(std::uint64_t{1} << mantissa) + bias);
  return hn::BitCast(d, hn::ShiftLeft<mantissa>(hn::BitCast(bits, sum.v)));
}
// The whole part of x becomes an exponent, in two halves: the first alone could leave the range.
template <class T>
HWY_INLINE Lanes<T> exp2(Lanes<T> x) {
  const Lanes<T> top(sizeof(T) == 4 ? 130 : 1030), bottom(sizeof(T) == 4 ? -160 : -1090);
  const Lanes<T> inside = select(x > top, top, select(x < bottom, bottom, x)), whole = round(inside),
                 half = floor(whole * Lanes<T>(0.5));
  const Lanes<T> y = hn::Exp(typename Lanes<T>::Tag(), ((inside - whole) * Lanes<T>(0.6931471805599453)).v);
  return select(x == x, y * power_of_two(half) * power_of_two(whole - half), x);
}
// A third of the logarithm, and a step of Newton's.
template <class T>
HWY_INLINE Lanes<T> cbrt(Lanes<T> x) {
  const Lanes<T> third(1.0 / 3), a = abs(x), y = exp(log(a) * third);
  const Lanes<T> root = y - (y - a / (y * y)) * third;
  return copysign(select(both(a > Lanes<T>(0), a < Lanes<T>(infinity)), root, a), x);
}

// Highway's sine and cosine lose the argument's reduction beyond this.
template <class T>
HWY_INLINE typename Lanes<T>::Mask reduces(Lanes<T> x) {
  return abs(x) < Lanes<T>(39000);
}
struct StdSin {
  template <class T>
  T operator()(T x) const {
    return std::sin(x);
  }
};
struct StdCos {
  template <class T>
  T operator()(T x) const {
    return std::cos(x);
  }
};
template <class T>
HWY_INLINE Lanes<T> sin(Lanes<T> x) {
  const typename Lanes<T>::Tag d;
  const auto small = reduces(x);
  const Lanes<T> y = select(x == Lanes<T>(0), x, Lanes<T>(hn::Sin(d, x.v)));  // -0 stays
  return hn::AllTrue(d, small) ? y : select(small, y, each_lane(StdSin(), x));
}
template <class T>
HWY_INLINE Lanes<T> cos(Lanes<T> x) {
  const typename Lanes<T>::Tag d;
  const auto small = reduces(x);
  const Lanes<T> y = hn::Cos(d, x.v);
  return hn::AllTrue(d, small) ? y : select(small, y, each_lane(StdCos(), x));
}

struct StdLgamma {  // std::lgamma writes to a variable that threads would share
  float operator()(float x) const {
    int sign;
    return ::lgammaf_r(x, &sign);
  }
  double operator()(double x) const {
    int sign;
    return ::lgamma_r(x, &sign);
  }
};
template <class T>
HWY_INLINE Lanes<T> lgamma(Lanes<T> x) {
  return each_lane(StdLgamma(), x);
}
struct Polygamma {
  template <class T>
  T operator()(T n, T x) const {
    return kernels::math::polygamma(n, x);
  }
};
template <class T>
HWY_INLINE Lanes<T> polygamma(Lanes<T> n, Lanes<T> x) {
  return each_lane(Polygamma(), n, x);
}

struct StdPow {
  template <class T>
  T operator()(T a, T b) const {
    return std::pow(a, b);
  }
};
template <class T>
HWY_INLINE Lanes<T> pow(Lanes<T> a, Lanes<T> b) {
  return each_lane(StdPow(), a, b);
}

struct StdFmod {
  template <class T>
  T operator()(T a, T b) const {
    return std::fmod(a, b);
  }
};
template <class T>
HWY_INLINE Lanes<T> truncated_remainder(Lanes<T> a, Lanes<T> b) {
  return each_lane(StdFmod(), a, b);
}

}  // namespace ramie::kernels::HWY_NAMESPACE::math
HWY_AFTER_NAMESPACE();

#endif  // RAMIE_TENSOR_CPU_MATH_INL_H
