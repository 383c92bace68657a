// Random numbers of the beta distribution.
#pragma once

#include <ramie/tensor/tensor.h>

namespace ramie::data {

// One number in [0, 1], float32 on the key's device: gamma(a) / (gamma(a) + gamma(b)). Its density is
// proportional to x^(a - 1) (1 - x)^(b - 1); a, b > 0. Made of ops, so vmap maps it over keys. Not the number
// that jax.random.beta draws with that key.
// Source: Marsaglia and Tsang, "A simple method for generating gamma variables", 2000.
Tensor beta(const Tensor& key, double a, double b);

}  // namespace ramie::data
