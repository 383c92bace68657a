#include <ramie/nn/conv.h>

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include <ramie/autograd/ops/elementwise.h>
#include <ramie/autograd/ops/reduce.h>
#include <ramie/autograd/ops/shape.h>
#include <ramie/tensor/error.h>

namespace ramie::nn {
namespace {

Shape or_ones(const Shape& given, const Shape& kernel_size) {
  Shape ones = kernel_size;
  std::fill(ones.begin(), ones.end(), 1);
  return given.empty() ? ones : given;
}

Shape without_last(const Shape& s, int n) { return Shape(std::span(s.begin(), s.end() - n)); }

// Adds what lies outside of an axis' length onto it, as on a ring: what a transposed CIRCULAR convolution
// has over. VALID's result begins (span - 1) / 2 after the ring's first element, rounded as Flax does.
Tensor around_ring(const Tensor& y, int axis, std::int64_t length, bool transposed_kernel) {
  std::int64_t missing = (length - y.shape(axis)) % (2 * length);
  if (missing < 0) missing += 2 * length;
  const std::int64_t less = missing / 2, more = missing - less;
  std::vector<std::pair<std::int64_t, std::int64_t>> widths(static_cast<std::size_t>(y.rank()));
  widths[static_cast<std::size_t>(axis)] = transposed_kernel ? std::pair(less, more) : std::pair(more, less);
  Shape laps = y.shape();
  laps[axis] = (y.shape(axis) + missing) / length;
  laps.insert(axis + 1, length);
  return sum(reshape(pad(y, widths), laps), {axis});
}

}  // namespace

Shape detail::conv_kernel_shape(const char* layer, Shape size, std::int64_t in, std::int64_t out,
                                std::int64_t groups) {
  if (groups < 1 || in % groups || out % groups)
    fail(layer,
         fmt::format("{} input and {} output features do not divide into {} groups.", in, out, groups));
  if (size.rank() < 1 || size.rank() > 3)
    fail(layer, fmt::format("kernel_size {} has {} axes, but there are 1 to 3: .kernel_size = {{3, 3}}.",
                            str(size), size.rank()));
  size.push_back(in / groups), size.push_back(out);
  return size;
}

Tensor detail::over_batches(const char* layer, const Tensor& x, int axes,
                            const std::function<Tensor(const Tensor&)>& f) {
  const int batch = x.rank() - axes - 1;
  if (batch < 0)
    fail(layer,
         fmt::format("the input is {}, but the kernel has {} axes besides the features: it needs {} or "
                     "more.",
                     str(x.layout()), axes, axes + 1));
  if (batch == 1) return f(x);
  Shape flat{without_last(x.shape(), axes + 1).size()}, whole = without_last(x.shape(), axes + 1);
  for (int i = batch; i < x.rank(); ++i) flat.push_back(x.shape(i));
  const Tensor y = f(reshape(x, flat));
  for (int i = 1; i < y.rank(); ++i) whole.push_back(y.shape(i));
  return reshape(y, whole);
}

Conv::Conv(std::int64_t in, std::int64_t out, const ConvOptions& o, Rngs& rngs)
    : kernel(o.kernel_init(rngs.params(),
                           detail::conv_kernel_shape("Conv", o.kernel_size, in, out, o.feature_group_count),
                           o.param_dtype)),
      in_features(in),
      out_features(out),
      kernel_size(o.kernel_size),
      strides(or_ones(o.strides, o.kernel_size)),
      padding(o.padding),
      input_dilation(or_ones(o.input_dilation, o.kernel_size)),
      kernel_dilation(or_ones(o.kernel_dilation, o.kernel_size)),
      feature_group_count(o.feature_group_count) {
  if (o.use_bias) bias.emplace(o.bias_init(rngs.params(), {out}, o.param_dtype));
}

Tensor Conv::operator()(const Tensor& x) const {
  const auto of_images = [&](const Tensor& images) {
    const Tensor y =
        conv(images, kernel, {strides, padding, input_dilation, kernel_dilation, feature_group_count});
    return bias ? add(y, *bias) : y;
  };
  return call(
      x, [&](const Tensor& x) { return detail::over_batches("Conv", x, kernel_size.rank(), of_images); });
}

ConvTranspose::ConvTranspose(std::int64_t in, std::int64_t out, const ConvTransposeOptions& o, Rngs& rngs)
    : kernel(o.kernel_init(
          rngs.params(),
          detail::conv_kernel_shape("ConvTranspose", o.kernel_size, o.transpose_kernel ? out : in,
                                    o.transpose_kernel ? in : out),
          o.param_dtype)),
      in_features(in),
      out_features(out),
      kernel_size(o.kernel_size),
      strides(or_ones(o.strides, o.kernel_size)),
      padding(o.padding),
      kernel_dilation(or_ones(o.kernel_dilation, o.kernel_size)),
      transpose_kernel(o.transpose_kernel) {
  if (o.use_bias) bias.emplace(o.bias_init(rngs.params(), {out}, o.param_dtype));
}

Tensor ConvTranspose::operator()(const Tensor& x) const {
  const bool ring = padding.kind == Padding::Kind::circular;
  const auto of_images = [&](const Tensor& images) {
    Tensor y = conv_transpose(
        images, kernel, {strides, ring ? Padding::valid() : padding, kernel_dilation, transpose_kernel});
    for (int i = 0; ring && i < kernel_size.rank(); ++i)
      y = around_ring(y, i + 1, images.shape(i + 1) * strides[i], transpose_kernel);
    return bias ? add(y, *bias) : y;
  };
  return call(x, [&](const Tensor& x) {
    return detail::over_batches("ConvTranspose", x, kernel_size.rank(), of_images);
  });
}

}  // namespace ramie::nn
