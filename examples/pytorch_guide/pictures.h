// The pictures, and the results as JSON.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "dataset.h"

// Ten images, as they are, with their labels.
void save_samples(const ramie::data::Batch& batch, const Dataset& dataset, const std::filesystem::path& path);
// Ten images with what the model says and what is true: green where it is right, red where it is not.
void save_predictions(const ramie::data::Batch& batch, const ramie::Tensor& predicted, const Dataset& dataset,
                      const std::filesystem::path& path);

// What a pass over the test images finds: the mean loss of an image, and how many are right.
struct Evaluation {
  double loss = 0, accuracy = 0;
};
struct Epoch {
  std::vector<double> losses;  // those that are printed
  Evaluation test;
  double seconds = 0;  // of the training alone
};
// For --json.
void write_json(const Settings& settings, std::int64_t parameters, std::int64_t batches_per_epoch,
                const std::vector<Epoch>& epochs);
