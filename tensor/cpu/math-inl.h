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

HWY_BEFORE_NAMESPACE();
namespace ramie::kernels::HWY_NAMESPACE::math {

inline constexpr double infinity = std::numeric_limits<double>::infinity();

// Of Whole.
using kernels::math::abs, kernels::math::floor, kernels::math::ceil, kernels::math::round, kernels::math::pow,
    kernels::math::truncated_remainder;

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
  const Lanes<T> at_edge = select(x == zero, -top, select(x < zero, Lanes<T>(std::nan("")), x));
  return select(both(x > zero, x < top), y, at_edge);
}
template <class T>
HWY_INLINE Lanes<T> log(Lanes<T> x) {
  return with_log_edges<T>(x, hn::Log(typename Lanes<T>::Tag(), x.v));
}
template <class T>
HWY_INLINE Lanes<T> log1p(Lanes<T> x) {
  return with_log_edges<T>(x + Lanes<T>(1), hn::Log1p(typename Lanes<T>::Tag(), x.v));
}
template <class T>
HWY_INLINE Lanes<T> tanh(Lanes<T> x) {
  return hn::Tanh(typename Lanes<T>::Tag(), x.v);
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
