// What came out of a training: the model, times, the machine, the metrics and the files.
//
//   train::TrainingReport report = trainer.report();
//   std::cout << report;                                // five tables
//   report.history.best("val_accuracy").value;
//   std::ofstream("report.json") << report.json();
//
// Source: Treadmill's TrainingReport. Its improvement compares the last epoch with the best, so that it is
// never positive; here it compares the last epoch with the first.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <ramie/train/hardware.h>
#include <ramie/train/history.h>
#include <ramie/train/terminal.h>

namespace ramie::train {

struct ModelInfo {
  std::string name;
  std::int64_t total = 0, trainable = 0;  // parameters
  std::int64_t bytes = 0;                 // of them
  std::string device;
};

enum class EndedBy { finished, early_stopping, interrupted, callback };
std::string_view name(EndedBy ended_by);  // "finished", "early_stopping", ...

struct CheckpointFile {
  std::filesystem::path path;
  std::uint64_t bytes = 0;
  std::int64_t epoch = 0;  // from 1 on; 0: not known
  bool best = false;       // the weights of the best epoch so far
};

struct TrainingReport {
  using Time = std::optional<std::chrono::system_clock::time_point>;

  ModelInfo model = {};
  std::int64_t epochs = 0, planned_epochs = 0;
  std::int64_t batches = 0;  // that were trained on, in all epochs
  EndedBy ended_by = EndedBy::finished;
  std::string ended_note = "";  // "val_loss did not improve in 3 epochs"
  double seconds = 0;
  std::vector<double> epoch_seconds = {};
  std::optional<double> examples_per_second = {};
  Time started = {}, completed = {};
  History history = {};
  HardwareUse hardware = {};
  std::vector<CheckpointFile> checkpoints = {};
  std::vector<std::string> warnings = {};

  std::string str(const TextStyle& style = {}) const;
  // The same as data: {"model": {...}, "epochs": 10, ..., "history": {...}}; times are ISO 8601 in UTC, null
  // is what is not known.
  std::string json() const;
};

// In the style of cout's or cerr's terminal; plain elsewhere.
std::ostream& operator<<(std::ostream& out, const TrainingReport& report);

}  // namespace ramie::train
