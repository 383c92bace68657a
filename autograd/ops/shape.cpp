#include <ramie/autograd/ops/shape.h>

#include <fmt/format.h>

#include <numeric>
#include <optional>

#include <ramie/autograd/apply.h>
#include <ramie/autograd/ops/elementwise.h>
#include <ramie/autograd/ops/reduce.h>
#include <ramie/tensor/error.h>
#include <ramie/tensor/ops/pad.h>

namespace ramie {
namespace {

// The one length of -1 becomes what the others leave.
Shape infer_length(const Layout& x, const Shape& shape) {
  Shape out = shape;
  std::int64_t known = 1, *open = nullptr;
  bool valid = true;
  for (auto& d : out) {
    valid = valid && d >= -1 && (d >= 0 || !open);
    d == -1 ? void(open = &d) : void(known *= d);
  }
  if (valid && open && known > 0) *open = x.size / known;
  if (!valid || (open && known == 0) || out.size() != x.size)
    fail("reshape", fmt::format("{} elements do not fit {}: x is {}.", x.size, str(shape), str(x)));
  return out;
}

// Strides for the axes [begin, end) of `shape`, the last of which has the given stride.
void set_run(Shape& strides, const Shape& shape, int begin, int end, std::int64_t stride) {
  for (int i = end; i-- > begin; stride *= shape[i]) strides[i] = stride;
}
// Whether the axes [begin, end) step through memory as one.
bool even(const Shape& shape, const Shape& strides, int begin, int end) {
  for (int i = begin; i + 1 < end; ++i)
    if (strides[i] != strides[i + 1] * shape[i + 1]) return false;
  return true;
}

// The layout of x's elements in another shape of as many, or none where no strides can express it. Old and
// new axes are matched in the smallest groups of equal size.
std::optional<Layout> reshape_view(const Layout& x, const Shape& to) {
  if (x.dense) return x.as(to);
  Shape from, steps, strides = to;
  for (int i = 0; i < x.rank(); ++i)
    if (x.shape[i] != 1) from.push_back(x.shape[i]), steps.push_back(x.strides[i]);
  int i = 0, j = 0;
  while (i < from.rank()) {
    const int first_old = i, first_new = j;
    for (std::int64_t a = from[i++], b = to[j++]; a != b;) a < b ? a *= from[i++] : b *= to[j++];
    if (!even(from, steps, first_old, i)) return {};
    set_run(strides, to, first_new, j, steps[i - 1]);
  }
  set_run(strides, to, j, to.rank(), 1);  // only lengths of 1 are left
  return Layout(x.dtype, to, strides);
}

// The shape, or the permutation, of a batch of such tensors.
Shape batched(const Batch& batch, Shape shape) {
  shape.insert(0, batch.size);
  return shape;
}
Shape batched_permutation(Shape axes) {
  for (auto& axis : axes) ++axis;
  axes.insert(0, 0);
  return axes;
}
detail::Steps batched(const Batch& batch, detail::Steps s) {
  s.first.insert(0, 0);
  s.step.insert(0, 1);
  s.count.insert(0, batch.size);
  return s;
}

// All ops that keep the row-major order of the elements, under their own names.
Tensor reshape_as(const char* name, const Tensor& x, const Shape& shape) {
  if (shape == x.shape()) return x;
  const auto layout = reshape_view(x.layout(), shape);
  if (!layout) return reshape_as(name, contiguous(x), shape);
  return apply(
      name, {x}, Forward{[&](auto& x) { return x.alias(*layout); }},
      Vjp{[shape = x.shape()](auto& dy) { return Grads{reshape(dy, shape)}; }}, linear,
      Vmap{[name, shape](Batch b, const Tensor& x) { return reshape_as(name, x, batched(b, shape)); }});
}

// A permutation of 0..rank-1; reversed where none is given.
Shape permutation(const Layout& x, const Shape& axes) {
  Shape out;
  for (int i = x.rank(); i-- > 0 && axes.empty();) out.push_back(i);
  std::uint64_t seen = 0;
  for (auto axis : axes) {
    out.push_back(normalize_axis("transpose", axis, x.rank()));
    seen |= std::uint64_t{1} << out.back();
  }
  if (out.rank() != x.rank() || (!axes.empty() && seen + 1 != std::uint64_t{1} << x.rank()))
    fail("transpose",
         fmt::format("{} is not a permutation of the {} axes of {}.", str(axes), x.rank(), str(x)));
  return out;
}

Layout permuted(const Layout& x, const Shape& axes) {
  Shape shape = axes, strides = axes;
  for (int i = 0; i < axes.rank(); ++i) {
    shape[i] = x.shape[static_cast<int>(axes[i])];
    strides[i] = x.strides[static_cast<int>(axes[i])];
  }
  return Layout(x.dtype, shape, strides);
}

// All of x.
detail::Steps whole(const Tensor& x) {
  detail::Steps s{x.shape(), x.shape(), x.shape()};
  std::fill(s.first.begin(), s.first.end(), 0);
  std::fill(s.step.begin(), s.step.end(), 1);
  return s;
}

// Narrows one axis to Python's x[start:stop:step].
void narrow(detail::Steps& s, int axis, const Range& r) {
  const std::int64_t n = s.count[axis], step = r.step, back = step < 0;
  if (step == 0) fail("slice", "the step is 0.");
  auto clip = [&](std::int64_t i) { return std::clamp<std::int64_t>(i < 0 ? i + n : i, -back, n - back); };
  const std::int64_t start = r.start ? clip(*r.start) : back ? n - 1 : 0;
  const std::int64_t stop = r.stop ? clip(*r.stop) : back ? -1 : n;
  s.count[axis] = std::max<std::int64_t>(0, (stop - start + step - (back ? -1 : 1)) / step);
  s.first[axis] = start;
  s.step[axis] = step;
}
// Narrows one axis to a single index.
void pick(detail::Steps& s, int axis, std::int64_t i) {
  const std::int64_t n = s.count[axis];
  if (i < -n || i >= n)
    fail("index", fmt::format("index {} is out of range for axis {} of length {}.", i, axis, n));
  s.first[axis] = i < 0 ? i + n : i;
  s.count[axis] = 1;
}

Tensor strided_view(const Tensor& x, const detail::Steps& s) {
  Shape strides = x.layout().strides;
  std::int64_t offset = 0;
  for (int i = 0; i < strides.rank(); ++i) {
    offset += s.first[i] * strides[i];
    strides[i] *= s.step[i];
  }
  const Layout layout(x.dtype(), s.count, strides);
  return x.alias(layout, layout.size ? offset : 0);
}

// x set into a tensor of the value.
Tensor set_into(const Tensor& x, const Shape& shape, const detail::Steps& s, Scalar value) {
  return apply("pad", {x}, Forward{[&](auto& x) {
                 return launch(kernels::Pad{shape, s.first, s.step, value}, x);
               }},
               Vjp{[s](auto& dy) { return Grads{detail::strided("slice", dy, s)}; }},
               Jvp{[shape, s](Tangents t) { return detail::place(t[0], shape, s); }},
               Vmap{[shape, s, value](Batch b, const Tensor& x) {
                 return set_into(x, batched(b, shape), batched(b, s), value);
               }});
}

Shape without(const Shape& shape, const Shape& axes) {  // axes sorted
  Shape out = shape;
  for (int i = axes.rank(); i-- > 0;) out.erase(static_cast<int>(axes[i]));
  return out;
}

}  // namespace

namespace detail {

Tensor strided(const char* name, const Tensor& x, const Steps& s) {
  if (s.count == x.shape() && std::all_of(s.step.begin(), s.step.end(), [](auto d) { return d == 1; }))
    return x;
  return apply(name, {x}, Forward{[&](auto& x) { return strided_view(x, s); }},
               Vjp{[s, shape = x.shape()](auto& dy) { return Grads{place(dy, shape, s)}; }}, linear,
               Vmap{[name, s](Batch b, const Tensor& x) { return strided(name, x, batched(b, s)); }});
}

Tensor place(const Tensor& x, const Shape& shape, const Steps& s) {
  if (x.shape() == shape) return strided("flip", x, s);  // no gaps: at most a flip, which undoes itself
  return apply(
      "place", {x}, Forward{[&](auto& x) {
        return launch(kernels::Pad{shape, s.first, s.step}, x);
      }},
      Vjp{[s](auto& dy) { return Grads{strided("slice", dy, s)}; }}, linear,
      Vmap{[shape, s](Batch b, const Tensor& x) { return place(x, batched(b, shape), batched(b, s)); }});
}

}  // namespace detail

Tensor reshape(const Tensor& x, const Shape& shape) {
  return reshape_as("reshape", x, infer_length(x.layout(), shape));
}

Tensor flatten(const Tensor& x, std::int64_t start_axis) {
  if (x.rank() == 0) return reshape_as("flatten", x, {1});
  Shape shape = x.shape();
  for (const int a = normalize_axis("flatten", start_axis, x.rank()); shape.rank() > a + 1;) {
    shape[a] *= shape[a + 1];
    shape.erase(a + 1);
  }
  return reshape_as("flatten", x, shape);
}

Tensor transpose(const Tensor& x, const Shape& axes) {
  const Shape to = permutation(x.layout(), axes);
  Shape inverse = to;
  for (int i = 0; i < to.rank(); ++i) inverse[static_cast<int>(to[i])] = i;
  return apply("transpose", {x}, Forward{[&](auto& x) { return x.alias(permuted(x.layout(), to)); }},
               Vjp{[inverse](auto& dy) { return Grads{transpose(dy, inverse)}; }}, linear,
               Vmap{[to](Batch, const Tensor& x) { return transpose(x, batched_permutation(to)); }});
}

Tensor swapaxes(const Tensor& x, std::int64_t a, std::int64_t b) {
  Shape axes = x.shape();
  std::iota(axes.begin(), axes.end(), 0);
  std::swap(axes[normalize_axis("swapaxes", a, x.rank())], axes[normalize_axis("swapaxes", b, x.rank())]);
  return transpose(x, axes);
}

Tensor broadcast_to(const Tensor& x, const Shape& shape) {
  if (shape == x.shape()) return x;
  return apply("broadcast_to", {x},
               Forward{[&](auto& x) { return x.alias(broadcast_layout("broadcast_to", x.layout(), shape)); }},
               Vjp{[from = x.shape()](auto& dy) { return Grads{sum_to(dy, from)}; }}, linear,
               Vmap{[from = x.shape(), shape](Batch b, const Tensor& x) {
                 Shape aligned = from;  // with the axes that broadcasting adds
                 while (aligned.rank() < shape.rank()) aligned.insert(0, 1);
                 return broadcast_to(reshape(x, batched(b, aligned)), batched(b, shape));
               }});
}

Tensor expand_dims(const Tensor& x, std::int64_t axis) {
  Shape shape = x.shape();
  shape.insert(normalize_axis("expand_dims", axis, x.rank() + 1), 1);
  return reshape_as("expand_dims", x, shape);
}

Tensor squeeze(const Tensor& x, const Shape& axes) {
  Shape gone;
  for (int i = 0; i < x.rank() && axes.empty(); ++i)
    if (x.shape()[i] == 1) gone.push_back(i);
  if (!axes.empty()) gone = normalize_axes("squeeze", axes, x.rank());
  for (auto axis : gone)
    if (x.shape()[static_cast<int>(axis)] != 1)
      fail("squeeze", fmt::format("axis {} of {} is not of length 1.", axis, str(x.layout())));
  return reshape_as("squeeze", x, without(x.shape(), gone));
}

Tensor slice(const Tensor& x, std::int64_t axis, const Range& range) {
  detail::Steps s = whole(x);
  narrow(s, normalize_axis("slice", axis, x.rank()), range);
  return detail::strided("slice", x, s);
}
Tensor slice(const Tensor& x, std::int64_t axis, std::int64_t start, std::int64_t stop, std::int64_t step) {
  return slice(x, axis, Range{start, stop, step});
}

Tensor flip(const Tensor& x, const Shape& axes) {
  detail::Steps s = whole(x);
  for (auto axis : normalize_axes("flip", axes, x.rank())) narrow(s, static_cast<int>(axis), {{}, {}, -1});
  return detail::strided("flip", x, s);
}

Tensor pad(const Tensor& x, const std::vector<std::pair<std::int64_t, std::int64_t>>& widths, Scalar value) {
  if (static_cast<int>(widths.size()) != x.rank())
    fail("pad",
         fmt::format("{} pairs of widths for the {} axes of {}.", widths.size(), x.rank(), str(x.layout())));
  detail::Steps s = whole(x);
  Shape shape = x.shape();
  for (int i = 0; i < x.rank(); ++i) {
    const auto& [before, after] = widths[static_cast<std::size_t>(i)];
    if (before < 0 || after < 0)
      fail("pad", fmt::format("the widths ({}, {}) of axis {} are negative: use slice.", before, after, i));
    s.first[i] = before;
    shape[i] += before + after;
  }
  return set_into(x, shape, s, value);
}

Tensor Tensor::astype(DType dtype) const { return ramie::astype(*this, dtype); }
Tensor Tensor::reshape(const Shape& shape) const { return ramie::reshape(*this, shape); }
Tensor Tensor::transpose(const Shape& axes) const { return ramie::transpose(*this, axes); }
Tensor Tensor::slice(std::int64_t axis, std::int64_t start, std::int64_t stop, std::int64_t step) const {
  return ramie::slice(*this, axis, start, stop, step);
}

detail::Place detail::place_of(const char* op, const Tensor& x, std::initializer_list<Index> indices) {
  if (static_cast<int>(indices.size()) > x.rank())
    fail(op, fmt::format("{} indices for {}.", indices.size(), str(x.layout())));
  Steps s = whole(x);
  Shape gone;
  int axis = 0;
  for (auto& i : indices) {
    if (i.range.step == 0 && !i.range.stop)
      gone.push_back(axis), pick(s, axis, *i.range.start);
    else
      narrow(s, axis, i.range);
    ++axis;
  }
  return {s, without(s.count, gone)};
}

Tensor Tensor::index(std::initializer_list<Index> indices) const {
  const auto at = detail::place_of("index", *this, indices);
  return reshape_as("index", detail::strided("slice", *this, at.steps), at.shape);
}

}  // namespace ramie
