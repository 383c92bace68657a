// The tangent, the inverse and the hyperbolic functions of Lanes, in namespace math: within 4 ulp, and
// std::'s answers at the edges. (cpu/math-inl.h has the other functions.)
#if defined(RAMIE_TENSOR_CPU_TRIGONOMETRY_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef RAMIE_TENSOR_CPU_TRIGONOMETRY_INL_H
#undef RAMIE_TENSOR_CPU_TRIGONOMETRY_INL_H
#else
#define RAMIE_TENSOR_CPU_TRIGONOMETRY_INL_H
#endif

#include <ramie/tensor/cpu/math-inl.h>

HWY_BEFORE_NAMESPACE();
namespace ramie::kernels::HWY_NAMESPACE::math {

struct StdTan {
  template <class T>
  T operator()(T x) const {
    return std::tan(x);
  }
};
template <class T>
HWY_INLINE Lanes<T> tan(Lanes<T> x) {
  const typename Lanes<T>::Tag d;
  const auto small = reduces(x);
  const Lanes<T> sine = hn::Sin(d, x.v), cosine = hn::Cos(d, x.v),
                 y = select(x == Lanes<T>(0), x, sine / cosine);  // -0 stays
  return hn::AllTrue(d, small) ? y : select(small, y, each_lane(StdTan(), x));
}

template <class T>
HWY_INLINE Lanes<T> asin(Lanes<T> x) {
  return hn::Asin(typename Lanes<T>::Tag(), x.v);
}
template <class T>
HWY_INLINE Lanes<T> acos(Lanes<T> x) {
  return hn::Acos(typename Lanes<T>::Tag(), x.v);
}
template <class T>
HWY_INLINE Lanes<T> atan(Lanes<T> x) {
  return hn::Atan(typename Lanes<T>::Tag(), x.v);
}

// e^|x| may be beyond the range where half of it is not: there it is e^(|x|/2) squared.
template <class T>
HWY_INLINE Lanes<T> half_exp(Lanes<T> magnitude) {
  const Lanes<T> root = exp(magnitude * Lanes<T>(0.5));
  return root * Lanes<T>(0.5) * root;
}
template <class T>
HWY_INLINE Lanes<T> cosh(Lanes<T> x) {
  const Lanes<T> a = abs(x), e = exp(a), near = Lanes<T>(0.5) * (e + Lanes<T>(1) / e);
  return select(a < Lanes<T>(sizeof(T) == 4 ? 88 : 709), near, half_exp(a));
}
template <class T>
HWY_INLINE Lanes<T> sinh(Lanes<T> x) {
  const Lanes<T> a = abs(x), near = hn::Sinh(typename Lanes<T>::Tag(), a.v);
  return copysign(select(a < Lanes<T>(sizeof(T) == 4 ? 88 : 709), near, half_exp(a)), x);
}

// Highway's logarithm knows neither infinity nor NaN.
template <class T>
HWY_INLINE Lanes<T> asinh(Lanes<T> x) {
  const Lanes<T> y = hn::Asinh(typename Lanes<T>::Tag(), x.v);
  return select(abs(x) < Lanes<T>(infinity), y, x);
}
template <class T>
HWY_INLINE Lanes<T> acosh(Lanes<T> x) {
  const Lanes<T> one(1), y = hn::Acosh(typename Lanes<T>::Tag(), x.v);
  return select(both(x >= one, x < Lanes<T>(infinity)), y, select(x < one, Lanes<T>(nan), x));
}
template <class T>
HWY_INLINE Lanes<T> atanh(Lanes<T> x) {
  const Lanes<T> one(1), a = abs(x), y = hn::Atanh(typename Lanes<T>::Tag(), x.v);
  return select(a < one, y, select(a == one, x * Lanes<T>(infinity), Lanes<T>(nan)));
}

}  // namespace ramie::kernels::HWY_NAMESPACE::math
HWY_AFTER_NAMESPACE();

#endif  // RAMIE_TENSOR_CPU_TRIGONOMETRY_INL_H
