// A trained model in one file: its weights, and the vocabulary beside them. The sizes of the model are those
// of its weights.
#pragma once

#include <filesystem>
#include <string>
#include <utility>

#include "model.h"
#include "text.h"

namespace chars {

inline void save(const Transformer& model, const Vocabulary& vocabulary, const std::filesystem::path& path) {
  ramie::train::save_state(model, path, ramie::train::is_weight,
                           {{"vocabulary", utf8(vocabulary.characters())}});
}

// The sizes of the model that has these weights.
inline ModelOptions options_of(const nn::State& weights, const std::string& file) {
  const auto shape = [&](const char* name, int rank) {
    const Tensor* weight = weights.find(name);
    if (!weight || weight->rank() != rank || weight->size() == 0)
      ramie::fail("load", file + " is no model of char_transformer: its \"" + name +
                              "\" is missing, or not of " + std::to_string(rank) + " axes.");
    return weight->shape();
  };
  ModelOptions o{.vocabulary = shape("token.embedding", 2)[0], .layers = 0};
  const ramie::Shape query = shape("blocks.0.attention.query.kernel", 3);  // [features, heads, depth]
  o.context = shape("position", 2)[0];
  o.features = query[0], o.heads = query[1];
  while (weights.find("blocks." + std::to_string(o.layers) + ".norm1.scale")) ++o.layers;
  return o;
}

// Errors name the file and what is wrong with it.
inline std::pair<Transformer, Vocabulary> load(const std::filesystem::path& path) {
  const auto [weights, metadata] = ramie::train::load_safetensors(path);
  const ModelOptions options = options_of(weights, path.string());
  const auto characters = metadata.find("vocabulary");
  const Vocabulary vocabulary(
      code_points(characters == metadata.end() ? "" : characters->second, path.string() + "'s vocabulary"));
  if (vocabulary.size() != options.vocabulary)
    ramie::fail("load", path.string() + " has weights for " + std::to_string(options.vocabulary) +
                            " characters, but a vocabulary of " + std::to_string(vocabulary.size()) + ".");
  nn::Rngs rngs(0);
  Transformer model(options, rngs);
  ramie::train::load_state(model, path);
  return {std::move(model), vocabulary};
}

}  // namespace chars
