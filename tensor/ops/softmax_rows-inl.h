// Sums over one row, for softmax and its losses. Included once per instruction set.
#if defined(RAMIE_TENSOR_OPS_SOFTMAX_ROWS_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef RAMIE_TENSOR_OPS_SOFTMAX_ROWS_INL_H
#undef RAMIE_TENSOR_OPS_SOFTMAX_ROWS_INL_H
#else
#define RAMIE_TENSOR_OPS_SOFTMAX_ROWS_INL_H
#endif

#include <hwy/contrib/math/math-inl.h>

#include <cmath>
#include <limits>

#include <ramie/tensor/cpu/simd-inl.h>

HWY_BEFORE_NAMESPACE();
namespace ramie::kernels::HWY_NAMESPACE {

// exp for x <= 0, -inf or NaN; the last stays.
template <class T> HWY_INLINE Lanes<T> exp_shifted(Lanes<T> x) {
  return hn::IfThenElse(hn::IsNaN(x.v), x.v, hn::Exp(typename Lanes<T>::Tag(), x.v));
}

// f(x's vector, its first index, how many of its lanes count) for the whole row.
template <class T, class F> HWY_INLINE void for_row(const T* x, std::int64_t n, const F& f) {
  using V = Lanes<T>;
  std::int64_t i = 0;
  for (; i + V::count <= n; i += V::count) f(load<V>(x + i), i, V::count);
  if (i < n) f(load_some<V>(x + i, n - i), i, n - i);
}
template <class T> HWY_INLINE void store_row(Lanes<T> y, T* p, std::int64_t lanes) {
  if (lanes == Lanes<T>::count) store(y, p);
  else store_some(y, p, lanes);
}
// The first `lanes` of x, the others zero: padding takes no part in a sum.
template <class T> HWY_INLINE Lanes<T> only(Lanes<T> x, std::int64_t lanes) {
  if (lanes == Lanes<T>::count) return x;
  return hn::IfThenElseZero(hn::FirstN(typename Lanes<T>::Tag(), static_cast<std::size_t>(lanes)), x.v);
}
template <class T> HWY_INLINE T total(Lanes<T> x) {
  const typename Lanes<T>::Tag d;
  return hn::GetLane(hn::SumOfLanes(d, x.v));
}

// The largest number of a row; -inf for an empty one. NaN may be left out: the sums keep it.
template <class T> HWY_INLINE T row_max(const T* x, std::int64_t n) {
  const typename Lanes<T>::Tag d;
  const auto least = hn::Set(d, -std::numeric_limits<T>::infinity());
  auto m = least;
  for_row(x, n, [&](Lanes<T> v, std::int64_t, std::int64_t lanes) HWY_ATTR {
    if (lanes < Lanes<T>::count) v = hn::IfThenElse(hn::FirstN(d, static_cast<std::size_t>(lanes)), v.v, least);
    m = hn::Max(v.v, m);
  });
  return hn::GetLane(hn::MaxOfLanes(d, m));
}

// The sum of exp(x - shift).
template <class T> HWY_INLINE T row_exp_sum(const T* x, std::int64_t n, T shift) {
  Lanes<T> sum(0.0);
  const Lanes<T> s(hn::Set(typename Lanes<T>::Tag(), shift));
  for_row(x, n, [&](Lanes<T> v, std::int64_t, std::int64_t lanes) HWY_ATTR { sum = sum + only(exp_shifted(v - s), lanes); });
  return total(sum);
}

// log(sum(exp(x))). An infinite maximum is not subtracted: inf - inf is NaN.
template <class T> HWY_INLINE T row_logsumexp(const T* x, std::int64_t n) {
  const T m = row_max(x, n);
  if (m == std::numeric_limits<T>::infinity()) return m + T{0} * row_exp_sum(x, n, std::numeric_limits<T>::max());
  const T shift = std::isfinite(m) ? m : T{0};
  return shift + std::log(row_exp_sum(x, n, shift));
}

}  // namespace ramie::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
