// What a Trainer prints, as text: of plain data, without a clock or a terminal.
//
//   detail::epoch_table({.epoch = 2, .epochs = 10, .train = {{"loss", 0.25}}, ...}, style_of(stdout));
//
// Texts of several lines end with a line break.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include <ramie/train/report.h>

namespace ramie::train::detail {

using train::ModelInfo;
using train::TextStyle;
using MetricValues = std::map<std::string, double>;  // "loss": 0.25; NaN is no value

struct EpochSummary {
  std::int64_t epoch = 0, epochs = 0;  // from 1 on
  MetricValues train = {}, validation = {};
  MetricValues previous_train = {}, previous_validation = {};  // of the epoch to compare with, if any
  double seconds = 0, total_seconds = 0;
  std::optional<double> learning_rate = {};
};

// Name, parameters, size and device in a frame.
std::string model_panel(const ModelInfo& model, const TextStyle& style);

// Metric | Train | Validation | Change (from prev): green where better, red where worse. The change is
// validation's where there is one. Without any validation, a column less.
std::string epoch_table(const EpochSummary& epoch, const TextStyle& style);

// Empty where val_loss <= train_loss + threshold, or where one is no number.
std::string overfitting_warning(double train_loss, double val_loss, double threshold, const TextStyle& style);

// "Early stopping triggered after 7 epochs" and "Best val_loss: 0.031250".
std::string early_stopping_note(std::int64_t epochs, std::string_view monitor, double best,
                                const TextStyle& style);

// "loss: 0.1234 | accuracy: 0.9812": the loss first, then by name. For the progress bar.
std::string metrics_note(const MetricValues& metrics);

// "  Batch 10/938 (1.1%) | loss: 0.1234": where there is no bar. A `total` of 0 is unknown.
std::string batch_line(std::size_t batch, std::size_t total, const MetricValues& metrics);

}  // namespace ramie::train::detail
