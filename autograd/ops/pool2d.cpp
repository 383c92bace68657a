#include <ramie/autograd/ops/pool2d.h>

#include <ramie/autograd/ops/batching_rules.h>

namespace ramie {
namespace {

Shape times(Shape shape, std::int64_t images) {
  shape[0] *= images;
  return shape;
}

// Under vmap, a batch of batches of images is one.
template <class F>
Tensor of_batch(Batch b, const Tensor& x, const F& f) {
  return detail::part_batch(f(detail::join_batch(x, 0)), b.size, 0);
}
template <class F>
Tensor of_batch(Batch b, const Tensor& x, const Tensor& index, const F& f) {
  const auto joined = [&](const Tensor& t, int i) {
    return detail::join_batch(detail::with_batch(t, b, i), 0);
  };
  return detail::part_batch(f(joined(x, 0), joined(index, 1)), b.size, 0);
}

}  // namespace

namespace detail {

Tensor avg_pool(const Tensor& x, const kernels::PoolWindow& window, bool count_padding) {
  return apply("avg_pool", {x}, Forward{[&](auto& x) {
                 return launch(kernels::AvgPool{window, count_padding}, x);
               }},
               Vjp{[window, count_padding, input = x.shape()](auto& dy) {
                 return Grads{avg_pool_gradient(dy, window, count_padding, input)};
               }},
               linear, Vmap{[window, count_padding](Batch b, const Tensor& x) {
                 return of_batch(b, x, [&](const Tensor& x) { return avg_pool(x, window, count_padding); });
               }});
}

Tensor avg_pool_gradient(const Tensor& dy, const kernels::PoolWindow& window, bool count_padding,
                         const Shape& input) {
  const kernels::AvgPoolGradient kernel{window, count_padding, input};
  return apply("avg_pool_gradient", {dy}, Forward{[&](auto& dy) { return launch(kernel, dy); }},
               Vjp{[window, count_padding](auto& dx) { return Grads{avg_pool(dx, window, count_padding)}; }},
               linear, Vmap{[window, count_padding, input](Batch b, const Tensor& dy) {
                 return of_batch(b, dy, [&](const Tensor& dy) {
                   return avg_pool_gradient(dy, window, count_padding, times(input, b.size));
                 });
               }});
}

Tensor pool_gather(const Tensor& x, const Tensor& index, const kernels::PoolWindow& window) {
  return apply("pool_gather", {x, index},
               Forward{[&](auto& x, auto& index) { return launch(kernels::PoolGather{window}, x, index); }},
               Saved{[](auto&, auto&, auto& index) { return save(index); }},
               Vjp{[window, input = x.shape()](auto& dy, auto& index) {
                 return Grads{pool_scatter(dy, index, window, input), Tensor()};
               }},
               linear, Vmap{[window](Batch b, const Tensor& x, const Tensor& index) {
                 return of_batch(b, x, index, [&](const Tensor& x, const Tensor& index) {
                   return pool_gather(x, index, window);
                 });
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
               }},
               linear, Vmap{[window, input](Batch b, const Tensor& dy, const Tensor& index) {
                 return of_batch(b, dy, index, [&](const Tensor& dy, const Tensor& index) {
                   return pool_scatter(dy, index, window, times(input, b.size));
                 });
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

// Where each window's extreme lies. The kernel finds the value too, which `value` takes.
Tensor extreme_index(const Tensor& x, const kernels::PoolWindow& window, bool minimum,
                     Tensor* value = nullptr) {
  return apply("max_pool_index", {x}, Forward{[&](auto& x) {
                 auto [y, index] = launch(kernels::MaxPoolIndex{window, minimum}, x);
                 if (value) *value = y;
                 return index;
               }},
               Vmap{[window, minimum](Batch b, const Tensor& x) {
                 return of_batch(b, x, [&](const Tensor& x) { return extreme_index(x, window, minimum); });
               }});
}

Tensor extreme_pool(const char* name, const Tensor& x, const kernels::PoolWindow& window, bool minimum) {
  const auto of_windows = [name, window, minimum](Batch b, const Tensor& x, const auto&...) {
    return of_batch(b, x, [&](const Tensor& x) { return extreme_pool(name, x, window, minimum); });
  };
  const auto value = [&](auto& x) { return launch(kernels::MaxPool{window, minimum}, x); };
  if (!x.graph() || !context.grad_enabled)  // the index is computed only where a gradient will want it
    return apply(name, {x}, Forward{value}, Saved{[](auto&, auto& x) { return save(x); }},
                 Jvp{[window, minimum](Tangents t, const Tensor& x) {
                   return detail::pool_gather(t[0], extreme_index(x, window, minimum), window);
                 }},
                 Vmap{of_windows});
  Tensor known;
  const Tensor index = extreme_index(x, window, minimum, &known);
  return apply(name, {x, index}, Forward{[&](auto& x, auto&) { return known ? known : value(x); }},
               Saved{[](auto&, auto&, auto& index) { return save(index); }},
               Vjp{[window, input = x.shape()](auto& dy, auto& index) {
                 return Grads{detail::pool_scatter(dy, index, window, input), Tensor()};
               }},
               Jvp{[window](Tangents t, auto& index) { return detail::pool_gather(t[0], index, window); }},
               Vmap{of_windows});
}

}  // namespace

Tensor avg_pool(const Tensor& x, const Pool2dOptions& options) {
  const Tensor real = is_floating(x.dtype()) ? x : x.astype(float32);
  return detail::avg_pool(real, window_of(x, options), options.count_include_pad);
}
Tensor max_pool(const Tensor& x, const Pool2dOptions& options) {
  return extreme_pool("max_pool", x, window_of(x, options), false);
}
Tensor min_pool(const Tensor& x, const Pool2dOptions& options) {
  return extreme_pool("min_pool", x, window_of(x, options), true);
}

}  // namespace ramie
