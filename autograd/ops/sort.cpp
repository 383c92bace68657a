#include <ramie/autograd/ops/sort.h>

#include <fmt/format.h>

#include <ramie/autograd/apply.h>
#include <ramie/autograd/engine.h>
#include <ramie/autograd/ops/elementwise.h>
#include <ramie/autograd/ops/index.h>
#include <ramie/autograd/ops/reduce.h>
#include <ramie/autograd/ops/shape.h>
#include <ramie/autograd/read_size.h>
#include <ramie/tensor/create.h>
#include <ramie/tensor/error.h>
#include <ramie/tensor/ops/sort.h>

namespace ramie {
namespace {

Tensor order(const Tensor& x, int axis, bool descending) {
  return apply(
      "argsort", {x}, Forward{[&](auto& x) {
        return launch(kernels::Argsort{axis, descending}, x.layout().dense ? x : contiguous(x.detach()));
      }},
      Vmap{[axis, descending](Batch, const Tensor& x) { return order(x, axis + 1, descending); }});
}
int checked_axis(const char* op, const Tensor& x, std::int64_t axis) {
  if (x.rank() == 0) fail(op, "x has no axes: there is no order of one number.");
  return normalize_axis(op, axis, x.rank());
}

// a < b or, of sorted numbers, a <= b, where NaN is larger than all others.
Tensor stands_before(const Tensor& a, const Tensor& b, bool right) {
  return right ? logical_or(a <= b, isnan(b))
               : logical_or(a < b, logical_and(isnan(b), logical_not(isnan(a))));
}

// A sorted row: true where an element is not the one before it.
Tensor changes(const Tensor& row) {
  const std::int64_t n = row.size();
  const Tensor a = slice(row, 0, 0, n - 1), b = slice(row, 0, 1, n);
  const Tensor same = logical_or(a == b, logical_and(isnan(a), isnan(b)));
  return concatenate({logical_not(zeros_like(slice(row, 0, 0, 1))), logical_not(same)}, 0);
}

}  // namespace

Tensor argsort(const Tensor& x, std::int64_t axis, bool descending) {
  return order(stop_gradient(x), checked_axis("argsort", x, axis), descending);
}
Tensor sort(const Tensor& x, std::int64_t axis, bool descending) {
  const int a = checked_axis("sort", x, axis);
  return take_along_axis(x, order(stop_gradient(x), a, descending), a);
}

std::pair<Tensor, Tensor> topk(const Tensor& x, std::int64_t k, std::int64_t axis) {
  const int a = checked_axis("topk", x, axis);
  if (k < 0 || k > x.shape(a))
    fail("topk",
         fmt::format("k is {}, but axis {} of {} has {} elements.", k, a, str(x.layout()), x.shape(a)));
  const Tensor indices = slice(order(stop_gradient(x), a, true), a, 0, k);
  return {take_along_axis(x, indices, a), indices};
}

// By bisection: `found` edges stand before the value, and the next power of two of them is tried.
Tensor searchsorted(const Tensor& edges, const Tensor& values, bool right) {
  if (edges.rank() != 1)
    fail("searchsorted", fmt::format("the edges are {}: they must be one sorted row.", str(edges.layout())));
  const std::int64_t n = edges.size();
  const DType dtype = promote(edges.dtype(), values.dtype());
  const Tensor row = stop_gradient(astype(edges, dtype)), v = stop_gradient(astype(values, dtype));
  Tensor found = astype(zeros_like(v), int32);
  std::int64_t step = 1;
  while (2 * step <= n) step *= 2;
  for (; step > 0 && n > 0; step /= 2) {
    const Tensor next = found + step;
    const Tensor before = stands_before(take(row, minimum(next, n) - 1), v, right);
    found = where(logical_and(before, next <= n), next, found);
  }
  return found;
}

Tensor unique(const Tensor& x) { return unique_all(x).values; }

Unique unique_all(const Tensor& x) {
  const Tensor all = flatten(x);
  const std::int64_t n = all.size();
  const Tensor from = argsort(all), sorted = take(all, from);
  if (n == 0) return {sorted, from, reshape(from, x.shape()), from};
  const Tensor first = changes(stop_gradient(sorted));
  const std::int64_t count = detail::read_size("unique", sum(first));
  const Tensor starts = slice(argsort(logical_not(first)), 0, 0, count);
  const Tensor ends = concatenate({slice(starts, 0, 1, count), full_like(slice(starts, 0, 0, 1), n)}, 0);
  const Tensor inverse = take(cumsum(first, 0) - 1, argsort(from));
  return {take(sorted, starts), take(from, starts), reshape(inverse, x.shape()), ends - starts};
}

}  // namespace ramie
