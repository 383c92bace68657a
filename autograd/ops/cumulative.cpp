#include <ramie/autograd/ops/cumulative.h>

#include <ramie/autograd/ops/elementwise.h>
#include <ramie/autograd/ops/reduce.h>
#include <ramie/autograd/ops/shape.h>

namespace ramie {
namespace {

using Combine = Tensor (*)(const Tensor&, const Tensor&);

// Each element holds what the last `width` ones give, and takes over what stands `width` before it: so the
// width doubles in each step, and no element is counted twice.
Tensor running(const char* op, Combine combine, const Tensor& x, std::int64_t axis, bool reverse) {
  const int a = normalize_axis(op, axis, x.rank());
  if (reverse) return flip(running(op, combine, flip(x, {a}), a, false), {a});
  const std::int64_t n = x.shape(a);
  Tensor y = x;
  for (std::int64_t width = 1; width < n; width *= 2)
    y = concatenate({slice(y, a, 0, width), combine(slice(y, a, 0, n - width), slice(y, a, width, n))}, a);
  return y;
}
// The same in float32, where each step would round.
Tensor widened(const char* op, Combine combine, const Tensor& x, std::int64_t axis, bool reverse) {
  if (x.dtype() != float16 && x.dtype() != bfloat16) return running(op, combine, x, axis, reverse);
  return astype(running(op, combine, astype(x, float32), axis, reverse), x.dtype());
}

}  // namespace

Tensor cumprod(const Tensor& x, std::int64_t axis, bool reverse) {
  const bool small = x.dtype() == bool_ || size_of(x.dtype()) < 4;
  const Tensor factors = small && !is_floating(x.dtype()) ? astype(x, int32) : x;
  return widened("cumprod", multiply, factors, axis, reverse);
}
Tensor cummax(const Tensor& x, std::int64_t axis, bool reverse) {
  return running("cummax", maximum, x, axis, reverse);
}
Tensor cummin(const Tensor& x, std::int64_t axis, bool reverse) {
  return running("cummin", minimum, x, axis, reverse);
}
Tensor cumlogsumexp(const Tensor& x, std::int64_t axis, bool reverse) {
  const Tensor real = is_floating(x.dtype()) ? x : astype(x, float32);
  return widened("cumlogsumexp", logaddexp, real, axis, reverse);
}

}  // namespace ramie
