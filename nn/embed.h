// Embed: rows of a table, by integers.
//
//   nn::Embed embed(50257, 64, rngs);
//   Tensor x = embed(tokens);             // int32[8,128] -> float32[8,128,64]
//   Tensor logits = embed.attend(x);      // x [..., 64] -> [..., 50257], with the same weights
//
// Negative integers count from the end; others that the table lacks are an error (Flax gives NaN).
//
// Source: flax.nnx.Embed.
#pragma once

#include <ramie/nn/initializers.h>
#include <ramie/nn/rngs.h>

namespace ramie::nn {

struct EmbedOptions {
  DType param_dtype = float32;
  // Rows of variance 1 / features each.
  Initializer embedding_init =
      initializers::variance_scaling(1, initializers::Fan::out, initializers::Distribution::normal);
};

struct Embed : Module<Embed> {
  Param embedding;  // [num_embeddings, features]
  std::int64_t num_embeddings, features;

  Embed(std::int64_t num_embeddings, std::int64_t features, const EmbedOptions& options, Rngs& rngs);
  Embed(std::int64_t num_embeddings, std::int64_t features, Rngs& rngs)
      : Embed(num_embeddings, features, EmbedOptions(), rngs) {}
  Tensor operator()(const Tensor& indices) const;
  Tensor attend(const Tensor& query) const;  // the products with all rows
  using fields = Fields<&Embed::embedding, &Embed::num_embeddings, &Embed::features>;
};

}  // namespace ramie::nn
