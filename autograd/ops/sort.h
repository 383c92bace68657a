// Sorting, and what comes of it: jax.numpy's sort, argsort, unique and searchsorted, jax.lax.top_k.
//
//   sort(x);   argsort(x, 0, true);   auto [values, indices] = topk(logits, 5);
//   unique(labels);   searchsorted(edges, x);
//
// The order is stable in both directions. NaN counts as the largest number: last, or first if descending.
// Gradients go back to where the elements came from; indices have none.
#pragma once

#include <utility>

#include <ramie/tensor/tensor.h>

namespace ramie {

Tensor sort(const Tensor& x, std::int64_t axis = -1, bool descending = false);
// Where the sorted elements stand: int32.
Tensor argsort(const Tensor& x, std::int64_t axis = -1, bool descending = false);
// The k largest elements along an axis, the largest first, and where they stand.
std::pair<Tensor, Tensor> topk(const Tensor& x, std::int64_t k, std::int64_t axis = -1);

// Where the values belong in a sorted row of edges, int32: before those that are equal, or (right) behind
// them.
Tensor searchsorted(const Tensor& edges, const Tensor& values, bool right = false);

// The different elements of x, sorted, without axes. Their number depends on the data, so the op reads it:
// an error inside jit and vmap. Of several NaN one is left.
Tensor unique(const Tensor& x);
// And for each of them where it stands first in x, and how often; inverse, of x's shape, says which is where:
// take(values, inverse) is x.
struct Unique {
  Tensor values, indices, inverse, counts;
};
Unique unique_all(const Tensor& x);

}  // namespace ramie
