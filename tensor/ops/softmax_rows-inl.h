// Sums over one row, for softmax and its losses. Included once per instruction set.
#if defined(RAMIE_TENSOR_OPS_SOFTMAX_ROWS_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef RAMIE_TENSOR_OPS_SOFTMAX_ROWS_INL_H
#undef RAMIE_TENSOR_OPS_SOFTMAX_ROWS_INL_H
#else
#define RAMIE_TENSOR_OPS_SOFTMAX_ROWS_INL_H
#endif

#include <hwy/contrib/math/math-inl.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include <ramie/tensor/cpu/simd-inl.h>
#include <ramie/tensor/ops/softmax.h>

HWY_BEFORE_NAMESPACE();
namespace ramie::kernels::HWY_NAMESPACE {

// exp for x <= 0, -inf or NaN; the last stays.
template <class T>
HWY_INLINE Lanes<T> exp_shifted(Lanes<T> x) {
  return hn::IfThenElse(hn::IsNaN(x.v), x.v, hn::Exp(typename Lanes<T>::Tag(), x.v));
}

// row(pointers to row r of each view..., its length) in the views' dtype, for the rows begin..end-1.
template <class Row, class... V>
HWY_INLINE void for_rows(Row row, const Rows& rows, std::int64_t begin, std::int64_t end, View first,
                         V... more) {
  const auto run = [&]<class T>(Type<T>) HWY_ATTR {
    const auto at = [&](View v, std::int64_t r) { return v.as<T>() + r * (v.size() / rows.count); };
    for (std::int64_t r = begin; r < end; ++r) row(at(first, r), at(more, r)..., rows.length);
  };
  if (first.layout->dtype == float64)
    run(Type<double>());
  else
    run(Type<float>());
}

// f(first index, how many lanes count) for each vector of a row.
template <class T, class F>
HWY_INLINE void for_vectors(std::int64_t n, const F& f) {
  std::int64_t i = 0;
  for (; i + Lanes<T>::count <= n; i += Lanes<T>::count) f(i, Lanes<T>::count);
  if (i < n) f(i, n - i);
}
template <class T>
HWY_INLINE Lanes<T> load_lanes(const T* p, std::int64_t lanes) {
  return lanes == Lanes<T>::count ? load<Lanes<T>>(p) : load_some<Lanes<T>>(p, lanes);
}
template <class T>
HWY_INLINE void store_lanes(Lanes<T> y, T* p, std::int64_t lanes) {
  if (lanes == Lanes<T>::count)
    store(y, p);
  else
    store_some(y, p, lanes);
}
template <class T>
HWY_INLINE Lanes<T> all_lanes(T x) {
  return hn::Set(typename Lanes<T>::Tag(), x);
}
// The first `lanes` of x, the others zero: padding takes no part in a sum.
template <class T>
HWY_INLINE Lanes<T> only(Lanes<T> x, std::int64_t lanes) {
  if (lanes == Lanes<T>::count) return x;
  return hn::IfThenElseZero(hn::FirstN(typename Lanes<T>::Tag(), static_cast<std::size_t>(lanes)), x.v);
}
template <class T>
HWY_INLINE T total(Lanes<T> x) {
  const typename Lanes<T>::Tag d;
  return hn::GetLane(hn::SumOfLanes(d, x.v));
}

// The largest number of a row; -inf for an empty one. NaN may be left out: the sums keep it.
template <class T>
HWY_INLINE T row_max(const T* x, std::int64_t n) {
  const typename Lanes<T>::Tag d;
  const auto least = hn::Set(d, -std::numeric_limits<T>::infinity());
  auto m = least;
  for_vectors<T>(n, [&](std::int64_t i, std::int64_t lanes) HWY_ATTR {
    const auto v = load_lanes(x + i, lanes).v;
    const bool whole = lanes == Lanes<T>::count;
    m = hn::Max(whole ? v : hn::IfThenElse(hn::FirstN(d, static_cast<std::size_t>(lanes)), v, least), m);
  });
  return hn::GetLane(hn::MaxOfLanes(d, m));
}

// The sum of exp(x - shift).
template <class T>
HWY_INLINE T row_exp_sum(const T* x, std::int64_t n, T shift) {
  const auto s = all_lanes(shift);
  Lanes<T> sum(0.0);
  for_vectors<T>(n, [&](std::int64_t i, std::int64_t lanes)
                        HWY_ATTR { sum = sum + only(exp_shifted(load_lanes(x + i, lanes) - s), lanes); });
  return total(sum);
}

// log(sum(exp(x))). An infinite maximum is not subtracted: inf - inf would be NaN.
template <class T>
HWY_INLINE T row_logsumexp(const T* x, std::int64_t n) {
  const T m = row_max(x, n);
  if (m == std::numeric_limits<T>::infinity()) {
    return std::any_of(x, x + n, [](T v) { return std::isnan(v); }) ? std::numeric_limits<T>::quiet_NaN() : m;
  }
  const T shift = std::isfinite(m) ? m : T{0};
  return shift + std::log(row_exp_sum(x, n, shift));
}

}  // namespace ramie::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
