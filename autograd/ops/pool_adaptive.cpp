#include <ramie/autograd/ops/pool_adaptive.h>

#include <fmt/format.h>

#include <vector>

#include <ramie/autograd/ops/pool2d.h>
#include <ramie/autograd/ops/reduce.h>
#include <ramie/autograd/ops/shape.h>
#include <ramie/tensor/error.h>

namespace ramie {
namespace {

using Pool = Tensor (*)(const Tensor&, const PoolOptions&);

Shape between(const char* op, const Tensor& x) {
  if (x.rank() < 3) fail(op, fmt::format("x has axes between N and C, but it is {}.", str(x.layout())));
  Shape axes;
  for (int i = 1; i + 1 < x.rank(); ++i) axes.push_back(i);
  return axes;
}

void check_size(const char* op, const Tensor& x, const Shape& size) {
  bool fits = size.rank() >= 1 && size.rank() <= 3 && x.rank() == size.rank() + 2;
  for (int i = 0; fits && i < size.rank(); ++i) fits = size[i] > 0 && x.shape(i + 1) > 0;
  if (!fits)
    fail(op, fmt::format("a size of {} does not fit x, which is {}: it needs a positive number for each of "
                         "the 1, 2 or 3 axes between N and C.",
                         str(size), str(x.layout())));
}

// One axis at a time; a window's first maximum is then the first in row-major order if the last axis comes
// first.
Tensor along(const Tensor& x, int axis, std::int64_t n, Pool pool) {
  const std::int64_t m = x.shape(axis);
  PoolOptions o{.window = Shape(std::vector<std::int64_t>(static_cast<std::size_t>(x.rank() - 2), 1))};
  if (m % n == 0) {
    o.strides = o.window;
    o.window[axis - 1] = o.strides[axis - 1] = m / n;
    return pool(x, o);
  }
  std::vector<Tensor> parts;
  for (std::int64_t i = 0; i < n; ++i) {
    const std::int64_t begin = i * m / n, end = ((i + 1) * m + n - 1) / n;
    o.window[axis - 1] = end - begin;
    parts.push_back(pool(slice(x, axis, begin, end), o));
  }
  return concatenate(parts, axis);
}

Tensor adaptive(const char* op, const Tensor& x, const Shape& size, Pool pool) {
  check_size(op, x, size);
  Tensor y = x;
  for (int i = size.rank(); i-- > 0;)
    if (y.shape(i + 1) != size[i]) y = along(y, i + 1, size[i], pool);
  return y;
}

}  // namespace

Tensor global_avg_pool(const Tensor& x, bool keepdims) {
  return mean(x, between("global_avg_pool", x), keepdims);
}
Tensor global_max_pool(const Tensor& x, bool keepdims) {
  return max(x, between("global_max_pool", x), keepdims);
}

Tensor adaptive_avg_pool(const Tensor& x, const Shape& size) {
  return adaptive("adaptive_avg_pool", is_floating(x.dtype()) ? x : x.astype(float32), size, avg_pool);
}
Tensor adaptive_max_pool(const Tensor& x, const Shape& size) {
  return adaptive("adaptive_max_pool", x, size, max_pool);
}

}  // namespace ramie
