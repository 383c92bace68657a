// Values that a formula computes with: Lanes<T>, a Highway vector of floats or doubles, and Whole<T>, one
// integer. Both have the operators of a number, so that one template is the scalar and the vector version of
// a formula:
//
//   template <class V> HWY_INLINE V silu(V x) { return x / (V(1) + math::exp(-x)); }
//
// Included once for each instruction set, inside Highway's foreach_target.
#if defined(RAMIE_TENSOR_CPU_SIMD_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef RAMIE_TENSOR_CPU_SIMD_INL_H
#undef RAMIE_TENSOR_CPU_SIMD_INL_H
#else
#define RAMIE_TENSOR_CPU_SIMD_INL_H
#endif

#include <hwy/highway.h>

#include <algorithm>
#include <cstdint>
#include <type_traits>

#include <ramie/tensor/whole.h>

HWY_BEFORE_NAMESPACE();
namespace ramie::kernels::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

template <class T>
struct Lanes {
  using Tag = hn::ScalableTag<T>;
  using Mask = hn::Mask<Tag>;
  static constexpr std::int64_t count = hn::MaxLanes(Tag());

  hn::Vec<Tag> v;
  HWY_INLINE Lanes(hn::Vec<Tag> x) : v(x) {}
  HWY_INLINE explicit Lanes(double x) : v(hn::Set(Tag(), static_cast<T>(x))) {}

  friend HWY_INLINE Lanes operator+(Lanes a, Lanes b) { return hn::Add(a.v, b.v); }
  friend HWY_INLINE Lanes operator-(Lanes a, Lanes b) { return hn::Sub(a.v, b.v); }
  friend HWY_INLINE Lanes operator*(Lanes a, Lanes b) { return hn::Mul(a.v, b.v); }
  friend HWY_INLINE Lanes operator/(Lanes a, Lanes b) { return hn::Div(a.v, b.v); }
  friend HWY_INLINE Lanes operator-(Lanes a) { return hn::Neg(a.v); }
  friend HWY_INLINE Mask operator==(Lanes a, Lanes b) { return hn::Eq(a.v, b.v); }
  friend HWY_INLINE Mask operator!=(Lanes a, Lanes b) {
    return hn::Not(a == b);
  }  // true of NaN; not all Ne are
  friend HWY_INLINE Mask operator<(Lanes a, Lanes b) { return hn::Lt(a.v, b.v); }
  friend HWY_INLINE Mask operator<=(Lanes a, Lanes b) { return hn::Le(a.v, b.v); }
  friend HWY_INLINE Mask operator>(Lanes a, Lanes b) { return hn::Gt(a.v, b.v); }
  friend HWY_INLINE Mask operator>=(Lanes a, Lanes b) { return hn::Ge(a.v, b.v); }
};

template <class T>
using ValueOf = std::conditional_t<std::is_floating_point_v<T>, Lanes<T>, Whole<T>>;

// ---- memory ----------------------------------------------------------------------------------------------

template <class V, class T>
HWY_INLINE V splat(T x) {
  if constexpr (std::is_integral_v<T>)
    return V(x);
  else
    return hn::Set(typename V::Tag(), x);
}
template <class V, class T>
HWY_INLINE V load(const T* p) {
  if constexpr (std::is_integral_v<T>)
    return V(*p);
  else
    return hn::LoadU(typename V::Tag(), p);
}
template <class T>
HWY_INLINE void store(Lanes<T> x, T* p) {
  hn::StoreU(x.v, typename Lanes<T>::Tag(), p);
}
template <class T>
HWY_INLINE void store(Whole<T> x, T* p) {
  *p = x.v;
}
// A mask becomes one byte for each lane, 0 or 1.
template <class T>
HWY_INLINE void store_mask(hn::Mask<hn::ScalableTag<T>> m, std::uint8_t* p) {
  const hn::ScalableTag<T> d;
  const hn::Rebind<std::int32_t, decltype(d)> di;
  const hn::Rebind<std::uint8_t, decltype(d)> db;
  const auto ones = hn::IfThenElseZero(m, hn::Set(d, T{1}));
  if constexpr (sizeof(T) == 4)
    hn::StoreU(hn::DemoteTo(db, hn::ConvertTo(di, ones)), db, p);
  else
    hn::StoreU(hn::DemoteTo(db, hn::DemoteTo(di, ones)), db, p);
}

// The first n < count lanes, the others 0: the same arithmetic for whole vectors and for the rest of a row,
// so that bits do not depend on where a row was cut.
template <class V, class T>
HWY_INLINE V load_some(const T* p, std::int64_t n) {
  const typename V::Tag d;
#if HWY_ARCH_X86 && HWY_TARGET <= HWY_AVX2
  return hn::MaskedLoad(hn::FirstN(d, static_cast<std::size_t>(n)), d, p);
#else
  HWY_ALIGN T buffer[V::count] = {};
  for (std::int64_t i = 0; i < n; ++i) buffer[i] = p[i];
  return hn::Load(d, buffer);
#endif
}
template <class T>
HWY_INLINE void store_some(Lanes<T> x, T* p, std::int64_t n) {
  const typename Lanes<T>::Tag d;
#if HWY_ARCH_X86 && HWY_TARGET <= HWY_AVX2
  hn::BlendedStore(x.v, hn::FirstN(d, static_cast<std::size_t>(n)), d, p);
#else
  HWY_ALIGN T buffer[Lanes<T>::count];
  hn::Store(x.v, d, buffer);
  for (std::int64_t i = 0; i < n; ++i) p[i] = buffer[i];
#endif
}

// f on each lane, for what has no vector version.
template <class T, class F, class... V>
HWY_INLINE Lanes<T> each_lane(F f, Lanes<T> x, V... more) {
  const typename Lanes<T>::Tag d;
  constexpr std::size_t n = 1 + sizeof...(V);
  HWY_ALIGN T a[n][Lanes<T>::count];
  std::size_t k = 0;
  hn::Store(x.v, d, a[k++]);
  (hn::Store(more.v, d, a[k++]), ...);
  for (std::int64_t i = 0; i < Lanes<T>::count; ++i) {
    if constexpr (n == 1)
      a[0][i] = f(a[0][i]);
    else
      a[0][i] = f(a[0][i], a[n - 1][i]);
  }
  return hn::Load(d, a[0]);
}

// ---- choices ---------------------------------------------------------------------------------------------

template <class T>
HWY_INLINE Lanes<T> select(typename Lanes<T>::Mask m, Lanes<T> a, Lanes<T> b) {
  return hn::IfThenElse(m, a.v, b.v);
}
template <class M>
HWY_INLINE M both(M a, M b) {
  if constexpr (std::is_same_v<M, bool>)
    return a & b;
  else
    return hn::And(a, b);
}
template <class M>
HWY_INLINE M either(M a, M b) {
  if constexpr (std::is_same_v<M, bool>)
    return a | b;
  else
    return hn::Or(a, b);
}
template <class T>
HWY_INLINE Lanes<T> multiply_add(Lanes<T> a, Lanes<T> b, Lanes<T> c) {  // a b + c, rounded once
  return hn::MulAdd(a.v, b.v, c.v);
}

}  // namespace ramie::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // RAMIE_TENSOR_CPU_SIMD_INL_H
