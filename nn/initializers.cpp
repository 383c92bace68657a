#include <ramie/nn/initializers.h>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include <ramie/autograd/ops/elementwise.h>
#include <ramie/autograd/ops/linalg.h>
#include <ramie/autograd/ops/shape.h>
#include <ramie/autograd/ops/shape_arrange.h>
#include <ramie/autograd/ops/shape_diagonal.h>
#include <ramie/tensor/create.h>
#include <ramie/tensor/error.h>
#include <ramie/tensor/random.h>

namespace ramie::nn::initializers {
namespace {

// Factors are rounded to the parameter's dtype wherever JAX rounds them, to give its bits.
double rounded(double x, DType t) {
  visit(t, [&]<class T>(Type<T>) { x = static_cast<double>(static_cast<T>(x)); });
  return x;
}

double product(const Shape& shape, const Shape& axes) {
  double n = 1;
  for (const auto axis : axes)
    n *= static_cast<double>(shape[normalize_axis("variance_scaling", axis, shape.rank())]);
  return n;
}

double fan_of(const Shape& shape, Fan fan, const FanAxes& axes) {
  if (shape.rank() < 2 && axes.in == Shape{-2})
    fail("variance_scaling",
         fmt::format("shape {} has no fan: it needs at least two axes (in, out).", str(shape)));
  double all = 1;
  for (const auto n : shape) all *= static_cast<double>(n);
  const double inputs = product(shape, axes.in), outputs = product(shape, axes.out),
               field = all / inputs / outputs / product(shape, axes.batch), in = inputs * field,
               out = outputs * field;
  if (fan == Fan::geometric) return std::sqrt(in * out);
  return fan == Fan::in ? in : fan == Fan::out ? out : (in + out) / 2;
}

// The factor of a standard sample.
double factor_of(double variance, Distribution distribution, DType t) {
  if (distribution == Distribution::uniform) return rounded(std::sqrt(rounded(3 * variance, t)), t);
  const double stddev = rounded(std::sqrt(variance), t);
  // The standard deviation of a standard normal that is cut at +-2.
  const double cut = rounded(.87962566103423978, t);
  return distribution == Distribution::normal ? stddev : rounded(stddev / cut, t);
}

// The q of a random matrix, with signs by which every orthogonal one is as likely.
Tensor orthogonal_matrix(const Tensor& key, std::int64_t rows, std::int64_t columns, DType t) {
  const auto [q, r] = qr(random::normal(key, {std::max(rows, columns), std::min(rows, columns)}, t));
  const Tensor x = q * sign(diagonal(r));
  return rows < columns ? matrix_transpose(x) : x;
}

}  // namespace

Initializer zeros() { return constant(0); }
Initializer ones() { return constant(1); }
Initializer constant(double value) {
  return [value](const Tensor&, const Shape& shape, DType t) { return full(shape, value, t); };
}
Initializer normal(double stddev) {
  return [stddev](const Tensor& key, const Shape& shape, DType t) {
    return random::normal(key, shape, t) * rounded(stddev, t);
  };
}
Initializer uniform(double scale) {
  return [scale](const Tensor& key, const Shape& shape, DType t) {
    return random::uniform(key, shape, t) * rounded(scale, t);
  };
}
Initializer truncated_normal(double stddev, double lower, double upper) {
  return [=](const Tensor& key, const Shape& shape, DType t) {
    return random::truncated_normal(key, lower, upper, shape, t) * rounded(stddev, t);
  };
}

Initializer variance_scaling(double scale, Fan fan, Distribution distribution, const FanAxes& axes) {
  return [=](const Tensor& key, const Shape& shape, DType t) {
    const double variance = rounded(scale / std::max(1.0, fan_of(shape, fan, axes)), t),
                 factor = factor_of(variance, distribution, t);
    if (distribution == Distribution::uniform) return random::uniform(key, shape, t, -1, 1) * factor;
    if (distribution == Distribution::normal) return random::normal(key, shape, t) * factor;
    return random::truncated_normal(key, -2, 2, shape, t) * factor;
  };
}

Initializer lecun_normal(const FanAxes& axes) {
  return variance_scaling(1, Fan::in, Distribution::truncated_normal, axes);
}
Initializer lecun_uniform(const FanAxes& axes) {
  return variance_scaling(1, Fan::in, Distribution::uniform, axes);
}
Initializer he_normal(const FanAxes& axes) {
  return variance_scaling(2, Fan::in, Distribution::truncated_normal, axes);
}
Initializer he_uniform(const FanAxes& axes) {
  return variance_scaling(2, Fan::in, Distribution::uniform, axes);
}
Initializer glorot_normal(const FanAxes& axes) {
  return variance_scaling(1, Fan::average, Distribution::truncated_normal, axes);
}
Initializer glorot_uniform(const FanAxes& axes) {
  return variance_scaling(1, Fan::average, Distribution::uniform, axes);
}

Initializer orthogonal(double scale, std::int64_t column_axis) {
  return [=](const Tensor& key, const Shape& shape, DType t) {
    if (shape.rank() < 2)
      fail("orthogonal", fmt::format("shape {} is no matrix: it needs at least two axes.", str(shape)));
    const int axis = normalize_axis("orthogonal", column_axis, shape.rank());
    const std::int64_t size = shape.size(), columns = shape[axis];
    if (size == 0) return ramie::zeros(shape, t);
    Shape rows_first = shape;
    rows_first.erase(axis);
    rows_first.push_back(columns);
    const Tensor matrix = orthogonal_matrix(key, size / columns, columns, t);
    return moveaxis(reshape(matrix, rows_first), -1, axis) * rounded(scale, t);
  };
}

Initializer delta_orthogonal(double scale, std::int64_t column_axis) {
  return [=](const Tensor& key, const Shape& shape, DType t) {
    const int kernel_axes = shape.rank() - 2;
    if (kernel_axes < 1 || kernel_axes > 3 || shape[-2] > shape[-1])
      fail("delta_orthogonal",
           fmt::format("shape {} must be (..., in, out) with 1 to 3 axes before them and in <= out.",
                       str(shape)));
    if (shape.size() == 0) return ramie::zeros(shape, t);
    Shape one = shape;
    std::vector<std::pair<std::int64_t, std::int64_t>> around(static_cast<std::size_t>(shape.rank()));
    for (int i = 0; i < kernel_axes; ++i) {
      one[i] = 1;
      around[static_cast<std::size_t>(i)] = {(shape[i] - 1) / 2, shape[i] / 2};
    }
    const Tensor matrix = orthogonal(scale, column_axis)(key, {shape[-2], shape[-1]}, t);
    return pad(reshape(matrix, one), around);
  };
}

}  // namespace ramie::nn::initializers
