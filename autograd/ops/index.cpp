#include <ramie/autograd/ops/index.h>

#include <fmt/format.h>

#include <ramie/autograd/apply.h>
#include <ramie/autograd/ops/elementwise.h>
#include <ramie/autograd/ops/shape.h>
#include <ramie/tensor/error.h>
#include <ramie/tensor/ops/index.h>

namespace ramie {
namespace {

void check_integers(const char* op, const Tensor& indices) {
  if (!is_integer(indices.dtype()))
    fail(op, fmt::format("the indices are {}: they must be integers.", str(indices.layout())));
}

// Sums in float16 or bfloat16 would round at every step.
bool is_narrow(const Tensor& x) { return x.dtype() == float16 || x.dtype() == bfloat16; }

Tensor plain(const Tensor& x) { return x.layout().dense ? x : contiguous(x.detach()); }

// The shape with the lengths of `indices` in the place of one axis.
Shape replace_axis(Shape shape, int axis, const Shape& indices) {
  shape.erase(axis);
  for (int i = 0; i < indices.rank(); ++i) shape.insert(axis + i, indices[i]);
  return shape;
}

Shape without_batch(Shape shape) {
  shape.erase(0);
  return shape;
}

// The shape that x has in take_along_axis: broadcast with the indices in all axes but this one.
Shape common_shape(const Tensor& x, const Tensor& indices, int axis, std::int64_t length) {
  if (x.rank() != indices.rank())
    fail("take_along_axis", fmt::format("{} and indices {} have different numbers of axes.", str(x.layout()),
                                        str(indices.layout())));
  Shape a = x.shape(), b = indices.shape();
  a[axis] = b[axis] = 1;
  Shape out = broadcast("take_along_axis", a, b);
  out[axis] = length;
  return out;
}

// A batch of takes or scatters whose indices differ, as one along an axis. Seen as [batch, outer, n, inner],
// where n is the axis of x, or the indices' axes of what is taken; the indices are then [batch, 1, n, 1].
Tensor in_four(const Tensor& x, int axis, int axes) {
  Shape shape{x.shape(0), 1, 1, 1};
  for (int i = 1; i < x.rank(); ++i) shape[i <= axis ? 1 : i <= axis + axes ? 2 : 3] *= x.shape(i);
  return reshape(x, shape);
}
Tensor repeated(const Tensor& x, std::int64_t batch, bool has_batch) {
  if (has_batch) return x;
  Shape shape = x.shape();
  shape.insert(0, batch);
  return broadcast_to(x, shape);
}

Tensor take_each(const Batch& batch, const Tensor& x, const Tensor& indices, int axis) {
  const Tensor rows = in_four(repeated(x, batch.size, batch[0]), axis, 1);
  const Tensor y = take_along_axis(rows, in_four(indices, 0, indices.rank() - 1), 2);
  Shape shape = x.shape();
  if (!batch[0]) shape.insert(0, batch.size);
  return reshape(y, replace_axis(shape, axis + 1, without_batch(indices.shape())));
}
Tensor scatter_each(const Batch& batch, const Tensor& updates, const Tensor& indices, int axis,
                    std::int64_t length) {
  const int axes = indices.rank() - 1;
  const Tensor all = repeated(updates, batch.size, batch[0]), rows = in_four(all, axis, axes);
  const Tensor at = broadcast_to(in_four(indices, 0, axes), rows.shape());
  Shape shape = all.shape();
  for (int i = 0; i < axes; ++i) shape.erase(axis + 1);
  shape.insert(axis + 1, length);
  return reshape(detail::scatter_along_axis(rows, at, 2, length), shape);
}

}  // namespace

namespace detail {

Tensor scatter(const Tensor& updates, const Tensor& indices, int axis, std::int64_t length) {
  if (is_narrow(updates))
    return astype(scatter(astype(updates, float32), indices, axis, length), updates.dtype());
  return apply("scatter_add", {updates, indices}, Forward{[&](auto& u, auto& i) {
                 return launch(kernels::Scatter{axis, length}, plain(u), plain(i));
               }},
               Saved{[](auto&, auto&, auto& i) { return save(i); }}, Vjp{[axis](auto& dy, auto& i) {
                 return Grads{take(dy, i, axis), Tensor()};
               }},
               linear, Vmap{[axis, length](Batch b, const Tensor& u, const Tensor& i) {
                 return b[1] ? scatter_each(b, u, i, axis, length) : scatter(u, i, axis + 1, length);
               }});
}

Tensor scatter_along_axis(const Tensor& updates, const Tensor& indices, int axis, std::int64_t length) {
  if (is_narrow(updates))
    return astype(scatter_along_axis(astype(updates, float32), indices, axis, length), updates.dtype());
  return apply("scatter_along_axis", {updates, indices}, Forward{[&](auto& u, auto& i) {
                 return launch(kernels::ScatterAlongAxis{axis, length}, plain(u), plain(i));
               }},
               Saved{[](auto&, auto&, auto& i) { return save(i); }}, Vjp{[axis](auto& dy, auto& i) {
                 return Grads{take_along_axis(dy, i, axis), Tensor()};
               }},
               linear, Vmap{[axis, length](Batch b, const Tensor& u, const Tensor& i) {
                 return scatter_along_axis(repeated(u, b.size, b[0]), repeated(i, b.size, b[1]), axis + 1,
                                           length);
               }});
}

}  // namespace detail

Tensor take(const Tensor& x, const Tensor& indices, std::int64_t axis) {
  check_integers("take", indices);
  const int a = normalize_axis("take", axis, x.rank());
  return apply("take", {x, indices},
               Forward{[&](auto& x, auto& i) { return launch(kernels::Take{a}, plain(x), plain(i)); }},
               Saved{[](auto&, auto&, auto& i) { return save(i); }},
               Vjp{[a, n = x.shape(a)](auto& dy, auto& i) {
                 return Grads{detail::scatter(dy, i, a, n), Tensor()};
               }},
               linear, Vmap{[a](Batch b, const Tensor& x, const Tensor& i) {
                 return b[1] ? take_each(b, x, i, a) : take(x, i, a + 1);
               }});
}

Tensor take_along_axis(const Tensor& x, const Tensor& indices, std::int64_t axis) {
  check_integers("take_along_axis", indices);
  const int a = normalize_axis("take_along_axis", axis, x.rank());
  const Tensor wide = broadcast_to(x, common_shape(x, indices, a, x.shape(a)));
  return apply(
      "take_along_axis", {wide, broadcast_to(indices, common_shape(x, indices, a, indices.shape(a)))},
      Forward{[&](auto& x, auto& i) { return launch(kernels::TakeAlongAxis{a}, plain(x), plain(i)); }},
      Saved{[](auto&, auto&, auto& i) { return save(i); }}, Vjp{[a, n = x.shape(a)](auto& dy, auto& i) {
        return Grads{detail::scatter_along_axis(dy, i, a, n), Tensor()};
      }},
      linear, Vmap{[a](Batch b, const Tensor& x, const Tensor& i) {
        return take_along_axis(repeated(x, b.size, b[0]), repeated(i, b.size, b[1]), a + 1);
      }});
}

Tensor gather(const Tensor& x, std::int64_t axis, const Tensor& indices) {
  return take_along_axis(x, indices, axis);
}

Tensor scatter_add(const Tensor& x, const Tensor& indices, const Tensor& updates, std::int64_t axis) {
  check_integers("scatter_add", indices);
  const int a = normalize_axis("scatter_add", axis, x.rank());
  const Tensor all = broadcast_to(astype(updates, x.dtype()), replace_axis(x.shape(), a, indices.shape()));
  return x + detail::scatter(all, indices, a, x.shape(a));
}

Tensor one_hot(const Tensor& labels, std::int64_t classes, DType dtype) {
  check_integers("one_hot", labels);
  if (classes < 0) fail("one_hot", fmt::format("{} classes: the number must not be negative.", classes));
  return apply("one_hot", {labels}, Forward{[&](auto& x) {
                 return launch(kernels::OneHot{classes, dtype}, x);
               }},
               Vmap{[classes, dtype](Batch, const Tensor& x) { return one_hot(x, classes, dtype); }});
}

}  // namespace ramie
