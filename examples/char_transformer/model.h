// A small transformer that says how likely each character is to come next: GPT-2's form.
//
//   chars::Transformer model({.vocabulary = 61, .context = 64}, rngs);
//   Tensor logits = model(tokens);                // int32[B, T] -> [B, T, 61], each by those before it
//
// One character at a time, without computing the earlier ones again:
//
//   model.init_cache();
//   Tensor logits = model.decode(token);          // int32[1, 1] -> [1, 1, 61]
//
// Sources: Vaswani et al., 2017; Radford et al., 2019; Press and Wolf, 2017, for the shared weights.
#pragma once

#include <vector>

#include <ramie/ramie.h>

namespace chars {

namespace nn = ramie::nn;
using ramie::Tensor;

struct ModelOptions {
  std::int64_t vocabulary, context = 64, layers = 4, heads = 4, features = 128;
  double dropout = 0.1;
};

// Attention looks at other characters, the two dense layers think about each. Both add to what was there.
struct Block : nn::Module<Block> {
  nn::LayerNorm norm1;
  nn::MultiHeadAttention attention;
  nn::LayerNorm norm2;
  nn::Linear wide, narrow;
  nn::Dropout dropout;

  Block(const ModelOptions& o, nn::Rngs& rngs)
      : norm1(o.features, rngs),
        attention(o.heads, o.features, {.dropout_rate = o.dropout}, rngs),
        norm2(o.features, rngs),
        wide(o.features, 4 * o.features, rngs),
        narrow(4 * o.features, o.features, rngs),
        dropout(o.dropout, rngs) {}

  // [B, T, features] -> the same
  Tensor operator()(const Tensor& input, const nn::AttentionCall& options) {
    return call(input, [&](Tensor x) {
      x = x + dropout(attention(norm1(x), options));
      return x + dropout(narrow(gelu(wide(norm2(x)))));
    });
  }
  using fields = nn::Fields<&Block::norm1, &Block::attention, &Block::norm2, &Block::wide, &Block::narrow,
                            &Block::dropout>;
};

struct Transformer : nn::Module<Transformer> {
  nn::Embed token;     // a row for each character: the way in, and the way out too
  nn::Param position;  // a row for each place in the context
  nn::Dropout dropout;
  std::vector<Block> blocks;
  nn::LayerNorm norm;

  Transformer(const ModelOptions& o, nn::Rngs& rngs)
      : token(o.vocabulary, o.features, {.embedding_init = nn::initializers::normal(0.02)}, rngs),
        position(nn::initializers::normal(0.02)(rngs.params(), {o.context, o.features}, ramie::float32)),
        dropout(o.dropout, rngs),
        norm(o.features, rngs) {
    for (std::int64_t i = 0; i < o.layers; ++i) blocks.emplace_back(o, rngs);
  }
  std::int64_t context() const { return position.shape(0); }

  // T is at most the context.
  Tensor operator()(const Tensor& tokens) {
    return call(tokens, [&](const Tensor& x) {
      return logits(x, position.value().slice(0, 0, x.shape(1)), {.is_causal = true});
    });
  }
  // Each of the B sequences goes on with one character, behind those of earlier calls: at most `context` of
  // them.
  Tensor decode(const Tensor& tokens) {
    const Tensor place = *blocks.front().attention.cache_index;
    return logits(tokens, take(position, place), {.decode = true});
  }
  // Forgets the earlier characters.
  void init_cache(std::int64_t sequences = 1) {
    for (Block& block : blocks) block.attention.init_cache({sequences, context(), token.features});
  }
  using fields = nn::Fields<&Transformer::token, &Transformer::position, &Transformer::dropout,
                            &Transformer::blocks, &Transformer::norm>;

 private:
  Tensor logits(const Tensor& tokens, const Tensor& places, const nn::AttentionCall& options) {
    Tensor x = dropout(token(tokens) + places);
    for (Block& block : blocks) x = block(x, options);
    return token.attend(norm(x));
  }
};

// The mean loss for each character, in nats.
inline Tensor loss_fn(Transformer& model, const ramie::data::Batch& batch) {
  return mean(softmax_cross_entropy_with_integer_labels(model(batch["token"]), batch["next"]));
}

}  // namespace chars
