// Elementary functions of Lanes and Whole, in namespace math: within 4 ulp of the exact value, and std::'s answers at
// infinities, NaN, zeros, poles and where a result leaves the range.
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

template <class T> HWY_INLINE Lanes<T> abs(Lanes<T> x) { return hn::Abs(x.v); }
template <class T> HWY_INLINE Whole<T> abs(Whole<T> x) { return x < Whole<T>(0) ? -x : x; }
template <class T> HWY_INLINE Lanes<T> sqrt(Lanes<T> x) { return hn::Sqrt(x.v); }
template <class T> HWY_INLINE Lanes<T> floor(Lanes<T> x) { return hn::Floor(x.v); }
template <class T> HWY_INLINE Lanes<T> ceil(Lanes<T> x) { return hn::Ceil(x.v); }
template <class T> HWY_INLINE Lanes<T> round(Lanes<T> x) { return hn::Round(x.v); }
template <class T> HWY_INLINE Whole<T> floor(Whole<T> x) { return x; }
template <class T> HWY_INLINE Whole<T> ceil(Whole<T> x) { return x; }
template <class T> HWY_INLINE Whole<T> round(Whole<T> x) { return x; }

// Highway's functions, and around them what they leave open: arguments beyond their range.
template <class T> HWY_INLINE Lanes<T> exp(Lanes<T> x) {
  const Lanes<T> top(sizeof(T) == 4 ? 104 : 710);  // e^top is infinite
  const Lanes<T> y = hn::Exp(typename Lanes<T>::Tag(), select(x > top, top, x).v);
  return select(x == x, y, x);
}
template <class T> HWY_INLINE Lanes<T> expm1(Lanes<T> x) {
  const Lanes<T> top(sizeof(T) == 4 ? 104 : 710);
  const Lanes<T> y = hn::Expm1(typename Lanes<T>::Tag(), select(x > top, top, x).v);
  return select(x == Lanes<T>(0), x, y);  // -0 stays
}
// y, but log's answer where x is 0, negative or infinite.
template <class T> HWY_INLINE Lanes<T> with_log_edges(Lanes<T> x, Lanes<T> y) {
  const Lanes<T> zero(0), top(infinity);
  const Lanes<T> at_edge = select(x == zero, -top, select(x < zero, Lanes<T>(std::nan("")), x));
  return select(both(x > zero, x < top), y, at_edge);
}
template <class T> HWY_INLINE Lanes<T> log(Lanes<T> x) {
  return with_log_edges<T>(x, hn::Log(typename Lanes<T>::Tag(), x.v));
}
template <class T> HWY_INLINE Lanes<T> log1p(Lanes<T> x) {
  return with_log_edges<T>(x + Lanes<T>(1), hn::Log1p(typename Lanes<T>::Tag(), x.v));
}
template <class T> HWY_INLINE Lanes<T> tanh(Lanes<T> x) { return hn::Tanh(typename Lanes<T>::Tag(), x.v); }

// Highway's sine and cosine lose the argument's reduction beyond this.
template <class T> HWY_INLINE typename Lanes<T>::Mask reduces(Lanes<T> x) { return abs(x) < Lanes<T>(39000); }
struct StdSin {
  template <class T> T operator()(T x) const { return std::sin(x); }
};
struct StdCos {
  template <class T> T operator()(T x) const { return std::cos(x); }
};
template <class T> HWY_INLINE Lanes<T> sin(Lanes<T> x) {
  const typename Lanes<T>::Tag d;
  const auto small = reduces(x);
  const Lanes<T> y = select(x == Lanes<T>(0), x, Lanes<T>(hn::Sin(d, x.v)));  // -0 stays
  return hn::AllTrue(d, small) ? y : select(small, y, each_lane(StdSin(), x));
}
template <class T> HWY_INLINE Lanes<T> cos(Lanes<T> x) {
  const typename Lanes<T>::Tag d;
  const auto small = reduces(x);
  const Lanes<T> y = hn::Cos(d, x.v);
  return hn::AllTrue(d, small) ? y : select(small, y, each_lane(StdCos(), x));
}

struct StdErf {
  template <class T> T operator()(T x) const { return std::erf(x); }
};
template <class T> HWY_INLINE Lanes<T> erf(Lanes<T> x) { return each_lane(StdErf(), x); }

struct StdPow {
  template <class T> T operator()(T a, T b) const { return std::pow(a, b); }
};
template <class T> HWY_INLINE Lanes<T> pow(Lanes<T> a, Lanes<T> b) { return each_lane(StdPow(), a, b); }
// By squaring. A negative exponent gives the truncated quotient: 0, but for the bases 1 and -1.
template <class T> HWY_INLINE Whole<T> pow(Whole<T> base, Whole<T> exponent) {
  if (exponent.v < 0) return base.v == 1 ? 1 : base.v == -1 ? (exponent.v % 2 ? -1 : 1) : 0;
  Whole<T> result = 1;
  for (T n = exponent.v; n; n >>= 1, base = base * base)
    if (n & 1) result = result * base;
  return result;
}

