#include <ramie/nn/attention.h>

#include <fmt/format.h>

#include <cmath>
#include <limits>

#include <ramie/autograd/ops/elementwise.h>
#include <ramie/autograd/ops/index_update.h>
#include <ramie/autograd/ops/product.h>
#include <ramie/autograd/ops/shape.h>
#include <ramie/autograd/ops/softmax.h>
#include <ramie/tensor/create.h>
#include <ramie/tensor/error.h>
#include <ramie/tensor/random.h>

namespace ramie::nn {
namespace {

constexpr const char* op = "MultiHeadAttention";

std::int64_t features_of_head(std::int64_t heads, std::int64_t in, const MultiHeadAttentionOptions& o) {
  const std::int64_t features = o.qkv_features.value_or(in), of_keys = o.num_kv_heads.value_or(heads);
  if (heads < 1 || features % heads)
    fail(op, fmt::format("{} features do not divide among {} heads: give .qkv_features.", features, heads));
  if (of_keys < 1 || heads % of_keys)
    fail(op, fmt::format("{} heads do not divide among {} key and value heads.", heads, of_keys));
  if (!(o.dropout_rate >= 0 && o.dropout_rate < 1))
    fail(op, fmt::format("dropout_rate is {}: it must lie in [0, 1).", o.dropout_rate));
  return features / heads;
}

LinearGeneral to_heads(std::int64_t in, std::int64_t heads, std::int64_t depth,
                       const MultiHeadAttentionOptions& o, Rngs& rngs) {
  return LinearGeneral(in, {heads, depth},
                       {.use_bias = o.use_bias,
                        .param_dtype = o.param_dtype,
                        .kernel_init = o.kernel_init,
                        .bias_init = o.bias_init},
                       rngs);
}

std::optional<LayerNorm> norm_of(std::int64_t depth, const MultiHeadAttentionOptions& o, Rngs& rngs) {
  if (!o.normalize_qk) return {};
  return LayerNorm(depth, {.param_dtype = o.param_dtype, .use_bias = false}, rngs);
}

LinearGeneral from_heads(std::int64_t heads, std::int64_t depth, std::int64_t out,
                         const MultiHeadAttentionOptions& o, Rngs& rngs) {
  return LinearGeneral({heads, depth}, out,
                       {.axis = {-2, -1},
                        .use_bias = o.use_bias,
                        .param_dtype = o.param_dtype,
                        .kernel_init = o.out_kernel_init ? o.out_kernel_init : o.kernel_init,
                        .bias_init = o.out_bias_init ? o.out_bias_init : o.bias_init},
                       rngs);
}

// A row for each query head, from those that share it.
Tensor repeated(const Tensor& x, std::int64_t heads) {
  const Shape& s = x.shape();
  if (s[2] == heads) return x;
  const Tensor shared = broadcast_to(expand_dims(x, 3), {s[0], s[1], s[2], heads / s[2], s[3]});
  return reshape(shared, {s[0], s[1], heads, s[3]});
}

Tensor causal(const Tensor& mask, std::int64_t queries, const Tensor& keys) {
  const Tensor seen = greater_equal(expand_dims(arange(queries), 1), arange(keys.shape(1))).to(keys.device());
  return mask ? logical_and(mask, seen) : seen;
}

// dot_product_attention, some of whose weights are dropped.
Tensor attention_with_dropout(const Tensor& q, const Tensor& key, const Tensor& value,
                              const AttentionCall& call, const Tensor& random_key, double rate,
                              bool broadcast) {
  const std::int64_t heads = q.shape(2);
  const Tensor k = repeated(key, heads), v = repeated(value, heads);
  Tensor logits = einsum("bqhd,bkhd->bhqk", {q * (1 / std::sqrt(static_cast<double>(q.shape(3)))), k});
  const Tensor mask = call.is_causal ? causal(call.mask, q.shape(1), k) : call.mask;
  if (mask)
    logits = where(mask, logits,
                   logits.dtype() == float64 ? std::numeric_limits<double>::lowest()
                                             : std::numeric_limits<float>::lowest());
  const Shape drawn = broadcast ? Shape{1, 1, q.shape(1), k.shape(1)} : logits.shape();
  const Tensor kept = random::bernoulli(random_key, 1 - rate, drawn);
  return einsum("bhqk,bkhd->bqhd", {where(kept, softmax(logits) * (1 / (1 - rate)), 0), v});
}

}  // namespace

MultiHeadAttention::MultiHeadAttention(std::int64_t heads, std::int64_t in,
                                       const MultiHeadAttentionOptions& o, Rngs& streams)
    : query(to_heads(in, heads, features_of_head(heads, in, o), o, streams)),
      key(to_heads(o.in_kv_features.value_or(in), o.num_kv_heads.value_or(heads),
                   features_of_head(heads, in, o), o, streams)),
      value(to_heads(o.in_kv_features.value_or(in), o.num_kv_heads.value_or(heads),
                     features_of_head(heads, in, o), o, streams)),
      query_ln(norm_of(features_of_head(heads, in, o), o, streams)),
      key_ln(norm_of(features_of_head(heads, in, o), o, streams)),
      out(from_heads(heads, features_of_head(heads, in, o), o.out_features.value_or(in), o, streams)),
      num_heads(heads),
      num_kv_heads(o.num_kv_heads.value_or(heads)),
      head_dim(features_of_head(heads, in, o)),
      dropout_rate(o.dropout_rate),
      broadcast_dropout(o.broadcast_dropout),
      deterministic(o.deterministic) {
  if (dropout_rate > 0) rngs.emplace(streams["dropout"].fork());
}

Tensor MultiHeadAttention::operator()(const Tensor& inputs_q, const Tensor& inputs_k, const Tensor& inputs_v,
                                      const AttentionCall& options) {
  return call(inputs_q, [&](const Tensor& inputs_q) {
    if (inputs_q.rank() == 2 && inputs_k.rank() == 2 && inputs_v.rank() == 2)
      return squeeze(
          (*this)(expand_dims(inputs_q, 0), expand_dims(inputs_k, 0), expand_dims(inputs_v, 0), options),
          {0});
    Tensor q = query(inputs_q), k = key(inputs_k), v = value(inputs_v);
    if (query_ln) q = (*query_ln)(q), k = (*key_ln)(k);
    AttentionCall seen = options;
    if (options.decode) seen.mask = combine_masks({options.mask, remembered(k, v)});
    const Tensor y = draws()
                         ? attention_with_dropout(q, k, v, seen, dropout_key(options.rngs), dropout_rate,
                                                  broadcast_dropout)
                         : dot_product_attention(q, k, v, {.mask = seen.mask, .is_causal = seen.is_causal});
    return out(y);
  });
}

Tensor MultiHeadAttention::dropout_key(Rngs* given) {
  if (given) return given->dropout();
  return (*rngs)();
}

void MultiHeadAttention::init_cache(const Shape& input, DType dtype) {
  if (input.rank() != 3)
    fail(op, fmt::format("init_cache takes the shape of the inputs, (batch, tokens, features), not {}.",
                         str(input)));
  const Shape shape{input[0], input[1], num_kv_heads, head_dim};
  const Device device = key.kernel.value().device();
  cached_key.emplace(zeros(shape, dtype).to(device));
  cached_value.emplace(zeros(shape, dtype).to(device));
  cache_index.emplace(zeros({}, int32).to(device));
}

Tensor MultiHeadAttention::remembered(Tensor& k, Tensor& v) {
  if (!cached_key)
    fail(op, "there is no cache to decode with: call init_cache({batch, tokens, features}) first.");
  const Shape room = cached_key->shape();
  if (k.shape() != Shape{room[0], 1, room[2], room[3]})
    fail(op, fmt::format("decoding takes one token of each of {} sequences, but the keys are {}: inputs are "
                         "(batch, 1, features).",
                         room[0], str(k.layout())));
  const Tensor at = cache_index->value(), zero = zeros_like(at);
  k = dynamic_update_slice(*cached_key, k, {zero, at, zero, zero});
  v = dynamic_update_slice(*cached_value, v, {zero, at, zero, zero});
  *cached_key = k, *cached_value = v, *cache_index = at + 1;
  return reshape(less_equal(arange(room[1]).to(at.device()), at), {1, 1, 1, room[1]});
}

}  // namespace ramie::nn
