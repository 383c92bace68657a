#include <ramie/autograd/ops/conv2d.h>

#include <algorithm>

#include <ramie/autograd/apply.h>
#include <ramie/autograd/ops/batching_rules.h>
#include <ramie/autograd/ops/conv.h>

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
// where they share the images, more channels of each group. Of no examples there are no channels: then one
// is computed for its shape.
Tensor conv2d_of_batch(Batch b, const Tensor& x, const Tensor& kernel, const ConvWindow& w) {
  using detail::conv2d, detail::join_batch, detail::part_batch;
  if (!b[1]) return part_batch(conv2d(join_batch(x, 0), kernel, w), x);
  if (!b.size) return {};
  if (!b[0]) return part_batch(conv2d(x, join_batch(kernel, 3, w.groups), w), b.size, 3, w.groups);
  return part_batch(conv2d(join_batch(x, 3), join_batch(kernel, 3), with_groups(w, b.size)), b.size, 3);
}

Tensor input_gradient_of_batch(Batch b, const Tensor& dy, const Tensor& kernel, const ConvWindow& w,
                               const Shape& input) {
  using detail::join_batch, detail::part_batch;
  const auto gradient = [&](const Tensor& dy, const Tensor& kernel, std::int64_t groups, int axis) {
    return detail::conv2d_input_gradient(dy, kernel, with_groups(w, groups), times(input, axis, b.size));
  };
  if (!b[1]) return part_batch(gradient(join_batch(dy, 0), kernel, 1, 0), dy);
  if (!b.size) return {};
  if (!b[0]) return part_batch(gradient(dy, join_batch(kernel, 2), 1, 3), b.size, 3, w.groups);
  return part_batch(gradient(join_batch(dy, 3), join_batch(kernel, 3), b.size, 3), b.size, 3);
}

Tensor kernel_gradient_of_batch(Batch b, const Tensor& x, const Tensor& dy, const ConvWindow& w,
                                const Shape& kernel) {
  using detail::join_batch, detail::part_batch;
  const auto gradient = [&](const Tensor& x, const Tensor& dy, std::int64_t groups, int axis) {
    return detail::conv2d_kernel_gradient(x, dy, with_groups(w, groups), times(kernel, axis, b.size));
  };
  if (!b.size) return {};
  if (!b[1]) return part_batch(gradient(join_batch(x, 3, w.groups), dy, 1, 2), b.size, 2);
  if (!b[0]) return part_batch(gradient(x, join_batch(dy, 3, w.groups), 1, 3), b.size, 3, w.groups);
  return part_batch(gradient(join_batch(x, 3), join_batch(dy, 3), b.size, 3), b.size, 3);
}

}  // namespace

namespace detail {

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

// The window on images of x's size; shapes that do not fit are left to the kernel's own check, as are bad
// strides.
kernels::ConvWindow window_of(const Shape& x, const Shape& kernel, const Conv2dOptions& o) {
  kernels::ConvWindow window{o.strides, o.kernel_dilation, {}, o.feature_group_count};
  if (x.rank() != 4 || kernel.rank() != 4) return window;
  std::array<detail::WindowAxis, 2> axes;
  for (int i : {0, 1})
    axes[i] = {x[i + 1], kernel[i], std::max<std::int64_t>(o.strides[i], 1), o.kernel_dilation[i]};
  detail::resolve_padding("conv2d", o.padding, axes);
  window.padding = {axes[0].padding, axes[1].padding};
  return window;
}

}  // namespace

Tensor conv2d(const Tensor& x, const Tensor& kernel, const Conv2dOptions& o) {
  if (o.padding.kind > Padding::Kind::given)
    return conv(x, kernel,
                {Shape(o.strides), o.padding, {}, Shape(o.kernel_dilation), o.feature_group_count});
  const DType dtype = promote(x.dtype(), kernel.dtype());
  const kernels::ConvWindow window = window_of(x.shape(), kernel.shape(), o);
  return detail::conv2d(x.astype(dtype), kernel.astype(dtype), window);
}

}  // namespace ramie
