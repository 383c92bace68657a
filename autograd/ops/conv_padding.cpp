#include <ramie/autograd/ops/conv_padding.h>

#include <fmt/format.h>

#include <algorithm>

#include <ramie/autograd/ops/shape.h>
#include <ramie/tensor/error.h>

namespace ramie::detail {
namespace {

void pad_same(WindowAxis& a) {
  const std::int64_t positions = (a.size + a.stride - 1) / a.stride;
  const std::int64_t total = std::max<std::int64_t>((positions - 1) * a.stride + a.span() - a.size, 0);
  a.padding = {total / 2, total - total / 2};
}

void pad_given(const char* op, const Padding& p, std::span<WindowAxis> axes) {
  if (p.axes != static_cast<int>(axes.size()))
    fail(op, fmt::format("padding is given for {} axes, but the images have {}.", p.axes, axes.size()));
  for (std::size_t i = 0; i < axes.size(); ++i) axes[i].padding = p.of[i];
}

// Of an axis: the elements before it and after it, in its own order.
std::vector<Tensor> around(const Tensor& x, int axis, Padding::Pair n, Padding::Kind kind) {
  const std::int64_t size = x.shape(axis);
  if (kind == Padding::Kind::circular) return {slice(x, axis, size - n[0], size), x, slice(x, axis, 0, n[1])};
  return {flip(slice(x, axis, 1, n[0] + 1), {axis}), x,
          flip(slice(x, axis, size - 1 - n[1], size - 1), {axis})};
}

}  // namespace

void resolve_padding(const char* op, const Padding& p, std::span<WindowAxis> axes) {
  if (p.kind == Padding::Kind::given) return pad_given(op, p, axes);
  if (p.kind == Padding::Kind::causal && axes.size() != 1)
    fail(op, fmt::format("CAUSAL padding is for sequences (1 axis), but the images have {}.", axes.size()));
  for (auto& a : axes) {
    if (p.kind == Padding::Kind::same) pad_same(a);
    if (p.kind == Padding::Kind::causal) a.padding = {a.span() - 1, 0};
  }
}

Tensor continued(const Tensor& x, Padding::Kind kind, std::span<WindowAxis> axes) {
  Tensor y = x;
  for (std::size_t i = 0; i < axes.size(); ++i) {
    WindowAxis& a = axes[i];
    const Padding::Pair n = {(a.span() - 1) / 2, a.span() / 2};
    const std::int64_t most = kind == Padding::Kind::circular ? a.size : a.size - 1;
    if (n[1] > std::max<std::int64_t>(most, 0))
      fail("conv", fmt::format("{} padding of {} needs more than the {} elements of axis {} of {}.",
                               kind == Padding::Kind::circular ? "CIRCULAR" : "REFLECT", n[1], a.size, i + 1,
                               str(x.layout())));
    if (n[1]) y = concatenate(around(y, static_cast<int>(i) + 1, n, kind), static_cast<int>(i) + 1);
    a.size += n[0] + n[1];
  }
  return y;
}

Tensor dilated(const Tensor& x, int axis, const WindowAxis& a) {
  if (a.input_dilation == 1 && a.padding == Padding::Pair{}) return x;
  Shape shape = x.shape(), first = shape, step = shape;
  std::fill(first.begin(), first.end(), 0);
  std::fill(step.begin(), step.end(), 1);
  const Padding::Pair zeros = {std::max<std::int64_t>(a.padding[0], 0),
                               std::max<std::int64_t>(a.padding[1], 0)};
  first[axis] = zeros[0];
  step[axis] = a.input_dilation;
  shape[axis] = zeros[0] + a.spread() + zeros[1];
  const Tensor wide = place(x, shape, {first, step, x.shape()});
  const std::int64_t begin = zeros[0] - a.padding[0];
  return slice(wide, axis, begin, begin + a.padded());
}
WindowAxis plain(WindowAxis a) {
  a.size = a.padded();
  a.padding = {};
  a.input_dilation = 1;
  return a;
}

std::int64_t of_axis(const char* op, const char* what, const Shape& given, std::size_t i, std::size_t axes) {
  if (given.empty()) return 1;
  if (given.rank() != static_cast<int>(axes))
    fail(op, fmt::format("{} are {}, but the images have {} axes.", what, str(given), axes));
  const std::int64_t n = given[static_cast<int>(i)];
  if (n < 1) fail(op, fmt::format("{} of {} are less than 1.", what, str(given)));
  return n;
}

}  // namespace ramie::detail
