#include <ramie/autograd/ops/pool2d.h>

#include <fmt/format.h>

#include <vector>

#include <ramie/autograd/ops/batching_rules.h>
#include <ramie/tensor/error.h>

namespace ramie {
namespace {

Shape times(Shape shape, std::int64_t images) {
  shape[0] *= images;
  return shape;
}

// Under vmap, a batch of batches of images is one.
template <class F>
Tensor of_batch(const Tensor& x, const F& f) {
  return detail::part_batch(f(detail::join_batch(x, 0)), x);
}
template <class F>
Tensor of_batch(Batch b, const Tensor& x, const Tensor& index, const F& f) {
  const Tensor all_x = detail::with_batch(x, b, 0), all_index = detail::with_batch(index, b, 1);
  return detail::part_batch(f(detail::join_batch(all_x, 0), detail::join_batch(all_index, 0)), all_x);
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
               linear, Vmap{[window, count_padding](Batch, const Tensor& x) {
                 return of_batch(x, [&](const Tensor& x) { return avg_pool(x, window, count_padding); });
               }});
}

Tensor avg_pool_gradient(const Tensor& dy, const kernels::PoolWindow& window, bool count_padding,
                         const Shape& input) {
  const kernels::AvgPoolGradient kernel{window, count_padding, input};
  return apply("avg_pool_gradient", {dy}, Forward{[&](auto& dy) { return launch(kernel, dy); }},
               Vjp{[window, count_padding](auto& dx) { return Grads{avg_pool(dx, window, count_padding)}; }},
               linear, Vmap{[window, count_padding, input](Batch b, const Tensor& dy) {
                 return of_batch(dy, [&](const Tensor& dy) {
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

// Where each window's extreme lies. The kernel finds the value too, which `value` takes.
Tensor extreme_index(const Tensor& x, const kernels::PoolWindow& window, bool minimum,
                     Tensor* value = nullptr) {
  return apply("max_pool_index", {x}, Forward{[&](auto& x) {
                 auto [y, index] = launch(kernels::MaxPoolIndex{window, minimum}, x);
                 if (value) *value = y;
                 return index;
               }},
               Vmap{[window, minimum](Batch, const Tensor& x) {
                 return of_batch(x, [&](const Tensor& x) { return extreme_index(x, window, minimum); });
               }});
}

Tensor extreme_pool(const char* name, const Tensor& x, const kernels::PoolWindow& window, bool minimum) {
  const auto of_windows = [name, window, minimum](Batch, const Tensor& x, const auto&...) {
    return of_batch(x, [&](const Tensor& x) { return extreme_pool(name, x, window, minimum); });
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

using detail::WindowAxis;

std::vector<WindowAxis> axes_of(const char* op, const Tensor& x, const PoolOptions& o) {
  const int n = o.window.rank();
  if (n < 1 || n > 3) fail(op, fmt::format("a window of {} is not for 1, 2 or 3 axes.", str(o.window)));
  if (x.rank() != n + 2)
    fail(op, fmt::format("a window of {} needs {} axes (N, ..., C), but x is {}.", str(o.window), n + 2,
                         str(x.layout())));
  if (!o.strides.empty() && o.strides.rank() != n)
    fail(op, fmt::format("strides of {} do not fit a window of {}.", str(o.strides), str(o.window)));
  std::vector<WindowAxis> axes;
  for (int i = 0; i < n; ++i) {
    const std::int64_t stride = o.strides.empty() ? 1 : o.strides[i];
    if (stride < 1) fail(op, fmt::format("a stride of {} is less than 1.", stride));
    axes.push_back({.size = x.shape(i + 1), .taps = o.window[i], .stride = stride});
  }
  return axes;
}

void check_windows(const char* op, const Tensor& x, const PoolOptions& o,
                   const std::vector<WindowAxis>& axes) {
  for (std::size_t i = 0; i < axes.size(); ++i) {
    if (axes[i].taps < 1) fail(op, fmt::format("a window of {} is empty.", str(o.window)));
    if (axes[i].padded() < axes[i].taps)
      fail(op, fmt::format("a window of {} exceeds the {} elements of the padded axis {}: x is {}. Use a "
                           "smaller window or SAME padding.",
                           str(o.window), axes[i].padded(), i + 1, str(x.layout())));
  }
}

kernels::PoolWindow plane(const WindowAxis& h, const WindowAxis& w) {
  return {{h.taps, w.taps}, {h.stride, w.stride}, {h.padding, w.padding}};
}

// Along one axis: images of height 1, or of all that lies behind the axis as one width.
template <class F>
Tensor along(const Tensor& x, const WindowAxis& a, const F& pool) {
  const Shape& s = x.shape();
  if (x.rank() == 3) return squeeze(pool(expand_dims(x, 1), plane({}, a)), {1});
  const Tensor y = pool(reshape(x, {s[0], s[1], s[2] * s[3], s[4]}), plane(a, {}));
  return reshape(y, {s[0], y.shape(1), s[2], s[3], s[4]});
}

// pool(x, window) for images. In a volume a window's mean is that of its slices' means, and so are extremes.
template <class F>
Tensor pooled(const char* op, const Tensor& x, const PoolOptions& o, const F& pool) {
  auto axes = axes_of(op, x, o);
  if (o.padding.kind > Padding::Kind::given) fail(op, "the padding of a pool is SAME, VALID or given.");
  detail::resolve_padding(op, o.padding, axes);
  check_windows(op, x, o, axes);
  if (axes.size() == 1) return along(x, axes[0], pool);
  if (axes.size() == 2) return pool(x, plane(axes[0], axes[1]));
  const Shape& s = x.shape();
  const Tensor y = pool(reshape(x, {s[0] * s[1], s[2], s[3], s[4]}), plane(axes[1], axes[2]));
  return along(reshape(y, {s[0], s[1], y.shape(1), y.shape(2), s[4]}), axes[0], pool);
}

Tensor pooled_extreme(const char* op, const Tensor& x, const PoolOptions& o, bool minimum) {
  return pooled(op, x, o, [&](const Tensor& x, const kernels::PoolWindow& window) {
    return extreme_pool(op, x, window, minimum);
  });
}

}  // namespace

Tensor avg_pool(const Tensor& x, const PoolOptions& o) {
  const Tensor real = is_floating(x.dtype()) ? x : x.astype(float32);
  return pooled("avg_pool", real, o, [&](const Tensor& x, const kernels::PoolWindow& window) {
    return detail::avg_pool(x, window, o.count_include_pad);
  });
}
Tensor max_pool(const Tensor& x, const PoolOptions& o) { return pooled_extreme("max_pool", x, o, false); }
Tensor min_pool(const Tensor& x, const PoolOptions& o) { return pooled_extreme("min_pool", x, o, true); }

}  // namespace ramie
