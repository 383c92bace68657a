#include <ramie/autograd/ops/reduce.h>

#include <fmt/format.h>

#include <algorithm>

#include <ramie/autograd/apply.h>
#include <ramie/autograd/ops/elementwise.h>
#include <ramie/autograd/ops/shape.h>
#include <ramie/tensor/create.h>
#include <ramie/tensor/error.h>
#include <ramie/tensor/ops/argmax.h>
#include <ramie/tensor/ops/cumsum.h>
#include <ramie/tensor/ops/reduce.h>

namespace ramie {
namespace {

using kernels::Reduce;

// What a sum is accumulated in, and of which dtype it is where that is wider than x's own.
DType sum_dtype(DType t) {
  switch (t) {
    case DType::float16:
    case DType::bfloat16:
      return float32;
    case DType::bool_:
    case DType::uint8:
    case DType::int8:
    case DType::int16:
      return int32;
    default:
      return t;
  }
}

// The same for means, which are never integers.
DType mean_dtype(DType t) { return is_floating(t) ? sum_dtype(t) : float32; }
// A result that was accumulated for x, in x's own dtype where that is floating.
Tensor narrowed(const Tensor& y, const Tensor& x) {
  return is_floating(x.dtype()) ? astype(y, x.dtype()) : y;
}

Shape kept(const Shape& shape, const Shape& axes) {
  Shape out = shape;
  for (auto axis : axes) out[static_cast<int>(axis)] = 1;
  return out;
}
std::int64_t length(const Shape& shape, const Shape& axes) {
  std::int64_t n = 1;
  for (auto axis : axes) n *= shape[static_cast<int>(axis)];
  return n;
}

// The same axes of a batch, which stands in front.
Shape behind_batch(Shape axes) {
  for (auto& axis : axes) ++axis;
  return axes;
}

Tensor plain(const Tensor& x) { return x.layout().dense ? x : contiguous(x.detach()); }

// On plain values of an accumulating dtype.
Tensor reduce(const char* name, Reduce::Op op, const Tensor& x, const Shape& axes, bool keepdims) {
  return launch(Reduce{name, op, axes, keepdims}, plain(x));
}

// A sum or, divided by a number, a mean, under its own name.
Tensor sum_as(const char* name, const Tensor& x, const Shape& axes, bool keepdims, std::int64_t divisor) {
  return apply(name, {x}, Forward{[&](auto& x) {
                 const Tensor y = reduce(name, Reduce::Op::sum, x, axes, keepdims);
                 return divisor == 1 ? y : divide(y, divisor);
               }},
               Vjp{[shape = x.shape(), axes, divisor](auto& dy) {
                 const Tensor each = divisor == 1 ? dy : divide(dy, divisor);
                 return Grads{broadcast_to(reshape(each, kept(shape, axes)), shape)};
               }},
               linear,
               Vmap{[=](Batch, auto& x) { return sum_as(name, x, behind_batch(axes), keepdims, divisor); }});
}

Tensor extreme(const char* name, Reduce::Op op, const Tensor& x, const Shape& axes, bool keepdims) {
  if (length(x.shape(), axes) == 0)
    fail(name, fmt::format("{} has no elements along axes {}: there is no {} of nothing.", str(x.layout()),
                           str(axes), name));
  if (sum_dtype(x.dtype()) != x.dtype())
    return astype(extreme(name, op, astype(x, sum_dtype(x.dtype())), axes, keepdims), x.dtype());
  return apply(name, {x}, Forward{[&](auto& x) { return reduce(name, op, x, axes, keepdims); }},
               Saved{[](auto& y, auto& x) { return save(y, x); }}, Vjp{[axes](auto& dy, auto& y, auto& x) {
                 const Shape column = kept(x.shape(), axes);
                 const Tensor ties = astype(equal(x, reshape(y, column)), x.dtype());  // share the gradient
                 return Grads{reshape(dy, column) / sum(ties, axes, true) * ties};
               }},
               Vmap{[=](Batch, auto& x) { return extreme(name, op, x, behind_batch(axes), keepdims); }});
}

// The first half of an axis of length n times the second; 1 stands in for the last where n is odd.
Tensor multiply_halves(const Tensor& x, int axis, std::int64_t n) {
  const Tensor second = slice(x, axis, (n + 1) / 2, n);
  std::vector<std::pair<std::int64_t, std::int64_t>> widths(static_cast<std::size_t>(x.rank()));
  widths[static_cast<std::size_t>(axis)].second = n % 2;
  return slice(x, axis, 0, (n + 1) / 2) * (n % 2 ? pad(second, widths, 1) : second);
}

Tensor position(const char* name, const Tensor& x, std::optional<std::int64_t> axis, bool largest,
                bool keepdims) {
  if (!axis) {
    const Tensor y = position(name, flatten(x), 0, largest, false);
    return keepdims ? reshape(y, kept(x.shape(), normalize_axes(name, {}, x.rank()))) : y;
  }
  const int a = normalize_axis(name, *axis, x.rank());
  if (x.shape()[a] == 0) fail(name, fmt::format("{} has no elements along axis {}.", str(x.layout()), a));
  return apply(name, {x}, Forward{[&](auto& x) {
                 return launch(kernels::Argmax{name, largest, a, keepdims}, plain(x));
               }},
               Vmap{[=](Batch, auto& x) { return position(name, x, a + 1, largest, keepdims); }});
}

// The largest truth value; of nothing it is false.
Tensor any_of(const Tensor& truth, const Shape& axes, bool keepdims) {
  return apply("any", {truth}, Forward{[&](auto& x) {
                 return astype(reduce("any", Reduce::Op::max, astype(x, int32), axes, keepdims), bool_);
               }},
               Vmap{[=](Batch, auto& x) { return any_of(x, behind_batch(axes), keepdims); }});
}

}  // namespace

Tensor sum(const Tensor& x, const Shape& axes, bool keepdims) {
  const Tensor wide = astype(x, sum_dtype(x.dtype()));
  return narrowed(sum_as("sum", wide, normalize_axes("sum", axes, x.rank()), keepdims, 1), x);
}

Tensor mean(const Tensor& x, const Shape& given, bool keepdims) {
  const Shape axes = normalize_axes("mean", given, x.rank());
  const Tensor wide = astype(x, mean_dtype(x.dtype()));
  return narrowed(sum_as("mean", wide, axes, keepdims, length(x.shape(), axes)), x);
}

Tensor max(const Tensor& x, const Shape& axes, bool keepdims) {
  return extreme("max", Reduce::Op::max, x, normalize_axes("max", axes, x.rank()), keepdims);
}
Tensor min(const Tensor& x, const Shape& axes, bool keepdims) {
  return extreme("min", Reduce::Op::min, x, normalize_axes("min", axes, x.rank()), keepdims);
}

// A tree of pairwise products, so that gradients of every order are right where factors are zero.
Tensor prod(const Tensor& x, const Shape& given, bool keepdims) {
  const Shape axes = normalize_axes("prod", given, x.rank());
  Tensor y = astype(x, sum_dtype(x.dtype()));
  for (auto axis : axes) {
    std::int64_t n = x.shape(static_cast<int>(axis));
    if (n == 0) y = ones(kept(y.shape(), {axis}), y.dtype()).to(y.device());
    for (; n > 1; n = (n + 1) / 2) y = multiply_halves(y, static_cast<int>(axis), n);
  }
  if (!keepdims && !axes.empty()) y = squeeze(y, axes);
  return narrowed(y, x);
}

Tensor var(const Tensor& x, const Shape& given, bool keepdims, double ddof) {
  const Shape axes = normalize_axes("var", given, x.rank());
  const Tensor wide = astype(x, mean_dtype(x.dtype())), squares = square(wide - mean(wide, axes, true));
  if (ddof == 0) return narrowed(mean(squares, axes, keepdims), x);
  const double divisor = static_cast<double>(length(x.shape(), axes)) - ddof;
  return narrowed(sum(squares, axes, keepdims) / std::max(divisor, 0.0), x);
}
Tensor std(const Tensor& x, const Shape& axes, bool keepdims, double ddof) {
  return narrowed(sqrt(var(astype(x, mean_dtype(x.dtype())), axes, keepdims, ddof)), x);
}
Tensor var(const Tensor& x, const Shape& axes, bool keepdims) { return var(x, axes, keepdims, 0); }
Tensor std(const Tensor& x, const Shape& axes, bool keepdims) { return std(x, axes, keepdims, 0); }

Tensor any(const Tensor& x, const Shape& axes, bool keepdims) {
  return any_of(astype(x, bool_), normalize_axes("any", axes, x.rank()), keepdims);
}
Tensor all(const Tensor& x, const Shape& axes, bool keepdims) {
  return logical_not(any(logical_not(astype(x, bool_)), axes, keepdims));
}

Tensor argmax(const Tensor& x, std::optional<std::int64_t> axis, bool keepdims) {
  return position("argmax", x, axis, true, keepdims);
}
Tensor argmin(const Tensor& x, std::optional<std::int64_t> axis, bool keepdims) {
  return position("argmin", x, axis, false, keepdims);
}

Tensor cumsum(const Tensor& x, std::int64_t axis) {
  const int a = normalize_axis("cumsum", axis, x.rank());
  const Tensor wide =
      is_floating(x.dtype()) ? x : astype(x, sum_dtype(x.dtype()));  // the kernel widens floats
  return apply("cumsum", {wide}, Forward{[&](auto& x) { return launch(kernels::Cumsum{a}, plain(x)); }},
               Vjp{[a](auto& dy) { return Grads{flip(cumsum(flip(dy, {a}), a), {a})}; }}, linear,
               Vmap{[a](Batch, auto& x) { return cumsum(x, a + 1); }});
}

Tensor sum_to(const Tensor& x, const Shape& shape) {
  if (shape == x.shape()) return x;
  broadcast_layout("sum_to", Layout(x.dtype(), shape), x.shape());  // the error, if it does not fit
  if (const DType wide = sum_dtype(x.dtype()); wide != x.dtype())
    return astype(sum_to(astype(x, wide), shape), x.dtype());
  Shape axes;
  for (int i = 0, extra = x.rank() - shape.rank(); i < x.rank(); ++i)
    if (i < extra || (shape[i - extra] == 1 && x.shape()[i] != 1)) axes.push_back(i);
  return apply("sum_to", {x}, Forward{[&](auto& x) {
                 const Tensor y = reduce("sum_to", Reduce::Op::sum, x, axes, true);
                 return y.alias(y.layout().as(shape));
               }},
               Vjp{[from = x.shape()](auto& dy) { return Grads{broadcast_to(dy, from)}; }}, linear,
               Vmap{[axes, shape](Batch batch, auto& x) {
                 Shape to = shape;
                 to.insert(0, batch.size);
                 return reshape(sum(x, behind_batch(axes)), to);
               }});
}

}  // namespace ramie
