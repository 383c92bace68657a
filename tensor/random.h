// Counter-based random numbers: threefry2x32, bit-compatible with current JAX (partitionable layout). A key
// is a tensor uint32[2]; the same key gives the same numbers on every device and for any number of threads.
//
//   Tensor key = random::key(0);
//   auto keys = random::split(key);            // [2, 2]
//   Tensor x = random::normal(keys[0], {3, 4});
//   key = random::fold_in(key, step);          // a number, or a tensor of one, which stays on its device
//
// Names and numbers are jax.random's: everything to the bit, but normal numbers to 2 ulp or so, since they
// pass through erf_inv (float16 and bfloat16: to the bit). Use a key once; split it, or fold numbers in, for
// more.
#pragma once

#include <ramie/tensor/tensor.h>

namespace ramie::random {

// {0, the low 32 bits of the seed}: JAX's key without 64-bit types.
Tensor key(std::int64_t seed);

// These are ops, defined in autograd/ops/: vmap maps them over keys.
std::vector<Tensor> split(const Tensor& key, std::int64_t n = 2);  // n keys; jax.random.split's rows
Tensor fold_in(const Tensor& key, std::uint32_t data);
Tensor fold_in(const Tensor& key, const Tensor& data);  // data: one integer, of which the low 32 bits count
Tensor bits(const Tensor& key, const Shape& shape, DType dtype = uint32);  // uint8 or uint32
// Uniform in [low, high).
Tensor uniform(const Tensor& key, const Shape& shape, DType dtype = float32, double low = 0, double high = 1);
Tensor normal(const Tensor& key, const Shape& shape, DType dtype = float32);
// A standard normal, conditioned on lying in (lower, upper).
Tensor truncated_normal(const Tensor& key, double lower, double upper, const Shape& shape,
                        DType dtype = float32);
Tensor bernoulli(const Tensor& key, double p, const Shape& shape);  // bool; p is float32, as in JAX
// In [low, high), which are clipped to the dtype; low where high <= low.
Tensor randint(const Tensor& key, const Shape& shape, std::int64_t low, std::int64_t high,
               DType dtype = int32);
Tensor permutation(const Tensor& key, std::int64_t n);  // of 0..n-1, int32
// x shuffled along an axis; its gradient is shuffled back.
Tensor permutation(const Tensor& key, const Tensor& x, std::int64_t axis = 0);

// A stream for each row: keys is uint32[n, 2], and row i of the result, [n, row...], is a function of keys[i]
// alone, whatever the other rows are. Made for one key per record of a batch; the numbers are not those of
// the functions above, but of a faster generator (ops/random_rows.h).
//
//   Tensor noise = random::normal_rows(keys, {28, 28, 1});          // [n, 28, 28, 1]
//   Tensor flip = random::bernoulli_rows(random::fold_in_rows(keys, 1), 0.5);  // [n], a second draw
// Uniform in [low, high).
Tensor uniform_rows(const Tensor& keys, const Shape& row = {}, DType dtype = float32, double low = 0,
                    double high = 1);
Tensor normal_rows(const Tensor& keys, const Shape& row = {}, DType dtype = float32);
Tensor bernoulli_rows(const Tensor& keys, double p, const Shape& row = {});  // bool
Tensor fold_in_rows(const Tensor& keys, std::uint32_t data);                 // fold_in of each: uint32[n, 2]

}  // namespace ramie::random
