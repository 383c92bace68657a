// Initial values of parameters: functions from a key, a shape and a dtype. They draw JAX's numbers: to the
// bit, but for normal ones (2 ulp or so, since they pass through erf_inv) and orthogonal ones (1e-6).
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

Initializer zeros();
Initializer ones();
Initializer constant(double value);
Initializer normal(double stddev = 0.01);
Initializer uniform(double scale = 0.01);  // [0, scale)
// A standard normal that lies in (lower, upper), times stddev.
Initializer truncated_normal(double stddev = 0.01, double lower = -2, double upper = 2);

enum class Fan { in, out, average, geometric };  // the last two: of both fans
enum class Distribution { truncated_normal, normal, uniform };
// Which axes are inputs and outputs of the layer; those of the batch are layers of their own, and all others
// are the receptive field, which counts for both fans. By default as for kernels (in, out) and HWIO.
struct FanAxes {
  Shape in = {-2}, out = {-1}, batch = {};
};
// The variance is scale / fan; truncated_normal cuts at two standard deviations and corrects for it.
Initializer variance_scaling(double scale, Fan fan, Distribution distribution, const FanAxes& axes = {});
Initializer lecun_normal(const FanAxes& axes = {});  // scale 1, fan in, truncated normal: Flax's default
Initializer lecun_uniform(const FanAxes& axes = {});
Initializer he_normal(const FanAxes& axes = {});  // scale 2, fan in
Initializer he_uniform(const FanAxes& axes = {});
Initializer glorot_normal(const FanAxes& axes = {});  // scale 1, average of both fans
Initializer glorot_uniform(const FanAxes& axes = {});
inline Initializer kaiming_normal(const FanAxes& axes = {}) { return he_normal(axes); }
inline Initializer kaiming_uniform(const FanAxes& axes = {}) { return he_uniform(axes); }
inline Initializer xavier_normal(const FanAxes& axes = {}) { return glorot_normal(axes); }
inline Initializer xavier_uniform(const FanAxes& axes = {}) { return glorot_uniform(axes); }

// A uniformly drawn matrix with orthonormal columns (rows, where it has fewer), times scale; the columns are
// one axis, the rows all others together: Saxe et al. (2014).
Initializer orthogonal(double scale = 1, std::int64_t column_axis = -1);
// For kernels of convolutions (..., in, out) with in <= out: an orthogonal matrix in the middle, zeros around
// it: Xiao et al. (2018).
Initializer delta_orthogonal(double scale = 1, std::int64_t column_axis = -1);

}  // namespace initializers
}  // namespace ramie::nn
