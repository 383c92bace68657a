// Scaled dot-product attention, as jax.nn.dot_product_attention, and its masks, as flax.nnx makes them.
//
//   Tensor y = dot_product_attention(q, k, v, {.is_causal = true});      // [B, T, N, H]
//   Tensor y = dot_product_attention(q, k, v, {.mask = make_attention_mask(tokens > 0, tokens > 0)});
//
// softmax(q k^T / sqrt(H) + bias) v, in float32 for the small dtypes. Where the mask is false nothing is
// seen; a query that sees nothing gets the mean of all values.
//
// Sources: Vaswani et al., 2017; jax.nn.dot_product_attention.
#pragma once

#include <optional>
#include <vector>

#include <ramie/tensor/tensor.h>

namespace ramie {

struct AttentionOptions {
  Tensor bias = {};                  // added to the logits; broadcast to [B, N, T, S]
  Tensor mask = {};                  // bool, true where a query may look; broadcast to [B, N, T, S]
  std::optional<double> scale = {};  // 1 / sqrt(H) where none is given
  bool is_causal = false;            // query t sees keys 0 to t
};

// query [B, T, N, H], key [B, S, K, H], value [B, S, K, V] -> [B, T, N, V]; B may be missing. N is a multiple
// of K: queries n with the same n / (N / K) share a key head.
Tensor dot_product_attention(const Tensor& query, const Tensor& key, const Tensor& value,
                             const AttentionOptions& options = {});

// Bool masks for [B..., 1, T, S], from tokens [B..., T] whose values do not matter, and from two tensors of
// truth values, [B..., T] and [B..., S].
Tensor make_causal_mask(const Tensor& x);
Tensor make_attention_mask(const Tensor& query, const Tensor& key);
Tensor combine_masks(const std::vector<Tensor>& masks);  // their logical and; undefined ones are left out

}  // namespace ramie
