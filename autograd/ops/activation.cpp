#include <ramie/autograd/ops/activation.h>

#include <fmt/format.h>

#include <ramie/autograd/ops/reduce.h>
#include <ramie/autograd/ops/shape.h>
#include <ramie/tensor/error.h>

namespace ramie {

Tensor selu(const Tensor& x) {
  constexpr double alpha = 1.6732632423543772, scale = 1.0507009873554805;
  return elu(x, alpha) * scale;
}
Tensor celu(const Tensor& x, double alpha) { return where(x > 0, x, elu(x / alpha) * alpha); }
Tensor mish(const Tensor& x) { return x * tanh(softplus(x)); }
Tensor log_sigmoid(const Tensor& x) { return -softplus(-x); }
Tensor soft_sign(const Tensor& x) { return x / (abs(x) + 1); }

Tensor hard_tanh(const Tensor& x) { return where(x > 1, 1, where(x < -1, -1, x)); }
Tensor hard_sigmoid(const Tensor& x) { return relu6(x + 3) / 6; }
Tensor hard_silu(const Tensor& x) { return x * hard_sigmoid(x); }

Tensor squareplus(const Tensor& x, double b) { return (x + sqrt(square(x) + b)) * 0.5; }
Tensor sparse_plus(const Tensor& x) { return where(x <= -1, 0, where(x >= 1, x, square(x + 1) * 0.25)); }
Tensor sparse_sigmoid(const Tensor& x) { return clip(x + 1, 0, 2) * 0.5; }

Tensor glu(const Tensor& x, std::int64_t axis) {
  const int a = normalize_axis("glu", axis, x.rank());
  const std::int64_t n = x.shape(a);
  if (n % 2)
    fail("glu",
         fmt::format("axis {} of {} has an odd length: it is to be cut in two halves.", a, str(x.layout())));
  return slice(x, a, 0, n / 2) * sigmoid(slice(x, a, n / 2, n));
}

Tensor standardize(const Tensor& x, const Shape& axes, double epsilon) {
  return standardize(x, mean(x, axes, true), var(x, axes, true), epsilon);
}
Tensor standardize(const Tensor& x, const Tensor& mean, const Tensor& variance, double epsilon) {
  return (x - mean) * rsqrt(variance + epsilon);
}

}  // namespace ramie
