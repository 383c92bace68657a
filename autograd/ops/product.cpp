#include <ramie/autograd/ops/product.h>

#include <fmt/format.h>

#include <algorithm>

#include <ramie/autograd/ops/elementwise.h>
#include <ramie/autograd/ops/matmul.h>
#include <ramie/autograd/ops/shape.h>
#include <ramie/autograd/ops/shape_arrange.h>
#include <ramie/tensor/error.h>

namespace ramie {
namespace {

// The axes of a tensor that are not in the list, in order.
Shape others(const Shape& axes, int rank) {
  Shape out;
  for (int i = 0; i < rank; ++i)
    if (std::find(axes.begin(), axes.end(), i) == axes.end()) out.push_back(i);
  return out;
}
Shape joined(Shape a, const Shape& b) {
  for (auto n : b) a.push_back(n);
  return a;
}
Shape picked(const Shape& shape, const Shape& axes) {
  Shape out;
  for (auto axis : axes) out.push_back(shape[static_cast<int>(axis)]);
  return out;
}
Shape normalized(const Shape& axes, int rank) {
  Shape out;
  for (auto axis : axes) out.push_back(normalize_axis("tensordot", axis, rank));
  return out;
}

void check_pairs(const Tensor& a, const Tensor& b, const Shape& of_a, const Shape& of_b) {
  const bool repeated = others(of_a, a.rank()).rank() + of_a.rank() != a.rank() ||
                        others(of_b, b.rank()).rank() + of_b.rank() != b.rank();
  if (repeated || picked(a.shape(), of_a) != picked(b.shape(), of_b))
    fail("tensordot",
         fmt::format("axes {} of a and {} of b {}: a is {}, b {}.", str(of_a), str(of_b),
                     repeated ? "name one twice" : "are not equally long", str(a.layout()), str(b.layout())));
}

// The component of the vectors along an axis.
Tensor component(const Tensor& x, int axis, std::int64_t i) {
  return squeeze(slice(x, axis, i, i + 1), {axis});
}

}  // namespace

Tensor dot(const Tensor& a, const Tensor& b) {
  if (a.rank() == 0 || b.rank() == 0) return a * b;
  return tensordot(a, b, {-1}, {b.rank() == 1 ? -1 : -2});
}
Tensor vdot(const Tensor& a, const Tensor& b) { return dot(ravel(a), ravel(b)); }
Tensor inner(const Tensor& a, const Tensor& b) {
  return a.rank() == 0 || b.rank() == 0 ? a * b : tensordot(a, b, {-1}, {-1});
}
Tensor outer(const Tensor& a, const Tensor& b) { return expand_dims(ravel(a), 1) * ravel(b); }

Tensor tensordot(const Tensor& a, const Tensor& b, std::int64_t n) {
  if (n < 0 || n > std::min(a.rank(), b.rank()))
    fail("tensordot", fmt::format("{} axes: a is {}, b {}.", n, str(a.layout()), str(b.layout())));
  Shape of_a, of_b;
  for (std::int64_t i = 0; i < n; ++i) of_a.push_back(a.rank() - n + i), of_b.push_back(i);
  return tensordot(a, b, of_a, of_b);
}

// [others of a, summed] times [summed, others of b], as one product.
Tensor tensordot(const Tensor& a, const Tensor& b, const Shape& axes_of_a, const Shape& axes_of_b) {
  const Shape of_a = normalized(axes_of_a, a.rank()), of_b = normalized(axes_of_b, b.rank());
  check_pairs(a, b, of_a, of_b);
  const Shape rows = others(of_a, a.rank()), columns = others(of_b, b.rank());
  const std::int64_t m = picked(a.shape(), rows).size(), n = picked(b.shape(), columns).size(),
                     k = picked(a.shape(), of_a).size();
  const Tensor left = a.rank() ? transpose(a, joined(rows, of_a)) : a,
               right = b.rank() ? transpose(b, joined(of_b, columns)) : b;
  return reshape(matmul(reshape(left, {m, k}), reshape(right, {k, n})),
                 joined(picked(a.shape(), rows), picked(b.shape(), columns)));
}

Tensor kron(const Tensor& a, const Tensor& b) {
  const int rank = std::max(a.rank(), b.rank());
  Shape left, right, shape;
  for (int i = -rank; i < 0; ++i) {
    left.push_back(-i <= a.rank() ? a.shape(i) : 1), left.push_back(1);
    right.push_back(1), right.push_back(-i <= b.rank() ? b.shape(i) : 1);
    shape.push_back(left[-2] * right[-1]);
  }
  return reshape(reshape(a, left) * reshape(b, right), shape);
}

Tensor cross(const Tensor& a, const Tensor& b, std::int64_t axis) {
  const int i = normalize_axis("cross", axis, a.rank()), j = normalize_axis("cross", axis, b.rank());
  const std::int64_t n = a.shape(i);
  if (n != b.shape(j) || (n != 2 && n != 3))
    fail("cross", fmt::format("vectors of 3, or of 2, are needed along axis {}: a is {}, b {}.", axis,
                              str(a.layout()), str(b.layout())));
  if (n == 2) return component(a, i, 0) * component(b, j, 1) - component(a, i, 1) * component(b, j, 0);
  return roll(a, -1, i) * roll(b, -2, j) - roll(a, -2, i) * roll(b, -1, j);
}

}  // namespace ramie
