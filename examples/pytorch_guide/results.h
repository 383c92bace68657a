// What the guide measures, and --json.
#pragma once

#include <vector>

#include "settings.h"

// What a pass over the test images finds: the mean loss of an image, and the share that is right.
struct Evaluation {
  double loss = 0, accuracy = 0;
};
struct Epoch {
  std::vector<double> losses;  // those that are printed
  Evaluation test;
  double seconds = 0;  // of the training alone
};
void write_json(const Settings& settings, std::int64_t parameters, std::int64_t batches_per_epoch,
                const std::vector<Epoch>& epochs);
