// Threefry2x32 on vectors: lane k of a vector that starts at element i is block i + k. Included once per
// instruction set.
#if defined(RAMIE_TENSOR_OPS_THREEFRY_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef RAMIE_TENSOR_OPS_THREEFRY_INL_H
#undef RAMIE_TENSOR_OPS_THREEFRY_INL_H
#else
#define RAMIE_TENSOR_OPS_THREEFRY_INL_H
#endif

#include <hwy/highway.h>

#include <algorithm>

#include <ramie/tensor/ops/threefry.h>

HWY_BEFORE_NAMESPACE();
namespace ramie::kernels::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

template <class V>
struct WordVectors {
  V first, second;
};

template <int bits, class V>
HWY_INLINE void threefry_round(V& a, V& b) {
  a = hn::Add(a, b);
  b = hn::Xor(hn::RotateRight<32 - bits>(b), a);
}
template <int r0, int r1, int r2, int r3, class D, class V>
HWY_INLINE void threefry_group(D d, V& a, V& b, std::uint32_t a_key, std::uint32_t b_key) {
  threefry_round<r0>(a, b);
  threefry_round<r1>(a, b);
  threefry_round<r2>(a, b);
  threefry_round<r3>(a, b);
  a = hn::Add(a, hn::Set(d, a_key));
  b = hn::Add(b, hn::Set(d, b_key));
}

// The hashes of the blocks i, i + 1, ...
template <class D>
HWY_INLINE WordVectors<hn::Vec<D>> threefry_blocks(D d, Words key, std::int64_t i) {
  const std::uint32_t third = key.first ^ key.second ^ 0x1bd11bdau;
  const auto low = hn::Set(d, static_cast<std::uint32_t>(i));
  auto b = hn::Add(low, hn::Iota(d, 0));
  const auto carry = hn::VecFromMask(d, hn::Lt(b, low));  // all ones, so subtracting it adds one
  auto a = hn::Sub(hn::Set(d, static_cast<std::uint32_t>(i >> 32)), carry);
  a = hn::Add(a, hn::Set(d, key.first));
  b = hn::Add(b, hn::Set(d, key.second));
  threefry_group<13, 15, 26, 6>(d, a, b, key.second, third + 1);
  threefry_group<17, 29, 16, 24>(d, a, b, third, key.first + 2);
  threefry_group<13, 15, 26, 6>(d, a, b, key.first, key.second + 3);
  threefry_group<17, 29, 16, 24>(d, a, b, key.second, third + 4);
  threefry_group<13, 15, 26, 6>(d, a, b, third, key.first + 5);
  return {a, b};
}

// Random bits of the elements i, i + 1, ...: one unsigned integer of the tag's width in each lane.
template <class D>
requires(sizeof(hn::TFromD<D>) == 4) HWY_INLINE hn::Vec<D> bits_at(D d, Words key, std::int64_t i) {
  const auto words = threefry_blocks(d, key, i);
  return hn::Xor(words.first, words.second);
}
template <class D>
requires(sizeof(hn::TFromD<D>) == 8) HWY_INLINE hn::Vec<D> bits_at(D d, Words key, std::int64_t i) {
  const auto words = threefry_blocks(hn::Rebind<std::uint32_t, D>(), key, i);
  return hn::Or(hn::ShiftLeft<32>(hn::PromoteTo(d, words.first)), hn::PromoteTo(d, words.second));
}

// out[i - begin] = f(i)'s lanes for all i in [begin, end); the last vector is the same code as the others.
template <class D, class F>
HWY_INLINE void fill_vectors(D d, std::int64_t begin, std::int64_t end, hn::TFromD<D>* out, const F& f) {
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  std::int64_t i = begin;
  for (; i + lanes <= end; i += lanes, out += lanes) hn::StoreU(f(i), d, out);
  if (i == end) return;
  HWY_ALIGN hn::TFromD<D> last[hn::MaxLanes(d)];
  hn::Store(f(i), d, last);
  std::copy_n(last, end - i, out);
}

}  // namespace ramie::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
