// The inverse of the error function on vectors, as XLA has it. Included once per instruction set.
#if defined(RAMIE_TENSOR_CPU_ERF_INV_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef RAMIE_TENSOR_CPU_ERF_INV_INL_H
#undef RAMIE_TENSOR_CPU_ERF_INV_INL_H
#else
#define RAMIE_TENSOR_CPU_ERF_INV_INL_H
#endif

#include <hwy/highway.h>

#include <hwy/contrib/math/math-inl.h>

#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numbers>

#include <ramie/tensor/ops/erf_inv_coefficients.h>

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
HWY_INLINE hn::Vec<D> polynomial(D d, hn::Vec<D> x, const std::array<hn::TFromD<D>, n>& coefficients) {
  auto p = hn::Set(d, coefficients[0]);
  for (std::size_t i = 1; i < n; ++i) p = fused(d, p, x, hn::Set(d, coefficients[i]));
  return p;
}

// erf_inv(x) / x as a function of w = -log(1 - x^2); the tail is rare in a vector of uniform numbers.
template <class D>
requires(sizeof(hn::TFromD<D>) == 4) HWY_INLINE hn::Vec<D> erf_inv_ratio(D d, hn::Vec<D> w) {
  static constexpr auto center = ErfInv<float>::center(), tail = ErfInv<float>::tail();
  const auto p = polynomial(d, hn::Sub(w, hn::Set(d, 2.5f)), center);
  const auto central = hn::Lt(w, hn::Set(d, 5.0f));
  if (HWY_LIKELY(hn::AllTrue(d, central))) return p;
  return hn::IfThenElse(central, p, polynomial(d, hn::Sub(hn::Sqrt(w), hn::Set(d, 3.0f)), tail));
}

template <class D>
requires(sizeof(hn::TFromD<D>) == 8) HWY_INLINE hn::Vec<D> erf_inv_ratio(D d, hn::Vec<D> w) {
  static constexpr auto center = ErfInv<double>::center();
  static constexpr auto middle = ErfInv<double>::middle();
  static constexpr auto tail = ErfInv<double>::tail();
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
  static constexpr std::array coefficients = {log_coefficients(0), log_coefficients(1), log_coefficients(2)};
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
  static constexpr auto numerator = Log1p<T>::numerator(), denominator = Log1p<T>::denominator();
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
