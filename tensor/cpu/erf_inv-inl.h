// The inverse of the error function on vectors: Giles' polynomials ("Approximating the erfinv function",
// 2010), as in XLA. Included once per instruction set.
#if defined(RAMIE_TENSOR_CPU_ERF_INV_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef RAMIE_TENSOR_CPU_ERF_INV_INL_H
#undef RAMIE_TENSOR_CPU_ERF_INV_INL_H
#else
#define RAMIE_TENSOR_CPU_ERF_INV_INL_H
#endif

#include <hwy/highway.h>

#include <hwy/contrib/math/math-inl.h>

#include <cmath>
#include <cstddef>
#include <limits>
#include <numbers>

HWY_BEFORE_NAMESPACE();
namespace ramie::kernels::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// a * b + c, rounded once on every instruction set: XLA contracts it, and the bits show.
template <class D>
HWY_INLINE hn::Vec<D> fused(D d, hn::Vec<D> a, hn::Vec<D> b, hn::Vec<D> c) {
#if HWY_NATIVE_FMA
  (void)d;
  return hn::MulAdd(a, b, c);
#else
  HWY_ALIGN hn::TFromD<D> x[3][hn::MaxLanes(d)];
  hn::Store(a, d, x[0]);
  hn::Store(b, d, x[1]);
  hn::Store(c, d, x[2]);
  for (std::size_t i = 0; i < hn::Lanes(d); ++i) x[0][i] = std::fma(x[0][i], x[1][i], x[2][i]);
  return hn::Load(d, x[0]);
#endif
}

// The highest coefficient first.
template <class D, std::size_t n>
HWY_INLINE hn::Vec<D> polynomial(D d, hn::Vec<D> x, const hn::TFromD<D> (&coefficients)[n]) {
  auto p = hn::Set(d, coefficients[0]);
  for (std::size_t i = 1; i < n; ++i) p = fused(d, p, x, hn::Set(d, coefficients[i]));
  return p;
}

// erf_inv(x) / x as a function of w = -log(1 - x^2); the tail is rare in a vector of uniform numbers.
template <class D>
requires(sizeof(hn::TFromD<D>) == 4) HWY_INLINE hn::Vec<D> erf_inv_ratio(D d, hn::Vec<D> w) {
  constexpr float center[] = {2.81022636e-08f,  3.43273939e-07f, -3.5233877e-06f,
                              -4.39150654e-06f, 0.00021858087f,  -0.00125372503f,
                              -0.00417768164f,  0.246640727f,    1.50140941f};
  constexpr float tail[] = {-0.000200214257f, 0.000100950558f, 0.00134934322f,
                            -0.00367342844f,  0.00573950773f,  -0.0076224613f,
                            0.00943887047f,   1.00167406f,     2.83297682f};
  const auto p = polynomial(d, hn::Sub(w, hn::Set(d, 2.5f)), center);
  const auto central = hn::Lt(w, hn::Set(d, 5.0f));
  if (HWY_LIKELY(hn::AllTrue(d, central))) return p;
  return hn::IfThenElse(central, p, polynomial(d, hn::Sub(hn::Sqrt(w), hn::Set(d, 3.0f)), tail));
}

template <class D>
requires(sizeof(hn::TFromD<D>) == 8) HWY_INLINE hn::Vec<D> erf_inv_ratio(D d, hn::Vec<D> w) {
  constexpr double center[] = {
      -3.6444120640178196996e-21, -1.685059138182016589e-19,  1.2858480715256400167e-18,
      1.115787767802518096e-17,   -1.333171662854620906e-16,  2.0972767875968561637e-17,
      6.6376381343583238325e-15,  -4.0545662729752068639e-14, -8.1519341976054721522e-14,
      2.6335093153082322977e-12,  -1.2975133253453532498e-11, -5.4154120542946279317e-11,
      1.051212273321532285e-09,   -4.1126339803469836976e-09, -2.9070369957882005086e-08,
      4.2347877827932403518e-07,  -1.3654692000834678645e-06, -1.3882523362786468719e-05,
      0.0001867342080340571352,   -0.00074070253416626697512, -0.0060336708714301490533,
      0.24015818242558961693,     1.6536545626831027356};
  constexpr double middle[] = {
      2.2137376921775787049e-09, 9.0756561938885390979e-08, -2.7517406297064545428e-07,
      1.8239629214389227755e-08, 1.5027403968909827627e-06, -4.013867526981545969e-06,
      2.9234449089955446044e-06, 1.2475304481671778723e-05, -4.7318229009055733981e-05,
      6.8284851459573175448e-05, 2.4031110387097893999e-05, -0.0003550375203628474796,
      0.00095328937973738049703, -0.0016882755560235047313, 0.0024914420961078508066,
      -0.0037512085075692412107, 0.005370914553590063617,   1.0052589676941592334,
      3.0838856104922207635};
  constexpr double tail[] = {
      -2.7109920616438573243e-11, -2.5556418169965252055e-10, 1.5076572693500548083e-09,
      -3.7894654401267369937e-09, 7.6157012080783393804e-09,  -1.4960026627149240478e-08,
      2.9147953450901080826e-08,  -6.7711997758452339498e-08, 2.2900482228026654717e-07,
      -9.9298272942317002539e-07, 4.5260625972231537039e-06,  -1.9681778105531670567e-05,
      7.5995277030017761139e-05,  -0.00021503011930044477347, -0.00013871931833623122026,
      1.0103004648645343977,      4.8499064014085844221};
  const auto p = polynomial(d, hn::Sub(w, hn::Set(d, 3.125)), center);
  const auto central = hn::Lt(w, hn::Set(d, 6.25));
  if (HWY_LIKELY(hn::AllTrue(d, central))) return p;
  const auto root = hn::Sqrt(w);
  const auto far =
      hn::IfThenElse(hn::Lt(w, hn::Set(d, 16.0)), polynomial(d, hn::Sub(root, hn::Set(d, 3.25)), middle),
                     polynomial(d, hn::Sub(root, hn::Set(d, 5.0)), tail));
  return hn::IfThenElse(central, p, far);
}

