#include <ramie/autograd/ops/statistics.h>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include <ramie/autograd/engine.h>
#include <ramie/autograd/ops/elementwise.h>
#include <ramie/autograd/ops/index.h>
#include <ramie/autograd/ops/reduce.h>
#include <ramie/autograd/ops/shape.h>
#include <ramie/autograd/ops/sort.h>
#include <ramie/autograd/read_size.h>
#include <ramie/tensor/create.h>
#include <ramie/tensor/error.h>

namespace ramie {
namespace {

Tensor real(const Tensor& x) { return is_floating(x.dtype()) ? x : astype(x, float32); }

// Squares and products of these would round, or leave the range.
bool is_narrow(const Tensor& x) { return x.dtype() == float16 || x.dtype() == bfloat16; }

// f of what is not 0, else 0: with the gradient 0 there, of every order.
template <class F>
Tensor unless_zero(const Tensor& x, const F& f) {
  const Tensor zero = x == 0;
  return where(zero, 0, f(where(zero, 1, x)));
}

// The given axes as one, behind all others.
Tensor as_rows(const Tensor& x, const Shape& axes) {
  Shape order, shape;
  std::int64_t n = 1;
  for (int i = 0; i < x.rank(); ++i)
    if (std::find(axes.begin(), axes.end(), i) == axes.end()) order.push_back(i), shape.push_back(x.shape(i));
  for (const auto axis : axes) order.push_back(axis), n *= x.shape(static_cast<int>(axis));
  shape.push_back(n);
  return reshape(x.rank() ? transpose(x, order) : x, shape);
}
Shape kept(Shape shape, const Shape& axes) {
  for (const auto axis : axes) shape[static_cast<int>(axis)] = 1;
  return shape;
}

// Weights as one of x's shape.
Tensor spread(const Tensor& weights, const Tensor& x, const Shape& axes) {
  if (weights.rank() != 1 || axes.rank() != 1 || x.rank() == 1) return broadcast_to(weights, x.shape());
  Shape shape = x.shape();
  std::fill(shape.begin(), shape.end(), 1);
  shape[static_cast<int>(axes[0])] = weights.size();
  return broadcast_to(reshape(weights, shape), x.shape());
}

}  // namespace

Tensor norm(const Tensor& x, double ord, const Shape& axes, bool keepdims) {
  if (is_narrow(x)) return astype(norm(astype(x, float32), ord, axes, keepdims), x.dtype());
  const Tensor v = real(x);
  if (ord == 0) return astype(count_nonzero(v, axes, keepdims), v.dtype());
  if (ord == 1) return sum(abs(v), axes, keepdims);
  if (ord == INFINITY) return max(abs(v), axes, keepdims);
  if (ord == -INFINITY) return min(abs(v), axes, keepdims);
  if (ord == 2) return unless_zero(sum(square(v), axes, keepdims), [](const Tensor& s) { return sqrt(s); });
  return unless_zero(sum(power(abs(v), ord), axes, keepdims),
                     [ord](const Tensor& s) { return power(s, 1 / ord); });
}

Tensor average(const Tensor& x, const Tensor& weights, const Shape& given, bool keepdims) {
  if (is_narrow(x)) return astype(average(astype(x, float32), weights, given, keepdims), x.dtype());
  const Shape axes = normalize_axes("average", given, x.rank());
  const Tensor w = spread(real(weights), x, axes);
  return sum(x * w, axes, keepdims) / sum(w, axes, keepdims);
}
Tensor nansum(const Tensor& x, const Shape& axes, bool keepdims) {
  return sum(where(isnan(x), 0, x), axes, keepdims);
}
Tensor nanmean(const Tensor& x, const Shape& axes, bool keepdims) {
  const Tensor v = real(x), there = logical_not(isnan(v));
  return nansum(v, axes, keepdims) / astype(sum(there, axes, keepdims), v.dtype());
}

Tensor median(const Tensor& x, const Shape& axes, bool keepdims) { return quantile(x, 0.5, axes, keepdims); }
Tensor quantile(const Tensor& x, double q, const Shape& axes, bool keepdims) {
  if (!(q >= 0 && q <= 1)) fail("quantile", fmt::format("q is {}: it must be in [0, 1].", q));
  return quantile(x, tensor(q, float64), axes, keepdims);
}

Tensor quantile(const Tensor& x, const Tensor& q, const Shape& given, bool keepdims) {
  const Shape axes = normalize_axes("quantile", given, x.rank());
  const Tensor rows = sort(as_rows(real(x), axes));
  const std::int64_t n = rows.shape(-1);
  if (n == 0) fail("quantile", fmt::format("{} has no elements along axes {}.", str(x.layout()), str(axes)));
  const Tensor at = flatten(clip(astype(q, float64), 0, 1) * (n - 1)).to(x.device());
  const Tensor below = stop_gradient(floor(at)), share = astype(at - below, rows.dtype());
  const Tensor low = take(rows, astype(below, int32), -1),
               high = take(rows, astype(stop_gradient(ceil(at)), int32), -1);
  const Tensor lines = low * (1 - share) + high * share;
  const Tensor last = slice(rows, -1, n - 1, n), y = where(isnan(last), last, lines);
  Shape shape = q.shape(), rest = keepdims ? kept(x.shape(), axes) : y.shape();
  if (!keepdims) rest.erase(rest.rank() - 1);
  for (const auto length : rest) shape.push_back(length);
  Shape order{y.rank() - 1};
  for (int i = 0; i + 1 < y.rank(); ++i) order.push_back(i);
  return reshape(transpose(y, order), shape);
}

Tensor count_nonzero(const Tensor& x, const Shape& axes, bool keepdims) {
  return sum(astype(x != 0, int32), axes, keepdims);
}

Tensor bincount(const Tensor& x, std::optional<std::int64_t> length, const Tensor& weights) {
  if (is_floating(x.dtype())) fail("bincount", fmt::format("{} are no integers.", str(x.layout())));
  const Tensor bins =
      maximum(flatten(astype(x, x.dtype() == int64 || x.dtype() == uint32 ? int64 : int32)), 0);
  if (!length) length = detail::read_size("bincount", bins.size() ? max(bins) : tensor(-1)) + 1;
  if (*length < 0) fail("bincount", fmt::format("the length is {}.", *length));
  const Tensor ones = weights ? flatten(broadcast_to(weights, x.shape())) : astype(ones_like(bins), int32);
  const Tensor all = detail::scatter(ones, minimum(bins, *length), 0, *length + 1);  // the last: too large
  return slice(all, 0, 0, *length);
}

namespace {

// From low to high in equal steps. A range of one value is widened by 1/2 to both sides.
Tensor bin_edges(const Tensor& x, std::int64_t bins, std::optional<std::pair<double, double>> range) {
  const Tensor steps = astype(linspace(0, 1, bins + 1, float64), x.dtype()).to(x.device());
  if (!range && x.size() == 0) range = {0, 1};
  const Tensor low = range ? full_like(sum(x), range->first) : min(x),
               high = range ? full_like(sum(x), range->second) : max(x), single = low == high;
  const Tensor first = where(single, low - 0.5, low), last = where(single, high + 0.5, high);
  return first * (1 - steps) + last * steps;
}

}  // namespace

std::pair<Tensor, Tensor> histogram(const Tensor& x, std::int64_t bins,
                                    std::optional<std::pair<double, double>> range) {
  if (bins < 1) fail("histogram", fmt::format("{} bins: there must be at least one.", bins));
  if (range && !(range->first <= range->second))
    fail("histogram", fmt::format("the range {} to {} is empty.", range->first, range->second));
  const Tensor v = stop_gradient(flatten(real(x))), edges = bin_edges(v, bins, range);
  const Tensor low = slice(edges, 0, 0, 1), high = slice(edges, 0, bins, bins + 1);
  const Tensor bin = minimum(searchsorted(edges, v, true) - 1, bins - 1);  // the last bin has its end
  const Tensor inside = logical_and(v >= low, v <= high);
  return {bincount(where(inside, bin, bins), bins), edges};
}

}  // namespace ramie
