// The ready callbacks of a Trainer.
//
//   auto stopping = std::make_shared<train::EarlyStopping>(
//       train::EarlyStoppingOptions{.monitor = "val_accuracy", .patience = 5, .restore_best_weights = true});
//   train::Trainer trainer(model, config, {..., .callbacks = {stopping,
//                                                             train::make_callback<train::CsvLogger>("log.csv")}});
//
// Gradient clipping is TrainingConfig::grad_clip_norm, since it comes before the step.
//
// Source: Treadmill's callbacks; Keras's for restore_best_weights.
#pragma once

#include <memory>
#include <optional>
#include <utility>

#include <ramie/train/tensorboard.h>
#include <ramie/train/training.h>

namespace ramie::train {

// Which way a metric is better: by its name (lower_is_better in history.h) unless it is given.
enum class Mode : std::uint8_t { by_name, min, max };

namespace detail {

// The best value of a metric so far.
class Monitor {
 public:
  Monitor(std::string metric, Mode mode, double min_delta);
  // Whether the value of this epoch is better than the best by more than min_delta, which NaN never is;
  // nothing if the epoch has none.
  std::optional<bool> improved(const Training& training);
  const std::string& metric() const { return metric_; }
  double best() const { return best_; }
  nn::State state() const;
  void load(const nn::State& state);

 private:
  std::string metric_;
  bool less_;
  double min_delta_, best_;
};

}  // namespace detail

struct EarlyStoppingOptions {
  std::string monitor = "val_loss";
  std::int64_t patience = 3;  // epochs without a better value
  double min_delta = 0;
  Mode mode = Mode::by_name;
  bool restore_best_weights = false;  // at the end of the training
};
// Stops before the next epoch. An epoch without the metric does not count; if none ever has it, a line says
// so.
class EarlyStopping : public Callback {
 public:
  explicit EarlyStopping(EarlyStoppingOptions options = {});
  void on_train_start(Training& training) override;
  void on_epoch_end(Training& training) override;
  void on_train_end(Training& training) override;
  std::string name() const override { return "EarlyStopping " + monitor_.metric(); }
  nn::State state() const override;
  void load(const nn::State& state) override;
  double best() const { return monitor_.best(); }

 private:
  EarlyStoppingOptions options_;
  detail::Monitor monitor_;
  std::int64_t waited_ = 0;
  bool warned_ = false;
  nn::State best_weights_;
};

struct ModelCheckpointOptions {
  // {epoch} and {epoch_1based} are numbers from 0 and from 1 on; others are metrics: "{val_accuracy:.4f}".
  std::string file = "best-{epoch_1based}.safetensors";
  std::string monitor = "val_loss";
  Mode mode = Mode::by_name;
  bool save_best_only = true;
  bool keep_all = false;  // else the one before is deleted, if it lies in the same folder
};
// Saves weights (train/saved_state.h) after epochs. A file that cannot be written is a warning.
class ModelCheckpoint : public Callback {
 public:
  explicit ModelCheckpoint(ModelCheckpointOptions options = {});
  void on_epoch_end(Training& training) override;
  std::string name() const override { return "ModelCheckpoint " + options_.file; }
  nn::State state() const override;
  void load(const nn::State& state) override;
  const std::filesystem::path& newest() const { return newest_; }

 private:
  void save(Training& training);
  ModelCheckpointOptions options_;
  detail::Monitor monitor_;
  std::filesystem::path newest_;
};

// Prints the rate after every epoch, or after so many steps.
class LearningRateLogger : public Callback {
 public:
  explicit LearningRateLogger(std::int64_t every_steps = 0) : every_steps_(every_steps) {}
  void on_batch_end(Training& training) override;
  void on_epoch_end(Training& training) override;

 private:
  std::int64_t every_steps_;
};

// The history as a CSV file, written anew, and as a whole, after every epoch.
class CsvLogger : public Callback {
 public:
  explicit CsvLogger(std::filesystem::path file) : file_(std::move(file)) {}
  void on_epoch_end(Training& training) override;

 private:
  std::filesystem::path file_;
};

struct TensorBoardLoggerOptions {
  std::int64_t loss_every = 10;  // steps; 0: only epochs
  bool histograms = false;       // of all weights, after every epoch
};
// Curves of the loss over steps and of all metrics over epochs; `log` lets the user add images and more.
class TensorBoardLogger : public Callback {
 public:
  using Log = std::function<void(TensorBoardWriter&, Training&)>;
  explicit TensorBoardLogger(const std::filesystem::path& folder, TensorBoardLoggerOptions options = {},
                             Log log = {});
  void on_batch_end(Training& training) override;
  void on_epoch_end(Training& training) override;
  void on_train_end(Training& training) override;
  TensorBoardWriter& writer() { return writer_; }

 private:
  TensorBoardWriter writer_;
  TensorBoardLoggerOptions options_;
  Log log_;
};

struct ReduceOnPlateauOptions {
  std::string monitor = "val_loss";
  double factor = 0.1;
  std::int64_t patience = 10, cooldown = 0;  // epochs
  double min_delta = 0, min_rate = 0;
  Mode mode = Mode::by_name;
};
// Multiplies the learning rate, which must be a number and no schedule, where a metric no longer improves.
class ReduceOnPlateau : public Callback {
 public:
  explicit ReduceOnPlateau(ReduceOnPlateauOptions options = {});
  void on_epoch_end(Training& training) override;
  std::string name() const override { return "ReduceOnPlateau " + monitor_.metric(); }
  nn::State state() const override;
  void load(const nn::State& state) override;

 private:
  void reduce(Training& training) const;
  ReduceOnPlateauOptions options_;
  detail::Monitor monitor_;
  std::int64_t waited_ = 0, cooling_ = 0;
};

template <class C, class... A>
std::shared_ptr<Callback> make_callback(A&&... arguments) {
  return std::make_shared<C>(std::forward<A>(arguments)...);
}

}  // namespace ramie::train
