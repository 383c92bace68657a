// Activations that are made of other ops, named and defined as in jax.nn. (relu, elu, silu, gelu and others
// with kernels of their own: elementwise.h; softmax: softmax.h.)
//
//   Tensor y = mish(x) + hard_swish(x);
//   glu(float32[8,64]) -> float32[8,32]
//
// Integers give float32, but hard_tanh keeps them.
#pragma once

#include <ramie/autograd/ops/elementwise.h>

namespace ramie {

Tensor selu(const Tensor& x);                      // 1.0507 elu(x, 1.6733): Klambauer et al. (2017)
Tensor celu(const Tensor& x, double alpha = 1);    // alpha (exp(x / alpha) - 1) below 0
Tensor mish(const Tensor& x);                      // x tanh(softplus(x))
Tensor log_sigmoid(const Tensor& x);               // log(sigmoid(x)), without overflow
Tensor soft_sign(const Tensor& x);                 // x / (|x| + 1)
Tensor hard_tanh(const Tensor& x);                 // -1 to 1, between them x; gradient 1 at both
Tensor hard_sigmoid(const Tensor& x);              // relu6(x + 3) / 6
Tensor hard_silu(const Tensor& x);                 // x hard_sigmoid(x)
Tensor squareplus(const Tensor& x, double b = 4);  // (x + sqrt(x^2 + b)) / 2
Tensor sparse_plus(const Tensor& x);               // 0 below -1, x above 1, (x + 1)^2 / 4 between
Tensor sparse_sigmoid(const Tensor& x);            // its slope: 0 below -1, 1 above 1, a line between
inline Tensor identity(const Tensor& x) { return x; }
inline Tensor swish(const Tensor& x) { return silu(x); }
inline Tensor hard_swish(const Tensor& x) { return hard_silu(x); }

// The first half of an axis, of even length, times the sigmoid of the second: Dauphin et al. (2017).
Tensor glu(const Tensor& x, std::int64_t axis = -1);

// x less its mean over some axes, divided by its standard deviation: sqrt(variance + epsilon).
Tensor standardize(const Tensor& x, const Shape& axes = {-1}, double epsilon = 1e-5);
// The same with a mean and a variance that are known, and broadcast to x.
Tensor standardize(const Tensor& x, const Tensor& mean, const Tensor& variance, double epsilon = 1e-5);

}  // namespace ramie
