#include <ramie/tensor/cpu/half_rows.h>

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ramie/tensor/cpu/half_rows.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace ramie::kernels::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;
using Floats = hn::ScalableTag<float>;
using Words = hn::Rebind<std::uint32_t, Floats>;
using ShortWords = hn::Rebind<std::uint16_t, Floats>;
using Halves = hn::Rebind<hwy::float16_t, Floats>;
constexpr std::int64_t lanes = hn::MaxLanes(Floats());

// Without an instruction for it Highway rounds float16 otherwise than Half does.
#if HWY_TARGET == HWY_SCALAR || HWY_TARGET == HWY_EMU128 || (HWY_ARCH_X86 && HWY_TARGET > HWY_AVX2)
void convert_lanes(float* y, const Half* x) { std::copy_n(x, lanes, y); }
void convert_lanes(Half* y, const float* x) {
  for (std::int64_t i = 0; i < lanes; ++i) y[i] = Half(x[i]);
}
#else
HWY_INLINE void convert_lanes(float* y, const Half* x) {
  hn::StoreU(hn::PromoteTo(Floats(), hn::LoadU(Halves(), reinterpret_cast<const hwy::float16_t*>(x))),
             Floats(), y);
}
HWY_INLINE void convert_lanes(Half* y, const float* x) {
  hn::StoreU(hn::DemoteTo(Halves(), hn::LoadU(Floats(), x)), Halves(), reinterpret_cast<hwy::float16_t*>(y));
}
#endif

HWY_INLINE void convert_lanes(float* y, const std::uint8_t* x) {
  const hn::Rebind<std::int32_t, Floats> integers;
  const hn::Rebind<std::uint8_t, Floats> bytes;
  hn::StoreU(hn::ConvertTo(Floats(), hn::PromoteTo(integers, hn::LoadU(bytes, x))), Floats(), y);
}
HWY_INLINE void convert_lanes(float* y, const BFloat16* x) {
  const auto bits = hn::PromoteTo(Words(), hn::LoadU(ShortWords(), &x->bits));
  hn::StoreU(hn::BitCast(Floats(), hn::ShiftLeft<16>(bits)), Floats(), y);
}
// To nearest, ties to even, by carrying into the upper half; NaN stays NaN.
HWY_INLINE void convert_lanes(BFloat16* y, const float* x) {
  const auto v = hn::LoadU(Floats(), x);
  const auto bits = hn::BitCast(Words(), v), upper = hn::ShiftRight<16>(bits);
  const auto odd = hn::And(upper, hn::Set(Words(), 1));
  const auto rounded = hn::ShiftRight<16>(hn::Add(bits, hn::Add(odd, hn::Set(Words(), 0x7fff))));
  const auto nan = hn::RebindMask(Words(), hn::Not(hn::Eq(v, v)));
  const auto result = hn::IfThenElse(nan, hn::Or(upper, hn::Set(Words(), 0x40)), rounded);
  hn::StoreU(hn::TruncateTo(ShortWords(), result), ShortWords(), &y->bits);
}

template <class To, class From>
void convert_row(std::int64_t n, To* y, const From* x) {
  std::int64_t i = 0;
  for (; i + lanes <= n; i += lanes) convert_lanes(y + i, x + i);
  if (i == n) return;
  From rest[lanes] = {};
  To converted[lanes];
  std::copy_n(x + i, n - i, rest);
  convert_lanes(converted, rest);
  std::copy_n(converted, n - i, y + i);
}
void widen_half(std::int64_t n, float* y, const Half* x) { convert_row(n, y, x); }
void widen_bfloat(std::int64_t n, float* y, const BFloat16* x) { convert_row(n, y, x); }
void widen_bytes(std::int64_t n, float* y, const std::uint8_t* x) { convert_row(n, y, x); }
void narrow_half(std::int64_t n, Half* y, const float* x) { convert_row(n, y, x); }
void narrow_bfloat(std::int64_t n, BFloat16* y, const float* x) { convert_row(n, y, x); }

}  // namespace ramie::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ramie::kernels {

HWY_EXPORT(widen_half);
HWY_EXPORT(widen_bfloat);
HWY_EXPORT(widen_bytes);
HWY_EXPORT(narrow_half);
HWY_EXPORT(narrow_bfloat);
void widen(std::int64_t n, float* y, const Half* x) noexcept { HWY_DYNAMIC_DISPATCH(widen_half)(n, y, x); }
void widen(std::int64_t n, float* y, const BFloat16* x) noexcept {
  HWY_DYNAMIC_DISPATCH(widen_bfloat)(n, y, x);
}
void widen(std::int64_t n, float* y, const std::uint8_t* x) noexcept {
  HWY_DYNAMIC_DISPATCH(widen_bytes)(n, y, x);
}
void narrow(std::int64_t n, Half* y, const float* x) noexcept { HWY_DYNAMIC_DISPATCH(narrow_half)(n, y, x); }
void narrow(std::int64_t n, BFloat16* y, const float* x) noexcept {
  HWY_DYNAMIC_DISPATCH(narrow_bfloat)(n, y, x);
}

}  // namespace ramie::kernels
#endif
