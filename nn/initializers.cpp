#include <ramie/nn/initializers.h>

#include <fmt/format.h>

#include <cmath>

#include <ramie/autograd/ops/elementwise.h>
#include <ramie/tensor/create.h>
#include <ramie/tensor/error.h>
#include <ramie/tensor/random.h>

namespace ramie::nn::initializers {
namespace {

double fan_of(const Shape& shape, Fan fan) {
  if (shape.rank() < 2)
    fail("variance_scaling", fmt::format("shape {} has no fan: it needs at least two axes (in, out).", str(shape)));
  double field = 1;
  for (int i = 0; i < shape.rank() - 2; ++i) field *= static_cast<double>(shape[i]);
  const double in = field * static_cast<double>(shape[-2]), out = field * static_cast<double>(shape[-1]);
  return fan == Fan::in ? in : fan == Fan::out ? out : (in + out) / 2;
}

// The standard deviation is computed in the parameter's dtype, as JAX does, to give its very bits.
double root(double variance, DType t) {
  return t == float64 ? std::sqrt(variance) : static_cast<double>(std::sqrt(static_cast<float>(variance)));
}

}  // namespace

Initializer zeros() { return constant(0); }
Initializer ones() { return constant(1); }
Initializer constant(double value) {
  return [value](const Tensor&, const Shape& shape, DType t) { return full(shape, value, t); };
}
Initializer normal(double stddev) {
  return [stddev](const Tensor& key, const Shape& shape, DType t) { return random::normal(key, shape, t) * stddev; };
}
Initializer uniform(double scale) {
  return [scale](const Tensor& key, const Shape& shape, DType t) { return random::uniform(key, shape, t) * scale; };
}

Initializer variance_scaling(double scale, Fan fan, Distribution distribution) {
  return [=](const Tensor& key, const Shape& shape, DType t) {
    const double variance = scale / std::max(1.0, fan_of(shape, fan));
    if (distribution == Distribution::uniform)
      return random::uniform(key, shape, t, -1, 1) * root(3 * variance, t);
    if (distribution == Distribution::normal) return random::normal(key, shape, t) * root(variance, t);
    // 0.8796... is the standard deviation of a standard normal that is cut at +-2.
    const double stddev = t == float64 ? root(variance, t) / .87962566103423978
                                       : static_cast<float>(root(variance, t)) / .87962566103423978f;
    return random::truncated_normal(key, -2, 2, shape, t) * stddev;
  };
}

Initializer lecun_normal() { return variance_scaling(1, Fan::in, Distribution::truncated_normal); }
Initializer lecun_uniform() { return variance_scaling(1, Fan::in, Distribution::uniform); }
Initializer he_normal() { return variance_scaling(2, Fan::in, Distribution::truncated_normal); }
Initializer he_uniform() { return variance_scaling(2, Fan::in, Distribution::uniform); }
Initializer glorot_normal() { return variance_scaling(1, Fan::average, Distribution::truncated_normal); }
Initializer glorot_uniform() { return variance_scaling(1, Fan::average, Distribution::uniform); }

}  // namespace ramie::nn::initializers
