#include <ramie/autograd/ops/resize.h>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include <ramie/autograd/ops/elementwise.h>
#include <ramie/autograd/ops/index.h>
#include <ramie/autograd/ops/matmul.h>
#include <ramie/autograd/ops/shape.h>
#include <ramie/tensor/error.h>

namespace ramie {
namespace {

// How much an element at distance x counts.
double weight(Resize method, double x) {
  x = std::abs(x);
  if (method == Resize::linear) return std::max(0.0, 1 - x);
  if (x >= 2) return 0;
  return x >= 1 ? ((-0.5 * x + 2.5) * x - 4) * x + 2 : (1.5 * x - 2.5) * x * x + 1;
}

// [m, n]: column i is what the elements of an axis of length m are to element i of n. It sums to 1.
Tensor weights(std::int64_t m, std::int64_t n, Resize method, bool antialias) {
  std::vector<double> w(static_cast<std::size_t>(m * n));
  const double scale = static_cast<double>(m) / static_cast<double>(n),
               width = antialias ? std::max(scale, 1.0) : 1;
  for (std::int64_t i = 0; i < n; ++i) {
    const double at = (static_cast<double>(i) + 0.5) * scale - 0.5;
    const auto column = [&](std::int64_t j) -> double& { return w[static_cast<std::size_t>(j * n + i)]; };
    double total = 0;
    for (std::int64_t j = 0; j < m; ++j)
      total += column(j) = weight(method, (at - static_cast<double>(j)) / width);
    for (std::int64_t j = 0; j < m; ++j) column(j) /= total;
  }
  return from_vector(w, {m, n});
}

Tensor nearest(const Tensor& x, int axis, std::int64_t n) {
  const std::int64_t m = x.shape(axis);
  std::vector<std::int32_t> indices;
  for (std::int64_t i = 0; i < n; ++i)
    indices.push_back(static_cast<std::int32_t>((2 * i + 1) * m / (2 * n)));
  return take(x, from_vector(indices).to(x.device()), axis);
}

Tensor mixed(const Tensor& x, int axis, const Tensor& w) {
  const Tensor of_axis = w.to(x.device()).astype(x.dtype());
  return swapaxes(matmul(swapaxes(x, axis, -1), of_axis), axis, -1);
}

void check_shape(const Tensor& x, const Shape& shape) {
  bool fits = x.rank() == shape.rank();
  for (int i = 0; fits && i < x.rank(); ++i) fits = shape[i] >= 0 && (x.shape(i) > 0 || shape[i] == 0);
  if (!fits)
    fail("resize", fmt::format("{} cannot become {}: the shape has as many axes, and no elements come from "
                               "none.",
                               str(x.layout()), str(shape)));
}

DType computed_in(DType t) { return t == float64 ? float64 : float32; }

}  // namespace

Tensor resize(const Tensor& x, const Shape& shape, Resize method, bool antialias) {
  check_shape(x, shape);
  const DType dtype = method == Resize::nearest || is_floating(x.dtype()) ? x.dtype() : float32;
  Tensor y = method == Resize::nearest ? x : x.astype(computed_in(x.dtype()));
  for (int i = 0; i < x.rank(); ++i) {
    const std::int64_t m = x.shape(i), n = shape[i];
    if (m == n) continue;
    y = method == Resize::nearest ? nearest(y, i, n) : mixed(y, i, weights(m, n, method, antialias));
  }
  return y.astype(dtype);
}

Tensor pixel_shuffle(const Tensor& x, std::int64_t r) {
  if (r < 1 || x.rank() != 4 || x.shape(-1) % (r * r))
    fail("pixel_shuffle",
         fmt::format("x is (N, H, W, C r r) for r = {} and some C, not {}.", r, str(x.layout())));
  const Shape& s = x.shape();
  const std::int64_t channels = s[3] / (r * r);
  const Tensor blocks = reshape(x, {s[0], s[1], s[2], channels, r, r});
  return reshape(transpose(blocks, {0, 1, 4, 2, 5, 3}), {s[0], s[1] * r, s[2] * r, channels});
}

}  // namespace ramie
