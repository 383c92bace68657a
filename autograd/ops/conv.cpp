#include <ramie/autograd/ops/conv.h>

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include <ramie/autograd/ops/conv2d.h>
#include <ramie/autograd/ops/elementwise.h>
#include <ramie/autograd/ops/shape.h>
#include <ramie/tensor/error.h>

namespace ramie {
namespace {

using detail::dilated, detail::of_axis, detail::plain, detail::WindowAxis;
using Axes = std::vector<WindowAxis>;

std::string both(const Tensor& x, const Tensor& kernel) {
  return fmt::format("x is {}, kernel {}. Images are (N, ..., C), kernels (..., C / groups, O).",
                     str(x.layout()), str(kernel.layout()));
}

void check_ranks(const char* op, const Tensor& x, const Tensor& kernel) {
  if (x.rank() < 3 || x.rank() > 5)
    fail(op, fmt::format("images have 1, 2 or 3 axes besides N and C: {}", both(x, kernel)));
  if (kernel.rank() != x.rank())
    fail(op, fmt::format("the kernel needs as many axes as the images: {}", both(x, kernel)));
}

void check_channels(const Tensor& x, const Tensor& kernel, std::int64_t groups) {
  if (groups < 1) fail("conv", fmt::format("feature_group_count is {}: it must be 1 or more.", groups));
  const std::int64_t expected = kernel.shape(-2) * groups;
  const std::string split =
      groups > 1 ? fmt::format(" ({} in each of {} groups)", kernel.shape(-2), groups) : "";
  if (x.shape(-1) != expected)
    fail("conv", fmt::format("input has {} channels but the kernel expects {}{}: {}", x.shape(-1), expected,
                             split, both(x, kernel)));
  if (kernel.shape(-1) % groups)
    fail("conv", fmt::format("{} output channels do not divide into {} groups: {}", kernel.shape(-1), groups,
                             both(x, kernel)));
}

void check_axes(const Axes& axes, const Tensor& x, const Tensor& kernel) {
  for (std::size_t i = 0; i < axes.size(); ++i) {
    if (axes[i].taps < 1) fail("conv", fmt::format("the kernel is empty: {}", both(x, kernel)));
    if (axes[i].padded() < axes[i].span())
      fail("conv",
           fmt::format("the kernel spans {} elements of axis {}, but the padded image has {}: {} Use SAME "
                       "padding.",
                       axes[i].span(), i + 1, axes[i].padded(), both(x, kernel)));
  }
}

Axes axes_of(const Tensor& x, const Tensor& kernel, const ConvOptions& o) {
  Axes axes(static_cast<std::size_t>(x.rank() - 2));
  for (std::size_t i = 0; i < axes.size(); ++i) {
    const auto number = [&](const char* what, const Shape& given) {
      return of_axis("conv", what, given, i, axes.size());
    };
    axes[i] = {x.shape(static_cast<int>(i) + 1), kernel.shape(static_cast<int>(i)),
               number("strides", o.strides), number("kernel dilations", o.kernel_dilation),
               number("input dilations", o.input_dilation)};
    if (axes[i].input_dilation > 1 && o.padding.kind == Padding::Kind::same)
      fail("conv",
           "SAME padding is not defined with an input dilation: give the padding, or use "
           "conv_transpose.");
  }
  return axes;
}

// Inputs and outputs exchanged within each group.
Tensor exchanged(const Tensor& kernel, std::int64_t groups) {
  if (groups == 1) return swapaxes(kernel, 2, 3);
  const Shape& k = kernel.shape();
  const Tensor split = reshape(kernel, {k[0], k[1], k[2], groups, k[3] / groups});
  return reshape(swapaxes(split, 2, 4), {k[0], k[1], k[3] / groups, groups * k[2]});
}

kernels::ConvWindow window(const WindowAxis& h, const WindowAxis& w, std::int64_t groups) {
  return {{h.stride, w.stride}, {h.dilation, w.dilation}, {{h.padding, w.padding}}, groups};
}

// A dilated image under a stride of 1: the gradient of a convolution with that stride, by its input.
WindowAxis transposed(const WindowAxis& a) {
  return {a.positions(), a.taps, a.input_dilation,
          a.dilation,    1,      {a.span() - 1 - a.padding[0], a.span() - 1 - a.padding[1]}};
}

Tensor conv_2d(const Tensor& x, const Tensor& kernel, const WindowAxis& h, const WindowAxis& w,
               std::int64_t groups) {
  if (h.input_dilation == 1 && w.input_dilation == 1) return detail::conv2d(x, kernel, window(h, w, groups));
  if (h.stride > 1 || w.stride > 1)
    return conv_2d(dilated(dilated(x, 1, h), 2, w), kernel, plain(h), plain(w), groups);
  return detail::conv2d_input_gradient(x, exchanged(flip(kernel, {0, 1}), groups),
                                       window(transposed(h), transposed(w), groups),
                                       {x.shape(0), h.positions(), w.positions(), kernel.shape(3)});
}

// A sequence is an image of height 1.
Tensor conv_1d(const Tensor& x, const Tensor& kernel, const WindowAxis& a, std::int64_t groups) {
  return squeeze(conv_2d(expand_dims(x, 1), expand_dims(kernel, 0), {}, a, groups), {1});
}

// The slices of a volume are images. Those under one position of the kernel are joined by their channels, in
// each group.
Tensor slices(const Tensor& x, const WindowAxis& a, std::int64_t groups) {
  std::vector<Tensor> taps;
  for (std::int64_t t = 0; t < a.taps; ++t) {
    const std::int64_t begin = t * a.dilation, end = begin + (a.positions() - 1) * a.stride + 1;
    const Tensor slab = slice(x, 1, begin, end, a.stride);
    const Shape& s = slab.shape();
    taps.push_back(reshape(slab, {s[0] * s[1], s[2], s[3], groups, s[4] / groups}));
  }
  const Tensor joined = concatenate(taps, 4);
  return flatten(joined, 3);
}

Tensor conv_3d(const Tensor& x, const Tensor& kernel, const Axes& axes, std::int64_t groups) {
  const WindowAxis depth = plain(axes[0]);
  const Shape& k = kernel.shape();
  const Tensor flat = reshape(transpose(kernel, {1, 2, 0, 3, 4}), {k[1], k[2], k[0] * k[3], k[4]});
  const Tensor y = conv_2d(slices(dilated(x, 1, axes[0]), depth, groups), flat, axes[1], axes[2], groups);
  return reshape(y, {x.shape(0), depth.positions(), y.shape(1), y.shape(2), y.shape(3)});
}

// What jax.lax.conv_transpose calls SAME and VALID.
Padding::Pair transpose_padding(const WindowAxis& a, std::int64_t stride, Padding::Kind kind) {
  const std::int64_t span = a.span();
  if (kind == Padding::Kind::valid) return {span - 1, stride - 1 + std::max<std::int64_t>(span - stride, 0)};
  const std::int64_t total = span + stride - 2;
  const std::int64_t before = stride > span - 1 ? span - 1 : (total + 1) / 2;
  return {before, total - before};
}

}  // namespace

Tensor conv(const Tensor& image, const Tensor& weights, const ConvOptions& o) {
  check_ranks("conv", image, weights);
  check_channels(image, weights, o.feature_group_count);
  const DType dtype = promote(image.dtype(), weights.dtype());
  Tensor x = image.astype(dtype);
  const Tensor kernel = weights.astype(dtype);
  Axes axes = axes_of(x, kernel, o);
  if (o.padding.kind == Padding::Kind::circular || o.padding.kind == Padding::Kind::reflect)
    x = detail::continued(x, o.padding.kind, axes);
  else
    detail::resolve_padding("conv", o.padding, axes);
  check_axes(axes, image, kernel);
  if (axes.size() == 1) return conv_1d(x, kernel, axes[0], o.feature_group_count);
  if (axes.size() == 2) return conv_2d(x, kernel, axes[0], axes[1], o.feature_group_count);
  return conv_3d(x, kernel, axes, o.feature_group_count);
}

Tensor conv_transpose(const Tensor& x, const Tensor& weights, const ConvTransposeOptions& o) {
  check_ranks("conv_transpose", x, weights);
  const std::size_t count = static_cast<std::size_t>(x.rank() - 2);
  Padding padding{Padding::Kind::given, static_cast<int>(count), o.padding.of};
  for (std::size_t i = 0; i < count; ++i) {
    const WindowAxis a{
        .taps = weights.shape(static_cast<int>(i)),
        .dilation = of_axis("conv_transpose", "kernel dilations", o.kernel_dilation, i, count)};
    const std::int64_t stride = of_axis("conv_transpose", "strides", o.strides, i, count);
    if (o.padding.kind != Padding::Kind::given) padding.of[i] = transpose_padding(a, stride, o.padding.kind);
  }
  if (o.padding.kind > Padding::Kind::given ||
      (o.padding.kind == Padding::Kind::given && o.padding.axes != static_cast<int>(count)))
    fail("conv_transpose", fmt::format("the padding is SAME, VALID or given for {} axes.", count));
  Shape spatial;
  for (std::size_t i = 0; i < count; ++i) spatial.push_back(static_cast<std::int64_t>(i));
  const Tensor kernel = o.transpose_kernel ? swapaxes(flip(weights, spatial), -1, -2) : weights;
  return conv(x, kernel,
              {.padding = padding, .input_dilation = o.strides, .kernel_dilation = o.kernel_dilation});
}

}  // namespace ramie
