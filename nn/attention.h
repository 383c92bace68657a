// Attention with several heads.
//
//   nn::MultiHeadAttention attention(8, 512, rngs);
//   Tensor y = attention(x);                                   // [B, T, 512], of x by itself
//   Tensor y = attention(x, {.mask = make_causal_mask(tokens), .is_causal = false});
//   Tensor y = attention(x, memory, memory, {.mask = make_attention_mask(there, stored)});
//
// One token at a time, for writing text:
//
//   attention.init_cache({1, 256, 512});                       // room for 256 tokens
//   Tensor y = attention(token, {.decode = true});             // token [1, 1, 512], after those before it
//
// Dropout falls on the attention weights; nn::eval_view switches it off.
//
// Source: flax.nnx.MultiHeadAttention; Vaswani et al., 2017.
#pragma once

#include <optional>

#include <ramie/autograd/ops/attention.h>
#include <ramie/nn/linear.h>
#include <ramie/nn/norm.h>

namespace ramie::nn {

struct CacheKind : VariableKind {
  const char* name() const override { return "Cache"; }
};
using Cache = Variable<CacheKind>;

// What is not given is in_features; key and value heads: as many as num_heads, of which they are a divisor.
struct MultiHeadAttentionOptions {
  std::optional<std::int64_t> qkv_features = {}, out_features = {}, num_kv_heads = {}, in_kv_features = {};
  DType param_dtype = float32;
  bool broadcast_dropout = true;  // the same weights are dropped in all heads and examples
  double dropout_rate = 0;
  bool deterministic = false;
  Initializer kernel_init = initializers::lecun_normal();
  Initializer out_kernel_init = {};  // none: kernel_init
  Initializer bias_init = initializers::zeros();
  Initializer out_bias_init = {};
  bool use_bias = true;
  bool normalize_qk = false;
};

struct AttentionCall {
  Tensor mask = {};  // bool, true where a query may look; broadcasts to [B, heads, T, S]
  bool is_causal = false;
  bool decode = false;   // T is 1; the keys and values before are in the cache
  Rngs* rngs = nullptr;  // for dropout, instead of the module's own stream
};

struct MultiHeadAttention : Module<MultiHeadAttention> {
  LinearGeneral query, key, value;
  std::optional<LayerNorm> query_ln, key_ln;
  LinearGeneral out;
  std::optional<RngStream> rngs;
  std::optional<Cache> cached_key, cached_value, cache_index;
  std::int64_t num_heads, num_kv_heads, head_dim;
  double dropout_rate;
  bool broadcast_dropout, deterministic;

  MultiHeadAttention(std::int64_t num_heads, std::int64_t in_features,
                     const MultiHeadAttentionOptions& options, Rngs& rngs);
  MultiHeadAttention(std::int64_t num_heads, std::int64_t in_features, Rngs& rngs)
      : MultiHeadAttention(num_heads, in_features, MultiHeadAttentionOptions(), rngs) {}

  // [B, T, in_features], [B, S, in_kv_features] twice -> [B, T, out_features]; B may be missing.
  Tensor operator()(const Tensor& inputs_q, const Tensor& inputs_k, const Tensor& inputs_v,
                    const AttentionCall& options = {});
  Tensor operator()(const Tensor& inputs_q, const Tensor& inputs_k, const AttentionCall& options = {}) {
    return (*this)(inputs_q, inputs_k, inputs_k, options);
  }
  Tensor operator()(const Tensor& inputs, const AttentionCall& options = {}) {
    return call(inputs, [&](const Tensor& x) { return (*this)(x, x, x, options); });
  }
  // An empty cache for inputs [B, tokens, features].
  void init_cache(const Shape& input_shape, DType dtype = float32);

  using fields = Fields<&MultiHeadAttention::query, &MultiHeadAttention::key, &MultiHeadAttention::value,
                        &MultiHeadAttention::query_ln, &MultiHeadAttention::key_ln, &MultiHeadAttention::out,
                        &MultiHeadAttention::rngs, &MultiHeadAttention::cached_key,
                        &MultiHeadAttention::cached_value, &MultiHeadAttention::cache_index,
                        &MultiHeadAttention::num_heads, &MultiHeadAttention::num_kv_heads,
                        &MultiHeadAttention::head_dim, &MultiHeadAttention::dropout_rate,
                        &MultiHeadAttention::broadcast_dropout, &MultiHeadAttention::deterministic>;

 private:
  bool draws() const { return !deterministic && dropout_rate > 0; }
  Tensor dropout_key(Rngs* given);
  // The cached keys and values with these, and what of them a query may see.
  Tensor remembered(Tensor& key, Tensor& value);
};

}  // namespace ramie::nn
