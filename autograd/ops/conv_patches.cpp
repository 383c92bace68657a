#include <ramie/autograd/ops/conv_patches.h>

#include <fmt/format.h>

#include <vector>

#include <ramie/autograd/ops/shape.h>
#include <ramie/tensor/error.h>

namespace ramie {
namespace {

using detail::WindowAxis;

std::vector<WindowAxis> axes_of(const Tensor& x, const PatchOptions& o) {
  const int n = o.window.rank();
  if (n < 1 || n > 3 || x.rank() != n + 2)
    fail("patches", fmt::format("a window of {} needs x of {} axes (N, ..., C), 3 to 5, but x is {}.",
                                str(o.window), n + 2, str(x.layout())));
  std::vector<WindowAxis> axes(static_cast<std::size_t>(n));
  for (std::size_t i = 0; i < axes.size(); ++i) {
    const auto number = [&](const char* what, const Shape& given) {
      return detail::of_axis("patches", what, given, i, axes.size());
    };
    axes[i] = {x.shape(static_cast<int>(i) + 1), number("windows", o.window), number("strides", o.strides),
               number("dilations", o.dilation)};
  }
  return axes;
}

// The taps along one axis, joined with the channels.
Tensor unfold(const Tensor& x, int axis, const WindowAxis& a) {
  if (a.padded() < a.span())
    fail("patches",
         fmt::format("a window that spans {} elements exceeds the {} of the padded axis {}: x is {}.",
                     a.span(), a.padded(), axis, str(x.layout())));
  const Tensor padded = detail::dilated(x, axis, a);
  std::vector<Tensor> taps;
  for (std::int64_t t = 0; t < a.taps; ++t) {
    const std::int64_t begin = t * a.dilation, end = begin + (a.positions() - 1) * a.stride + 1;
    taps.push_back(slice(padded, axis, begin, end, a.stride));
  }
  return taps.size() == 1 ? taps[0] : flatten(stack(taps, x.rank()), x.rank() - 1);
}

}  // namespace

Tensor patches(const Tensor& x, const PatchOptions& o) {
  auto axes = axes_of(x, o);
  Tensor y = x;
  if (o.padding.kind == Padding::Kind::circular || o.padding.kind == Padding::Kind::reflect)
    y = detail::continued(x, o.padding.kind, axes);
  else
    detail::resolve_padding("patches", o.padding, axes);
  for (std::size_t i = 0; i < axes.size(); ++i) y = unfold(y, static_cast<int>(i) + 1, axes[i]);
  return y;
}

}  // namespace ramie
