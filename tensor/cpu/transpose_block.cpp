#include <ramie/tensor/cpu/transpose_block.h>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ramie/tensor/cpu/transpose_block.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace ramie::kernels::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;
constexpr std::int64_t side = block_size<std::uint32_t>;

#if HWY_TARGET == HWY_SCALAR
void transpose(std::uint32_t* y, std::int64_t y_stride, const std::uint32_t* x, std::int64_t x_stride) {
  for (std::int64_t i = 0; i < side; ++i)
    for (std::int64_t j = 0; j < side; ++j) y[i * y_stride + j] = x[j * x_stride + i];
}
#else
// Four rows of four words become columns: pairs of words first, then pairs of pairs.
HWY_INLINE void transpose_four(std::uint32_t* y, std::int64_t y_stride, const std::uint32_t* x,
                               std::int64_t x_stride) {
  const hn::Full128<std::uint32_t> d;
  const hn::Full128<std::uint64_t> dd;
  const auto a = hn::LoadU(d, x), b = hn::LoadU(d, x + x_stride);
  const auto c = hn::LoadU(d, x + 2 * x_stride), e = hn::LoadU(d, x + 3 * x_stride);
  const auto ab = hn::BitCast(dd, hn::InterleaveLower(d, a, b)),
             ce = hn::BitCast(dd, hn::InterleaveLower(d, c, e));
  hn::StoreU(hn::BitCast(d, hn::InterleaveLower(dd, ab, ce)), d, y);
  hn::StoreU(hn::BitCast(d, hn::InterleaveUpper(dd, ab, ce)), d, y + y_stride);
  const auto ab2 = hn::BitCast(dd, hn::InterleaveUpper(d, a, b)),
             ce2 = hn::BitCast(dd, hn::InterleaveUpper(d, c, e));
  hn::StoreU(hn::BitCast(d, hn::InterleaveLower(dd, ab2, ce2)), d, y + 2 * y_stride);
  hn::StoreU(hn::BitCast(d, hn::InterleaveUpper(dd, ab2, ce2)), d, y + 3 * y_stride);
}
void transpose(std::uint32_t* y, std::int64_t y_stride, const std::uint32_t* x, std::int64_t x_stride) {
  HWY_ALIGN std::uint32_t tile[side * side];  // strides of powers of two would fight for places in the cache
  const hn::Full128<std::uint32_t> d;
  for (std::int64_t j = 0; j < side; ++j)
    for (std::int64_t i = 0; i < side; i += 4)
      hn::Store(hn::LoadU(d, x + j * x_stride + i), d, tile + j * side + i);
  for (std::int64_t i = 0; i < side; i += 4)
    for (std::int64_t j = 0; j < side; j += 4)
      transpose_four(y + i * y_stride + j, y_stride, tile + j * side + i, side);
}
#endif

}  // namespace ramie::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ramie::kernels {

HWY_EXPORT(transpose);
void transpose_words(std::uint32_t* y, std::int64_t y_stride, const std::uint32_t* x,
                     std::int64_t x_stride) noexcept {
  HWY_DYNAMIC_DISPATCH(transpose)(y, y_stride, x, x_stride);
}

}  // namespace ramie::kernels
#endif
