// ---- Part 1: configuration.
#pragma once

#include "common/options.h"

struct Settings {
  example::Options options = {.epochs = 3, .batch_size = 128, .seed = 42, .learning_rate = 1e-3};
  std::int64_t train_samples = 10000, test_samples = 2000;  // a part, for a faster demonstration
  std::int64_t workers = 1;
  bool replay = false, clip = true;

  std::uint64_t seed() const { return static_cast<std::uint64_t>(options.seed); }
};

inline void add_flags(CLI::App& app, Settings& s) {
  app.add_option("--train-samples", s.train_samples, "train on the first N images")
      ->check(example::at_least(1))
      ->capture_default_str();
  app.add_option("--test-samples", s.test_samples, "test on the first N images")
      ->check(example::at_least(1))
      ->capture_default_str();
  app.add_option("--workers", s.workers, "threads that make batches ahead; 0: made between the steps")
      ->check(CLI::Range(0, 1024))
      ->capture_default_str();
  app.add_flag("--replay", s.replay, "every epoch sees the same order and the same noise");
  app.add_flag("!--no-clip", s.clip, "augmented images are not clipped to [0, 1]");
}
