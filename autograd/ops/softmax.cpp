#include <ramie/autograd/ops/softmax.h>

#include <algorithm>

#include <ramie/autograd/apply.h>
#include <ramie/autograd/ops/batching_rules.h>
#include <ramie/autograd/ops/elementwise.h>
#include <ramie/autograd/ops/reduce.h>
#include <ramie/autograd/ops/shape.h>
#include <ramie/tensor/ops/softmax.h>

namespace ramie {
namespace {

// What the kernels take.
Tensor as_rows(const Tensor& x) { return contiguous(astype(x, x.dtype() == float64 ? float64 : float32)); }
DType result_dtype(const Tensor& x) { return is_floating(x.dtype()) ? x.dtype() : float32; }
Tensor sum_rows(const Tensor& x) { return sum(x, {-1}, true); }

Tensor softmax_rows(const Tensor& x) {
  return apply("softmax", {x}, Forward{[](auto& x) { return launch(kernels::Softmax{}, x); }},
               Saved{[](auto& y, auto&) { return save(y); }},
               Vjp{[](auto& dy, auto& y) { return Grads{detail::softmax_backward(dy, y)}; }},
               Jvp{[](Tangents t, auto& y) { return detail::softmax_backward(t[0], y); }},
               Vmap{[](Batch, auto& x) { return softmax(x); }});
}

Tensor log_softmax_rows(const Tensor& x) {
  return apply("log_softmax", {x}, Forward{[](auto& x) { return launch(kernels::LogSoftmax{}, x); }},
               Saved{[](auto& y, auto&) { return save(y); }},
               Vjp{[](auto& dy, auto& y) { return Grads{detail::log_softmax_backward(dy, y)}; }},
               Jvp{[](Tangents t, auto& y) { return t[0] - sum_rows(exp(y) * t[0]); }},
               Vmap{[](Batch, auto& x) { return log_softmax(x); }});
}

Tensor logsumexp_rows(const Tensor& x) {
  return apply("logsumexp", {x}, Forward{[](auto& x) { return launch(kernels::Logsumexp{}, x); }},
               Saved{[](auto&, auto& x) { return save(x); }},
               Vjp{[](auto& dy, auto& x) { return Grads{expand_dims(dy, -1) * softmax_rows(x)}; }},
               Jvp{[](Tangents t, auto& x) { return sum(softmax_rows(x) * t[0], {-1}); }},
               Vmap{[](Batch, auto& x) { return logsumexp(x, {-1}); }});
}

// A function of rows along any axis: it is moved to the end and back.
template <class F>
Tensor along(const char* op, const Tensor& x, std::int64_t axis, const F& of_rows) {
  const int last = x.rank() - 1, a = normalize_axis(op, axis, x.rank());
  if (a == last) return astype(of_rows(as_rows(x)), result_dtype(x));
  return swapaxes(astype(of_rows(as_rows(swapaxes(x, a, last))), result_dtype(x)), a, last);
}

// The axes that stay, then the others.
Shape moved_to_end(const Shape& axes, int rank) {
  Shape order;
  const auto moves = [&](int axis) { return std::find(axes.begin(), axes.end(), axis) != axes.end(); };
  for (int i = 0; i < rank; ++i) {
    if (!moves(i)) order.push_back(i);
  }
  for (const auto axis : axes) order.push_back(axis);
  return order;
}

Shape reduced(const Shape& shape, const Shape& axes, bool keepdims) {
  Shape result = shape;
  for (int i = axes.rank(); i-- > 0;) {  // sorted: from the last, so that positions stay
    if (keepdims)
      result[static_cast<int>(axes[i])] = 1;
    else
      result.erase(static_cast<int>(axes[i]));
  }
  return result;
}

}  // namespace

Tensor softmax(const Tensor& x, std::int64_t axis) { return along("softmax", x, axis, softmax_rows); }
Tensor log_softmax(const Tensor& x, std::int64_t axis) {
  return along("log_softmax", x, axis, log_softmax_rows);
}

Tensor logsumexp(const Tensor& x, const Shape& axes, bool keepdims) {
  const Shape over = normalize_axes("logsumexp", axes, x.rank());
  Shape rows = reduced(x.shape(), over, false);
  const Shape result = keepdims ? reduced(x.shape(), over, true) : rows;
  std::int64_t length = 1;
  for (const auto axis : over) length *= x.shape(static_cast<int>(axis));
  rows.push_back(length);
  const Tensor y = logsumexp_rows(as_rows(reshape(transpose(x, moved_to_end(over, x.rank())), rows)));
  return astype(reshape(y, result), result_dtype(x));
}

namespace detail {

Tensor softmax_backward(const Tensor& dy, const Tensor& y) {
  return apply("softmax_backward", {contiguous(dy), contiguous(y)},
               Forward{[](auto& dy, auto& y) { return launch(kernels::SoftmaxBackward{}, dy, y); }},
               Saved{[](auto&, auto& dy, auto& y) { return save(dy, y); }},
               Vjp{[](auto& g, Needs needs, auto& dy, auto& y) {
                 return Grads{needs[0] ? softmax_backward(g, y) : Tensor(),
                              needs[1] ? g * (dy - sum_rows(dy * y)) - dy * sum_rows(g * y) : Tensor()};
               }},
               Vmap{[](Batch batch, auto& dy, auto& y) {
                 return softmax_backward(with_batch(dy, batch, 0), with_batch(y, batch, 1));
               }});
}

Tensor log_softmax_backward(const Tensor& dy, const Tensor& y) {
  return apply(
      "log_softmax_backward", {contiguous(dy), contiguous(y)},
      Forward{[](auto& dy, auto& y) { return launch(kernels::LogSoftmaxBackward{}, dy, y); }},
      Saved{[](auto&, auto& dy, auto& y) { return save(dy, y); }},
      Vjp{[](auto& g, Needs needs, auto& dy, auto& y) {
        const Tensor p = g * exp(y);
        return Grads{needs[0] ? g - sum_rows(p) : Tensor(), needs[1] ? -(p * sum_rows(dy)) : Tensor()};
      }},
      Vmap{[](Batch batch, auto& dy, auto& y) {
        return log_softmax_backward(with_batch(dy, batch, 0), with_batch(y, batch, 1));
      }});
}

}  // namespace detail
}  // namespace ramie
