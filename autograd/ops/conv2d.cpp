#include <ramie/autograd/ops/conv2d.h>

#include <algorithm>

#include <ramie/autograd/apply.h>
#include <ramie/autograd/ops/batching_rules.h>
#include <ramie/tensor/error.h>

namespace ramie {
namespace {

using kernels::ConvWindow;

ConvWindow with_groups(ConvWindow window, std::int64_t times) {
  window.groups *= times;
  return window;
}
Shape times(Shape shape, int axis, std::int64_t n) {
  shape[axis] *= n;
  return shape;
}

// Under vmap, examples that share a kernel are more images; kernels of their own are groups of channels, or,
// where they share the images, more channels of each group.
Tensor conv2d_of_batch(Batch b, const Tensor& x, const Tensor& kernel, const ConvWindow& w) {
  using detail::conv2d, detail::join_batch, detail::part_batch;
  if (!b[1]) return part_batch(conv2d(join_batch(x, 0), kernel, w), b.size, 0);
  if (!b[0]) return part_batch(conv2d(x, join_batch(kernel, 3, w.groups), w), b.size, 3, w.groups);
  return part_batch(conv2d(join_batch(x, 3), join_batch(kernel, 3), with_groups(w, b.size)), b.size, 3);
}

Tensor input_gradient_of_batch(Batch b, const Tensor& dy, const Tensor& kernel, const ConvWindow& w,
                               const Shape& input) {
  using detail::join_batch, detail::part_batch;
  const auto gradient = [&](const Tensor& dy, const Tensor& kernel, std::int64_t groups, int axis) {
    return detail::conv2d_input_gradient(dy, kernel, with_groups(w, groups), times(input, axis, b.size));
  };
  if (!b[1]) return part_batch(gradient(join_batch(dy, 0), kernel, 1, 0), b.size, 0);
  if (!b[0]) return part_batch(gradient(dy, join_batch(kernel, 2), 1, 3), b.size, 3, w.groups);
  return part_batch(gradient(join_batch(dy, 3), join_batch(kernel, 3), b.size, 3), b.size, 3);
}

Tensor kernel_gradient_of_batch(Batch b, const Tensor& x, const Tensor& dy, const ConvWindow& w,
                                const Shape& kernel) {
  using detail::join_batch, detail::part_batch;
  const auto gradient = [&](const Tensor& x, const Tensor& dy, std::int64_t groups, int axis) {
    return detail::conv2d_kernel_gradient(x, dy, with_groups(w, groups), times(kernel, axis, b.size));
  };
  if (!b[1]) return part_batch(gradient(join_batch(x, 3, w.groups), dy, 1, 2), b.size, 2);
  if (!b[0]) return part_batch(gradient(x, join_batch(dy, 3, w.groups), 1, 3), b.size, 3, w.groups);
  return part_batch(gradient(join_batch(x, 3), join_batch(dy, 3), b.size, 3), b.size, 3);
}

}  // namespace

namespace detail {

std::array<std::array<std::int64_t, 2>, 2> resolve_padding(const Padding& padding,
                                                           std::array<std::int64_t, 2> size,
                                                           std::array<std::int64_t, 2> span,
                                                           std::array<std::int64_t, 2> strides) {
  if (padding.kind != Padding::Kind::same) return padding.of;
  std::array<std::array<std::int64_t, 2>, 2> out;
  for (std::size_t i : {0, 1}) {
    const std::int64_t stride =
        std::max<std::int64_t>(strides[i], 1);  // a bad one is an error of the kernel's
    const std::int64_t positions = (size[i] + stride - 1) / stride;
    const std::int64_t total = std::max<std::int64_t>((positions - 1) * stride + span[i] - size[i], 0);
    out[i] = {total / 2, total - total / 2};
  }
  return out;
}

Tensor conv2d(const Tensor& x, const Tensor& kernel, const kernels::ConvWindow& window) {
  return apply("conv2d", {x, kernel},
               Forward{[&](auto& x, auto& kernel) { return launch(kernels::Conv2d{window}, x, kernel); }},
               Saved{[](auto&, auto& x, auto& kernel) { return save(x, kernel); }},
               Vjp{[window](auto& dy, Needs needs, auto& x, auto& kernel) {
                 return Grads{needs[0] ? conv2d_input_gradient(dy, kernel, window, x.shape()) : Tensor(),
                              needs[1] ? conv2d_kernel_gradient(x, dy, window, kernel.shape()) : Tensor()};
               }},
               multilinear, Vmap{[window](Batch b, const Tensor& x, const Tensor& kernel) {
                 return conv2d_of_batch(b, x, kernel, window);
               }});
}

Tensor conv2d_input_gradient(const Tensor& dy, const Tensor& kernel, const kernels::ConvWindow& window,
                             const Shape& input) {
  return apply("conv2d_input_gradient", {dy, kernel}, Forward{[&](auto& dy, auto& kernel) {
                 return launch(kernels::Conv2dInputGradient{window, input}, dy, kernel);
               }},
               Saved{[](auto&, auto& dy, auto& kernel) { return save(dy, kernel); }},
               Vjp{[window](auto& dx, Needs needs, auto& dy, auto& kernel) {
                 return Grads{needs[0] ? conv2d(dx, kernel, window) : Tensor(),
                              needs[1] ? conv2d_kernel_gradient(dx, dy, window, kernel.shape()) : Tensor()};
               }},
               multilinear, Vmap{[window, input](Batch b, const Tensor& dy, const Tensor& kernel) {
                 return input_gradient_of_batch(b, dy, kernel, window, input);
               }});
}

Tensor conv2d_kernel_gradient(const Tensor& x, const Tensor& dy, const kernels::ConvWindow& window,
                              const Shape& kernel) {
  return apply("conv2d_kernel_gradient", {x, dy}, Forward{[&](auto& x, auto& dy) {
                 return launch(kernels::Conv2dKernelGradient{window, kernel}, x, dy);
               }},
               Saved{[](auto&, auto& x, auto& dy) { return save(x, dy); }},
               Vjp{[window](auto& dkernel, Needs needs, auto& x, auto& dy) {
                 return Grads{needs[0] ? conv2d_input_gradient(dy, dkernel, window, x.shape()) : Tensor(),
                              needs[1] ? conv2d(x, dkernel, window) : Tensor()};
               }},
               multilinear, Vmap{[window, kernel](Batch b, const Tensor& x, const Tensor& dy) {
                 return kernel_gradient_of_batch(b, x, dy, window, kernel);
               }});
}

}  // namespace detail

namespace {

// The window on images of x's size; shapes that do not fit are left to the kernel's own check.
kernels::ConvWindow window_of(const Shape& x, const Shape& kernel, const Conv2dOptions& o) {
  kernels::ConvWindow window{o.strides, o.kernel_dilation, {}, o.feature_group_count};
  if (x.rank() != 4 || kernel.rank() != 4) return window;
  window.padding = detail::resolve_padding(
      o.padding, {x[1], x[2]},
      {(kernel[0] - 1) * o.kernel_dilation[0] + 1, (kernel[1] - 1) * o.kernel_dilation[1] + 1}, o.strides);
  return window;
}

}  // namespace

Tensor conv2d(const Tensor& x, const Tensor& kernel, const Conv2dOptions& options) {
  const DType dtype = promote(x.dtype(), kernel.dtype());
  const kernels::ConvWindow window = window_of(x.shape(), kernel.shape(), options);
  return detail::conv2d(x.astype(dtype), kernel.astype(dtype), window);
}

}  // namespace ramie
