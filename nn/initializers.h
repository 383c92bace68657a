// Initial values of parameters: functions from a key, a shape and a dtype. The fan-in is the product of all
// axes but the last, as for kernels (in, out) and HWIO.
//
//   nn::Linear(784, 256, {.kernel_init = nn::initializers::he_normal()}, rngs);
//
// Source: jax.nn.initializers.
#pragma once

#include <functional>

#include <ramie/tensor/tensor.h>

namespace ramie::nn {

using Initializer = std::function<Tensor(const Tensor& key, const Shape& shape, DType dtype)>;

namespace initializers {

enum class Fan { in, out, average };
enum class Distribution { truncated_normal, normal, uniform };

Initializer zeros();
Initializer ones();
Initializer constant(double value);
Initializer normal(double stddev = 0.01);
Initializer uniform(double scale = 0.01);  // [0, scale)
// The variance is scale / fan; truncated_normal cuts at two standard deviations and corrects for it.
Initializer variance_scaling(double scale, Fan fan, Distribution distribution);
Initializer lecun_normal();  // scale 1, fan in, truncated normal: Flax's default
Initializer lecun_uniform();
Initializer he_normal();  // scale 2, fan in
Initializer he_uniform();
Initializer glorot_normal();  // scale 1, average of both fans
Initializer glorot_uniform();

}  // namespace initializers
}  // namespace ramie::nn
