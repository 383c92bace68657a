#include <ramie/autograd/ops/pool2d.h>

#include <ramie/autograd/apply.h>

namespace ramie {
namespace detail {

Tensor avg_pool(const Tensor& x, const kernels::PoolWindow& window, bool count_padding) {
  return apply("avg_pool", {x}, Forward{[&](auto& x) {
                 return launch(kernels::AvgPool{window, count_padding}, x);
               }},
               Vjp{[window, count_padding, input = x.shape()](auto& dy) {
                 return Grads{avg_pool_gradient(dy, window, count_padding, input)};
               }});
}

Tensor avg_pool_gradient(const Tensor& dy, const kernels::PoolWindow& window, bool count_padding,
                         const Shape& input) {
  const kernels::AvgPoolGradient kernel{window, count_padding, input};
  return apply("avg_pool_gradient", {dy}, Forward{[&](auto& dy) { return launch(kernel, dy); }},
               Vjp{[window, count_padding](auto& dx) { return Grads{avg_pool(dx, window, count_padding)}; }});
}

Tensor pool_gather(const Tensor& x, const Tensor& index, const kernels::PoolWindow& window) {
  return apply("pool_gather", {x, index},
               Forward{[&](auto& x, auto& index) { return launch(kernels::PoolGather{window}, x, index); }},
               Saved{[](auto&, auto&, auto& index) { return save(index); }},
               Vjp{[window, input = x.shape()](auto& dy, auto& index) {
                 return Grads{pool_scatter(dy, index, window, input), Tensor()};
               }});
}

Tensor pool_scatter(const Tensor& dy, const Tensor& index, const kernels::PoolWindow& window,
                    const Shape& input) {
  return apply("pool_scatter", {dy, index}, Forward{[&](auto& dy, auto& index) {
                 return launch(kernels::PoolScatter{window, input}, dy, index);
               }},
               Saved{[](auto&, auto&, auto& index) { return save(index); }},
               Vjp{[window](auto& dx, auto& index) {
                 return Grads{pool_gather(dx, index, window), Tensor()};
               }});
}

}  // namespace detail

namespace {

kernels::PoolWindow window_of(const Tensor& x, const Pool2dOptions& o) {
  kernels::PoolWindow window{o.window, o.strides, {}};
  if (x.rank() == 4)  // another rank is an error of the kernel's
    window.padding = detail::resolve_padding(o.padding, {x.shape(1), x.shape(2)}, o.window, o.strides);
  return window;
}

// The index is computed only where a gradient will want it.
Tensor extreme_pool(const char* name, const Tensor& x, const Pool2dOptions& options, bool minimum) {
  const kernels::PoolWindow window = window_of(x, options);
  if (!x.graph() || !context.grad_enabled) return launch(kernels::MaxPool{window, minimum}, x);
  auto [y, index] = launch(kernels::MaxPoolIndex{window, minimum}, x);
  const Tensor& value = y;
  return apply(name, {x, index}, Forward{[&value](auto&, auto&) { return value; }},
               Saved{[](auto&, auto&, auto& index) { return save(index); }},
               Vjp{[window, input = x.shape()](auto& dy, auto& index) {
                 return Grads{detail::pool_scatter(dy, index, window, input), Tensor()};
               }});
}

}  // namespace

Tensor avg_pool(const Tensor& x, const Pool2dOptions& options) {
  const Tensor real = is_floating(x.dtype()) ? x : x.astype(float32);
  return detail::avg_pool(real, window_of(x, options), options.count_include_pad);
}
Tensor max_pool(const Tensor& x, const Pool2dOptions& options) {
  return extreme_pool("max_pool", x, options, false);
}
Tensor min_pool(const Tensor& x, const Pool2dOptions& options) {
  return extreme_pool("min_pool", x, options, true);
}

}  // namespace ramie
