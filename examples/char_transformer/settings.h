// The flags.
#pragma once

#include <filesystem>
#include <string>

#include "common/options.h"

#include "sample.h"

namespace chars {

struct Settings {
  example::Options options = {.batch_size = 32, .learning_rate = 1e-3};
  std::filesystem::path text = RAMIE_EXAMPLE_DIR "/text.txt", load = {};
  ModelOptions model = {.vocabulary = 0};
  std::int64_t steps = 1000, accumulate = 1, report = 100;
  std::int64_t sample = 500;
  bool summary = false;
  std::string prompt = {};
  SampleOptions sampling = {};

  std::uint64_t seed() const { return static_cast<std::uint64_t>(options.seed); }
  ramie::train::ProgressOptions progress() const {
    return {.enabled = options.progress ? std::optional<bool>() : false};
  }
};

inline void add_flags(CLI::App& app, Settings& s, example::Options& o) {
  using example::above, example::at_least;
  for (const char* other : {"--data-dir", "--epochs"}) app.remove_option(app.get_option(other));
  const auto number = [&](const char* name, auto& value, const CLI::Validator& check, const char* what) {
    app.add_option(name, value, what)->check(check)->capture_default_str();
  };
  app.add_option("--text", s.text, "the text to learn from, in UTF-8; a small one comes with the program");
  app.add_option("--load", s.load, "do not train: take the model of this file");
  number("--sample", s.sample, at_least(0), "write so many characters");
  app.add_option("--prompt", s.prompt, "what they go on from");
  number("--temperature", s.sampling.temperature, at_least(0), "0: always the likeliest character");
  number("--top-k", s.sampling.top_k, at_least(0), "choose from the k likeliest; 0: from all");
  number("--context", s.model.context, at_least(2), "how many characters the model looks back");
  number("--layers", s.model.layers, at_least(1), "blocks of attention and two dense layers");
  number("--heads", s.model.heads, at_least(1), "of attention");
  number("--features", s.model.features, at_least(1), "numbers for each character; a multiple of the heads");
  number("--dropout", s.model.dropout, CLI::Range(0.0, 0.99), "share of activations to drop in training");
  number("--steps", s.steps, at_least(1), "updates of the weights");
  number("--accumulate", s.accumulate, at_least(1), "batches whose mean gradient makes an update");
  number("--report", s.report, at_least(1), "print a line every so many steps");
  app.add_flag("--summary", s.summary, "a table of the model's layers");
  app.add_flag("!--no-progress", o.progress, "no progress bar");
}

}  // namespace chars
