// Counter-based random numbers: threefry2x32, bit-compatible with current JAX (partitionable layout). A key is a tensor
// uint32[2]; the same key gives the same numbers on every device and for any number of threads.
//
//   Tensor key = random::key(0);
//   auto keys = random::split(key);            // [2, 2]
//   Tensor x = random::normal(keys[0], {3, 4});
//   key = random::fold_in(key, step);          // a number, or a tensor of one, which stays on its device
#pragma once

#include <ramie/tensor/tensor.h>

namespace ramie::random {

Tensor key(std::int64_t seed);                                  // uint32[2]
std::vector<Tensor> split(const Tensor& key, std::int64_t n = 2);  // n keys; jax.random.split's rows
Tensor fold_in(const Tensor& key, std::uint32_t data);
Tensor fold_in(const Tensor& key, const Tensor& data);          // data: one integer
Tensor bits(const Tensor& key, const Shape& shape, DType dtype = uint32);  // uint8, uint32 (others as JAX has them)
// Uniform in [low, high).
Tensor uniform(const Tensor& key, const Shape& shape, DType dtype = float32, double low = 0, double high = 1);
Tensor normal(const Tensor& key, const Shape& shape, DType dtype = float32);
// A standard normal, conditioned on lying in (lower, upper).
Tensor truncated_normal(const Tensor& key, double lower, double upper, const Shape& shape, DType dtype = float32);
Tensor bernoulli(const Tensor& key, double p, const Shape& shape);  // bool; p is float32, as in JAX
Tensor randint(const Tensor& key, const Shape& shape, std::int64_t low, std::int64_t high, DType dtype = int32);
Tensor permutation(const Tensor& key, std::int64_t n);                     // of 0..n-1, int32
Tensor permutation(const Tensor& key, const Tensor& x, std::int64_t axis = 0);  // x shuffled along an axis

}  // namespace ramie::random
