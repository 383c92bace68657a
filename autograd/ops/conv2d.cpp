#include <ramie/autograd/ops/conv2d.h>

#include <algorithm>

#include <ramie/autograd/apply.h>
#include <ramie/tensor/error.h>

namespace ramie {
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
