#include <ramie/autograd/ops/normalization.h>

#include <fmt/format.h>

#include <ramie/autograd/ops/elementwise.h>
#include <ramie/autograd/ops/reduce.h>
#include <ramie/autograd/ops/shape.h>
#include <ramie/tensor/error.h>

namespace ramie {
namespace {

Tensor wide(const Tensor& x) { return x.astype(promote(x.dtype(), float32)); }

void check_parameter(const char* op, const char* what, const Tensor& p, const Tensor& x) {
  if (!p) return;
  bool fits = p.rank() <= x.rank();
  for (int i = 1; fits && i <= p.rank(); ++i) fits = p.shape(-i) == 1 || p.shape(-i) == x.shape(-i);
  if (!fits)
    fail(op,
         fmt::format("{} is {}, which does not broadcast to x, {}.", what, str(p.layout()), str(x.layout())));
}

void check(const char* op, const Tensor& x, int rank, const Tensor& scale, const Tensor& bias = {}) {
  if (x.rank() < rank) fail(op, fmt::format("x is {}, but it needs {} axes or more.", str(x.layout()), rank));
  check_parameter(op, "scale", scale, x);
  check_parameter(op, "bias", bias, x);
}

// The variance, from a mean that kept the axes.
Tensor variance(const Tensor& x, const Tensor& mu, const Shape& axes, bool fast) {
  if (fast) return maximum(mean(square(x), axes, true) - square(mu), 0);
  return mean(square(x - mu), axes, true);
}

// y + bias in the dtype that x, scale and bias promote to.
Tensor finished(Tensor y, const Tensor& scale, const Tensor& bias, DType x) {
  DType dtype = is_floating(x) ? x : float32;
  if (scale) dtype = promote(dtype, scale.dtype());
  if (bias) y = y + bias, dtype = promote(dtype, bias.dtype());
  return y.astype(dtype);
}

Tensor scaled(const Tensor& centered, const Tensor& var, const Tensor& scale, const Tensor& bias,
              double epsilon, DType dtype) {
  const Tensor factor = rsqrt(var + epsilon);
  return finished(centered * (scale ? factor * scale : factor), scale, bias, dtype);
}

Shape all_but_last(const Tensor& x) {
  Shape axes;
  for (int i = 0; i + 1 < x.rank(); ++i) axes.push_back(i);
  return axes;
}

// For each of N, the channels in so many groups.
Tensor grouped(const Tensor& input, std::int64_t groups, const Tensor& scale, const Tensor& bias,
               const NormOptions& o) {
  Shape split = input.shape(), axes;
  split[-1] = groups;
  split.push_back(input.shape(-1) / groups);
  for (int i = 1; i < split.rank(); ++i)
    if (i != split.rank() - 2) axes.push_back(i);
  const Tensor x = reshape(wide(input), split), mu = mean(x, axes, true), centered = x - mu;
  const Tensor unit = centered * rsqrt(variance(x, mu, axes, o.use_fast_variance) + o.epsilon);
  const Tensor y = reshape(unit, input.shape());
  return finished(scale ? y * scale : y, scale, bias, input.dtype());
}

}  // namespace

Tensor normalize(const Tensor& input, const Tensor& mean, const Tensor& var, const Tensor& scale,
                 const Tensor& bias, double epsilon) {
  check("normalize", input, 0, scale, bias);
  check_parameter("normalize", "mean", mean, input);
  check_parameter("normalize", "var", var, input);
  return scaled(wide(input) - mean, var, scale, bias, epsilon, input.dtype());
}

BatchNormalized batch_norm(const Tensor& input, const Tensor& scale, const Tensor& bias,
                           const NormOptions& o) {
  check("batch_norm", input, 2, scale, bias);
  const Tensor x = wide(input);
  const Shape axes = all_but_last(x), channels{x.shape(-1)};
  const Tensor mu = mean(x, axes, true), var = variance(x, mu, axes, o.use_fast_variance);
  return {scaled(x - mu, var, scale, bias, o.epsilon, input.dtype()), reshape(mu, channels),
          reshape(var, channels)};
}

Tensor layer_norm(const Tensor& input, const Tensor& scale, const Tensor& bias, const NormOptions& o,
                  const Shape& axes) {
  check("layer_norm", input, 1, scale, bias);
  const Tensor x = wide(input), mu = mean(x, axes, true);
  return scaled(x - mu, variance(x, mu, axes, o.use_fast_variance), scale, bias, o.epsilon, input.dtype());
}

Tensor rms_norm(const Tensor& input, const Tensor& scale, double epsilon, const Shape& axes) {
  check("rms_norm", input, 1, scale);
  const Tensor x = wide(input);
  return scaled(x, mean(square(x), axes, true), scale, {}, epsilon, input.dtype());
}

Tensor group_norm(const Tensor& x, std::int64_t groups, const Tensor& scale, const Tensor& bias,
                  const NormOptions& o) {
  check("group_norm", x, 2, scale, bias);
  if (groups < 1 || x.shape(-1) % groups)
    fail("group_norm", fmt::format("{} channels do not divide into {} groups: x is {}.", x.shape(-1), groups,
                                   str(x.layout())));
  return grouped(x, groups, scale, bias, o);
}

Tensor instance_norm(const Tensor& x, const Tensor& scale, const Tensor& bias, const NormOptions& o) {
  check("instance_norm", x, 3, scale, bias);
  return grouped(x, x.shape(-1), scale, bias, o);
}

}  // namespace ramie