struct StdFmod {
  template <class T> T operator()(T a, T b) const { return std::fmod(a, b); }
};
template <class T> HWY_INLINE Lanes<T> truncated_remainder(Lanes<T> a, Lanes<T> b) { return each_lane(StdFmod(), a, b); }
template <class T> HWY_INLINE Whole<T> truncated_remainder(Whole<T> a, Whole<T> b) {
  return b.v == 0 ? a.v : b.v == -1 ? T{0} : static_cast<T>(a.v % b.v);
}

template <class T, std::size_t n> HWY_INLINE Lanes<T> polynomial(const double (&c)[n], Lanes<T> x) {
  Lanes<T> y(c[0]);
  for (std::size_t i = 1; i < n; ++i) y = multiply_add(y, x, Lanes<T>(c[i]));
  return y;
}
// Giles, "Approximating the erfinv function" (2010), single precision.
HWY_INLINE Lanes<float> erf_inv(Lanes<float> x) {
  using V = Lanes<float>;
  constexpr double centre[] = {2.81022636e-08,  3.43273939e-07, -3.5233877e-06, -4.39150654e-06, 0.00021858087,
                               -0.00125372503, -0.00417768164, 0.246640727,     1.50140941};
  constexpr double tail[] = {-0.000200214257, 0.000100950558, 0.00134934322, -0.00367342844, 0.00573950773,
                             -0.0076224613,  0.00943887047,  1.00167406,    2.83297682};
  const V w = -log1p(-x * x);
  const V p = select(w < V(5), polynomial(centre, w - V(2.5)), polynomial(tail, sqrt(w) - V(3)));
  return select(abs(x) == V(1), x * V(infinity), p * x);
}
// The same in double precision.
HWY_INLINE Lanes<double> erf_inv(Lanes<double> x) {
  using V = Lanes<double>;
  constexpr double centre[] = {
      -3.6444120640178196996e-21, -1.685059138182016589e-19,   1.2858480715256400167e-18,  1.115787767802518096e-17,
      -1.333171662854620906e-16,  2.0972767875968561637e-17,   6.6376381343583238325e-15,  -4.0545662729752068639e-14,
      -8.1519341976054721522e-14, 2.6335093153082322977e-12,   -1.2975133253453532498e-11, -5.4154120542946279317e-11,
      1.051212273321532285e-09,   -4.1126339803469836976e-09,  -2.9070369957882005086e-08, 4.2347877827932403518e-07,
      -1.3654692000834678645e-06, -1.3882523362786468719e-05,  0.0001867342080340571352,   -0.00074070253416626697512,
      -0.0060336708714301490533,  0.24015818242558961693,      1.6536545626831027356};
  constexpr double middle[] = {
      2.2137376921775787049e-09,  9.0756561938885390979e-08,  -2.7517406297064545428e-07, 1.8239629214389227755e-08,
      1.5027403968909827627e-06,  -4.013867526981545969e-06,  2.9234449089955446044e-06,  1.2475304481671778723e-05,
      -4.7318229009055733981e-05, 6.8284851459573175448e-05,  2.4031110387097893999e-05,  -0.0003550375203628474796,
      0.00095328937973738049703,  -0.0016882755560235047313,  0.0024914420961078508066,   -0.0037512085075692412107,
      0.005370914553590063617,    1.0052589676941592334,      3.0838856104922207635};
  constexpr double tail[] = {
      -2.7109920616438573243e-11, -2.5556418169965252055e-10, 1.5076572693500548083e-09,  -3.7894654401267369937e-09,
      7.6157012080783393804e-09,  -1.4960026627149240478e-08, 2.9147953450901080826e-08,  -6.7711997758452339498e-08,
      2.2900482228026654717e-07,  -9.9298272942317002539e-07, 4.5260625972231537039e-06,  -1.9681778105531670567e-05,
      7.5995277030017761139e-05,  -0.00021503011930044477347, -0.00013871931833623122026, 1.0103004648645343977,
      4.8499064014085844221};
  const V w = -log1p(-x * x), root = sqrt(w);
  const V outer = select(w < V(16), polynomial(middle, root - V(3.25)), polynomial(tail, root - V(5)));
  const V p = select(w < V(6.25), polynomial(centre, w - V(3.125)), outer);
  return select(abs(x) == V(1), x * V(infinity), p * x);
}

}  // namespace ramie::kernels::HWY_NAMESPACE::math
HWY_AFTER_NAMESPACE();

#endif  // RAMIE_TENSOR_CPU_MATH_INL_H