// log(x) of a positive normal number, as in Cephes: the bits of XLA's.
template <class D>
requires(sizeof(hn::TFromD<D>) == 4) HWY_INLINE hn::Vec<D> log_positive(D d, hn::Vec<D> x) {
  constexpr float coefficients[3][3] = {{7.0376836292e-2f, -1.1514610310e-1f, 1.1676998740e-1f},
                                        {-1.2420140846e-1f, 1.4249322787e-1f, -1.6668057665e-1f},
                                        {2.0000714765e-1f, -2.4999993993e-1f, 3.3333331174e-1f}};
  const hn::RebindToSigned<D> di;
  const auto one = hn::Set(d, 1.0f), half = hn::Set(d, 0.5f);
  const auto bits = hn::BitCast(di, x);
  auto e = hn::ConvertTo(d, hn::Sub(hn::ShiftRight<23>(bits), hn::Set(di, 126)));
  auto m = hn::BitCast(d, hn::Or(hn::And(bits, hn::Set(di, 0x7fffff)), hn::BitCast(di, half)));
  const auto low = hn::Lt(m, hn::Set(d, std::numbers::sqrt2_v<float> / 2));
  e = hn::Sub(e, hn::IfThenElseZero(low, one));
  m = hn::Add(hn::Sub(m, one), hn::IfThenElseZero(low, m));
  const auto m2 = hn::Mul(m, m), m3 = hn::Mul(m2, m);
  auto y = polynomial(d, m, coefficients[0]);
  y = fused(d, y, m3, polynomial(d, m, coefficients[1]));
  y = fused(d, y, m3, polynomial(d, m, coefficients[2]));
  y = fused(d, y, m3, hn::Mul(e, hn::Set(d, -2.12194440e-4f)));
  const auto sum = hn::Add(fused(d, m2, hn::Neg(half), m), y);
  return fused(d, e, hn::Set(d, 0.693359375f), sum);
}
template <class D>
requires(sizeof(hn::TFromD<D>) == 8) HWY_INLINE hn::Vec<D> log_positive(D d, hn::Vec<D> x) {
  return hn::Log(d, x);
}

// log(1 + x) by the rational function of Moshier's Cephes library near 0. XLA uses it down to x = 1 -
// sqrt(2), where it is 17 ulp off in float64: so are JAX's normal numbers, and these with them.
template <class D>
HWY_INLINE hn::Vec<D> log1p(D d, hn::Vec<D> x) {
  using T = hn::TFromD<D>;
  constexpr T numerator[] = {
      static_cast<T>(4.5270000862445199635215E-5), static_cast<T>(4.9854102823193375972212E-1),
      static_cast<T>(6.5787325942061044846969E0),  static_cast<T>(2.9911919328553073277375E1),
      static_cast<T>(6.0949667980987787057556E1),  static_cast<T>(5.7112963590585538103336E1),
      static_cast<T>(2.0039553499201281259648E1)};
  constexpr T denominator[] = {static_cast<T>(1),
                               static_cast<T>(1.5062909083469192043167E1),
                               static_cast<T>(8.3047565967967209469434E1),
                               static_cast<T>(2.2176239823732856465394E2),
                               static_cast<T>(3.0909872225312059774938E2),
                               static_cast<T>(2.1642788614495947685003E2),
                               static_cast<T>(6.0118660497603843919306E1)};
  const auto x2 = hn::Mul(x, x);
  const auto cubic =
      hn::Mul(hn::Mul(x, x2), hn::Div(polynomial(d, x, numerator), polynomial(d, x, denominator)));
  const auto near = hn::Add(x, fused(d, hn::Set(d, T{-0.5}), x2, cubic));
  const auto small = hn::Lt(hn::Abs(x), hn::Set(d, std::numbers::sqrt2_v<T> - 1));
  return hn::IfThenElse(small, near, log_positive(d, hn::Add(x, hn::Set(d, T{1}))));
}

// For x in [-1, 1]; infinite at the ends.
template <class D>
HWY_INLINE hn::Vec<D> erf_inv(D d, hn::Vec<D> x) {
  using T = hn::TFromD<D>;
  const auto w = hn::Neg(log1p(d, hn::Neg(hn::Mul(x, x))));
  const auto y = hn::Mul(x, erf_inv_ratio(d, w));
  const auto infinite = hn::CopySign(hn::Set(d, std::numeric_limits<T>::infinity()), x);
  return hn::IfThenElse(hn::Eq(hn::Abs(x), hn::Set(d, T{1})), infinite, y);
}

}  // namespace ramie::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
