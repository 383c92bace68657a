// What the MNIST examples share: loading, the history of the metrics, the pictures.
#pragma once

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "common/options.h"

#include <ramie/ramie.h>

namespace example {

struct MnistData {
  ramie::data::Split train, test;
};
// Loads both splits and cuts the training one to --limit-train.
MnistData load_mnist(const Options& options);

// uint8 images to float32 in [0, 1].
ramie::data::Batch normalized(ramie::data::Batch batch);

// Values by epoch: "train_loss", "train_accuracy", "test_loss", "test_accuracy", "seconds" (of training
// alone), and whatever else an example wants in --json.
using History = std::map<std::string, std::vector<double>>;

// Appends what a metric has gathered under "<split>_<name>", prints the line of the tutorial, and resets the
// metric.
template <class Metrics>
void record(History& history, const std::string& split, Metrics& metrics, std::int64_t epoch) {
  for (auto& [name, value] : metrics.compute()) history[split + "_" + name].push_back(value);
  metrics.reset();
  void print_epoch(const History&, const std::string& split, std::int64_t epoch);
  print_epoch(history, split, epoch);
}

double seconds_now();  // from any start

// Of an epoch's steps; --no-progress switches it off, as does an output that is no terminal.
ramie::train::ProgressBar progress_bar(std::int64_t epoch, std::int64_t steps, const Options& options);
// The loss is read at every tenth step of an epoch and at its last one: reading waits for the device.
constexpr bool reports(std::int64_t step, std::int64_t steps) { return step % 10 == 0 || step == steps; }
// Stops a training that has gone wrong, with advice. `total` counts the steps of all epochs.
void check_loss(double loss, std::int64_t total);
// The same, and shows it.
void report(ramie::train::ProgressBar& bar, std::int64_t step, const ramie::Tensor& loss, std::int64_t total);

// Saves a picture and says so.
void save(const ramie::train::Figure& figure, const std::filesystem::path& path);
// Loss and accuracy over the epochs, as the Flax tutorials draw them.
void save_curves(const History& history, const std::filesystem::path& path);
// Writes --json, if it was asked for.
void write_json(const Options& options, std::int64_t parameters, const History& history);
void write_json(const Options& options, const nlohmann::ordered_json& results);
// What every file begins with: parameters, device, threads, seed.
nlohmann::ordered_json json_head(const Options& options, std::int64_t parameters);

}  // namespace example
