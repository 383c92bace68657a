// Ops that move elements without computing. Most are views: they share the bytes of x.
//
//   reshape(x, {8, -1});  transpose(x, {0, 2, 1});  slice(x, 1, 0, 10, 2);  concatenate({a, b}, 0);  pad(x,
//   {{1, 1}, {0, 0}});
#pragma once

#include <initializer_list>
#include <utility>
#include <vector>

#include <ramie/tensor/tensor.h>

namespace ramie {

Tensor reshape(const Tensor& x, const Shape& shape);  // one length may be -1; copies only if strides force it
Tensor flatten(const Tensor& x, std::int64_t start_axis = 0);  // joins the axes from start_axis on
Tensor transpose(const Tensor& x, const Shape& axes = {});     // all axes reversed by default
Tensor swapaxes(const Tensor& x, std::int64_t a, std::int64_t b);
Tensor broadcast_to(const Tensor& x, const Shape& shape);  // its gradient sums
Tensor expand_dims(const Tensor& x, std::int64_t axis);
Tensor squeeze(const Tensor& x, const Shape& axes = {});  // all axes of length 1 by default
// Python's x[start:stop:step] along one axis: negative ends count from the end, ends are clipped, step may be
// negative.
Tensor slice(const Tensor& x, std::int64_t axis, const Range& range);
Tensor slice(const Tensor& x, std::int64_t axis, std::int64_t start, std::int64_t stop,
             std::int64_t step = 1);
Tensor flip(const Tensor& x, const Shape& axes = {});
Tensor concatenate(const std::vector<Tensor>& parts, std::int64_t axis = 0);  // dtypes promote
Tensor stack(const std::vector<Tensor>& parts, std::int64_t axis = 0);
// Adds {before, after} elements of a constant at the ends of each axis.
Tensor pad(const Tensor& x, const std::vector<std::pair<std::int64_t, std::int64_t>>& widths,
           Scalar value = 0);

namespace detail {

// Along each axis the elements first + i * step, i < count; nothing counts from the end. A view; place is its
// gradient.
struct Steps {
  Shape first, step, count;
};
Tensor strided(const char* name, const Tensor& x, const Steps& s);
// What x.index(indices) takes: the elements, and the shape without the axes that integers remove.
struct Place {
  Steps steps;
  Shape shape;
};
Place place_of(const char* op, const Tensor& x, std::initializer_list<Index> indices);
// Zeros of the given shape with x set at those elements. Its gradient is strided.
Tensor place(const Tensor& x, const Shape& shape, const Steps& s);

}  // namespace detail
}  // namespace ramie
