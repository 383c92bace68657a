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
    fail("variance_scaling",
         fmt::format("shape {} has no fan: it needs at least two axes (in, out).", str(shape)));
  double field = 1;
  for (int i = 0; i < shape.rank() - 2; ++i) field *= static_cast<double>(shape[i]);
  const double in = field * static_cast<double>(shape[-2]), out = field * static_cast<double>(shape[-1]);
  return fan == Fan::in ? in : fan == Fan::out ? out : (in + out) / 2;
}

// The factor of a standard sample, computed in float32 unless the parameter is float64, as JAX does, to give
// its bits.
template <class T>
T factor_of(T variance, Distribution distribution) {
  if (distribution == Distribution::uniform) return std::sqrt(3 * variance);
  // 0.8796... is the standard deviation of a standard normal that is cut at +-2.
  return distribution == Distribution::normal ? std::sqrt(variance)
                                              : std::sqrt(variance) / static_cast<T>(.87962566103423978);
}

}  // namespace

Initializer zeros() { return constant(0); }
Initializer ones() { return constant(1); }
Initializer constant(double value) {
  return [value](const Tensor&, const Shape& shape, DType t) { return full(shape, value, t); };
}
Initializer normal(double stddev) {
  return [stddev](const Tensor& key, const Shape& shape, DType t) {
    return random::normal(key, shape, t) * stddev;
  };
}
Initializer uniform(double scale) {
  return [scale](const Tensor& key, const Shape& shape, DType t) {
    return random::uniform(key, shape, t) * scale;
  };
}

Initializer variance_scaling(double scale, Fan fan, Distribution distribution) {
  return [=](const Tensor& key, const Shape& shape, DType t) {
    const double variance = scale / std::max(1.0, fan_of(shape, fan));
    const double factor = t == float64
                              ? factor_of(variance, distribution)
                              : static_cast<double>(factor_of(static_cast<float>(variance), distribution));
    if (distribution == Distribution::uniform) return random::uniform(key, shape, t, -1, 1) * factor;
    if (distribution == Distribution::normal) return random::normal(key, shape, t) * factor;
    return random::truncated_normal(key, -2, 2, shape, t) * factor;
  };
}

Initializer lecun_normal() { return variance_scaling(1, Fan::in, Distribution::truncated_normal); }
Initializer lecun_uniform() { return variance_scaling(1, Fan::in, Distribution::uniform); }
Initializer he_normal() { return variance_scaling(2, Fan::in, Distribution::truncated_normal); }
Initializer he_uniform() { return variance_scaling(2, Fan::in, Distribution::uniform); }
Initializer glorot_normal() { return variance_scaling(1, Fan::average, Distribution::truncated_normal); }
Initializer glorot_uniform() { return variance_scaling(1, Fan::average, Distribution::uniform); }

}  // namespace ramie::nn::initializers
