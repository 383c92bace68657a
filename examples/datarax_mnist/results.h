// What the tutorial measures while it trains, and its pictures and files.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "common/mnist.h"
#include "settings.h"

namespace example {

// Of MNIST's training images: what the pipelines normalise with, and the pictures undo.
inline constexpr double mnist_mean = 0.1307, mnist_std = 0.3081;

struct Epoch {
  std::vector<double> losses, throughputs;  // of each batch; samples per second
  double seconds = 0;                       // of the training alone
  double accuracy = 0;                      // of the test images, after it
};
using Results = std::vector<Epoch>;

double mean(const std::vector<double>& values);
// All batches of all epochs.
std::vector<double> joined(const Results& results, std::vector<double> Epoch::*values);

// The pipeline as an SVG and as a Mermaid chart, and with the model and the training loop around it as
// another.
void save_pipeline(const ramie::data::Pipeline& pipeline, const std::filesystem::path& folder);

// All of it, for --json.
void write_json(const Settings& settings, std::int64_t parameters, const Results& results,
                const ramie::data::Pipeline& pipeline);

}  // namespace example
