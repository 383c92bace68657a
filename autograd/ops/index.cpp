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
  return launch(kernels::OneHot{classes, dtype}, labels);
}

}  // namespace ramie
