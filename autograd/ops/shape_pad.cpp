#include <ramie/autograd/ops/shape_pad.h>

#include <fmt/format.h>

#include <ramie/autograd/ops/elementwise.h>
#include <ramie/autograd/ops/index.h>
#include <ramie/tensor/create.h>
#include <ramie/tensor/error.h>

namespace ramie {
namespace {

// Which element of an axis of length n stands at the places i, which may lie outside of it.
Tensor source(const Tensor& i, std::int64_t n, PadMode mode) {
  if (mode == PadMode::edge) return clip(i, 0, n - 1);
  if (mode == PadMode::wrap) return remainder(i, n);
  const std::int64_t twice = mode == PadMode::reflect ? 0 : 1;  // whether the ends are mirrored too
  const Tensor at = remainder(i, std::max<std::int64_t>(1, 2 * n - 2 + 2 * twice));
  return minimum(at, 2 * n - 2 + twice - at);
}

}  // namespace

Tensor pad(const Tensor& x, const std::vector<std::pair<std::int64_t, std::int64_t>>& widths, PadMode mode) {
  if (static_cast<int>(widths.size()) != x.rank())
    fail("pad",
         fmt::format("{} pairs of widths for the {} axes of {}.", widths.size(), x.rank(), str(x.layout())));
  const DeviceScope on(x.device());
  Tensor y = x;
  for (int i = 0; i < x.rank(); ++i) {
    const auto [before, after] = widths[static_cast<std::size_t>(i)];
    if (before == 0 && after == 0) continue;
    if (before < 0 || after < 0)
      fail("pad", fmt::format("the widths ({}, {}) of axis {} are negative: use slice.", before, after, i));
    const std::int64_t n = x.shape(i);
    if (n == 0) fail("pad", fmt::format("axis {} of {} has nothing to pad with.", i, str(x.layout())));
    y = take(y, source(arange(-before, n + after, 1, int32), n, mode), i);
  }
  return y;
}

}  // namespace ramie
