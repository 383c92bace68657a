// Norms, averages, quantiles and counts, over any axes (none given: all). keepdims leaves them with length 1.
//
//   norm(x);   norm(x, 1, {-1});   average(x, weights, {0});   median(x);   quantile(x, 0.9, {1});
//   bincount(labels, 10);   auto [counts, edges] = histogram(x, 20);
//
// Names and values are jax.numpy's (jax.numpy.linalg.norm of vectors). Integers give float32.
#pragma once

#include <optional>
#include <utility>

#include <ramie/tensor/tensor.h>

namespace ramie {

// The vector norm (sum of |x|^ord)^(1/ord); INFINITY: the largest |x|, -INFINITY: the smallest; 0: how many
// are not 0. Where the norm is 0 so is its gradient; JAX gives NaN there.
Tensor norm(const Tensor& x, double ord = 2, const Shape& axes = {}, bool keepdims = false);

// sum(x weights) / sum(weights); the weights broadcast to x, or are one row for the one axis.
Tensor average(const Tensor& x, const Tensor& weights, const Shape& axes = {}, bool keepdims = false);
// Without the elements that are NaN.
Tensor nansum(const Tensor& x, const Shape& axes = {}, bool keepdims = false);
Tensor nanmean(const Tensor& x, const Shape& axes = {}, bool keepdims = false);

// Between the sorted elements i and i + 1 the quantile is a line; q in [0, 1] is at q (n - 1). NaN if there
// is a NaN. Several q stand in front: quantile(float32[8,5], float32[3], {0}) -> float32[3,5].
Tensor median(const Tensor& x, const Shape& axes = {}, bool keepdims = false);
Tensor quantile(const Tensor& x, double q, const Shape& axes = {}, bool keepdims = false);
Tensor quantile(const Tensor& x, const Tensor& q, const Shape& axes = {}, bool keepdims = false);

Tensor count_nonzero(const Tensor& x, const Shape& axes = {}, bool keepdims = false);  // int32

// How often each of 0, 1, ..., length - 1 is there in x, integers of any shape; or the sum of the weights
// that stand where it does. Negative numbers count as 0, others that are too large not at all. Without a
// length it is max(x) + 1, which the op reads: an error inside jit and vmap.
Tensor bincount(const Tensor& x, std::optional<std::int64_t> length = {}, const Tensor& weights = {});
// How many elements lie in each bin [edge i, edge i + 1), the last one closed: int32[bins], and the
// float[bins + 1] edges. Without a range it is that of x.
std::pair<Tensor, Tensor> histogram(const Tensor& x, std::int64_t bins = 10,
                                    std::optional<std::pair<double, double>> range = {});

}  // namespace ramie
