// What training measured: one number for each epoch, by name.
//
//   train::History history = trainer.fit();
//   history["train_loss"].back();                      // also val_loss, train_accuracy, val_accuracy, ...
//   history.best("val_accuracy");                      // {value, epoch}
//   train::NestedHistory nested = history.nested();    // train_metrics, val_metrics, best_metrics
//
// Epochs without a value (no validation in them) have NaN. "learning_rate" and "seconds" are of the epoch as
// a whole.
//
// Source: Treadmill's Trainer.fit.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace ramie::train {

// Whether less is better: names with loss, error, mae, mse, rmse, mape or perplexity in them.
bool lower_is_better(std::string_view metric);

struct BestMetric {
  double value;
  std::int64_t epoch;  // from 1 on
};

using MetricSeries = std::map<std::string, std::vector<double>>;

struct NestedHistory {
  MetricSeries train_metrics, val_metrics;     // "loss", "accuracy"
  std::map<std::string, double> best_metrics;  // "train_loss", "val_loss", ...
  std::int64_t total_epochs;
};

class History {
 public:
  // An error that lists the names there are.
  const std::vector<double>& operator[](std::string_view name) const;
  bool contains(std::string_view name) const;
  std::int64_t epochs() const { return epochs_; }
  const MetricSeries& series() const { return series_; }
  operator const MetricSeries&() const { return series_; }
  auto begin() const { return series_.begin(); }
  auto end() const { return series_.end(); }

  // The values of the next epoch.
  void add_epoch(const std::map<std::string, double>& values);
  // The smallest or, where more is better, the largest; the first if tied. An error if there is none.
  BestMetric best(std::string_view name) const;
  NestedHistory nested() const;
  // A line for each epoch, "epoch" first, from 1 on; empty where there is no value.
  std::string csv() const;
  // {"epochs": 3, "train_loss": [...], ...}; null where there is no value.
  std::string json() const;

 private:
  MetricSeries series_;
  std::int64_t epochs_ = 0;
};

}  // namespace ramie::train
