// A training as its callbacks see it, and all of a Trainer that does not depend on the model's type.
#pragma once

#include <cstdint>
#include <exception>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <ramie/data/pipeline.h>
#include <ramie/optim/optimizer.h>
#include <ramie/train/callback.h>
#include <ramie/train/config.h>
#include <ramie/train/history.h>
#include <ramie/train/interrupt.h>
#include <ramie/train/progress.h>
#include <ramie/train/report.h>
#include <ramie/train/safetensors.h>

namespace ramie::train {

using MetricValues = std::map<std::string, double>;

namespace detail {

// Sums over examples: of the loss, of each metric. Variables, so that a recorded step moves them on.
struct Totals : nn::Module<Totals> {
  std::vector<nn::MetricState> sums;  // float64 scalars
  nn::MetricState examples;           // float64

  Totals(std::size_t metrics, Device device);
  // Means over a batch of that many examples.
  void add(const std::vector<Tensor>& means, std::int64_t examples);
  std::vector<double> compute() const;  // NaN before the first example
  void reset();
  using fields = nn::Fields<&Totals::sums, &Totals::examples>;
};

// What a Trainer does with its model.
struct TrainerModel {
  ModelInfo info;
  Device device;
  std::vector<std::string> metrics = {};                   // behind the loss
  std::function<std::vector<nn::Found>()> variables = {};  // every path
  std::function<Tensor(optim::Optimizer&, Totals&, const std::vector<data::Batch>&)> step =
      {};  // gives the loss
  std::function<void(Totals&, const data::Batch&)> evaluate = {};
  std::function<Tensor(const data::Batch&)> predict = {};
  optim::Optimizer optimizer;
};

void check(const TrainingConfig& config);
// The optimizer's transformation with what the configuration adds.
optim::GradientTransformation transformation(const TrainingConfig& config);
std::int64_t examples_of(const data::Batch& batch);  // the size of the first axis
data::Batch on_device(data::Batch batch, Device device);

}  // namespace detail

class Training {
 public:
  Training(const Training&) = delete;
  Training& operator=(const Training&) = delete;
  ~Training();

  // Trains until config.epochs are done, something stops it, or Ctrl-C, which saves a checkpoint (if there is
  // a folder for them) and ends it cleanly; called again, it goes on from there. Errors: a loss that is not
  // finite, a pipeline without batches, a folder that cannot be written or has another run's checkpoint, what
  // a callback throws. A checkpoint that cannot be written later (a full disk) is a warning, and the training
  // goes on; if the last one is lacking at the end, that is an error. In all of them the trainer keeps its
  // state: no batch is left out or taken twice.
  History fit();
  // Means over all examples: "loss" and each metric. Training goes on unchanged.
  MetricValues evaluate(const data::Pipeline& batches) const;
  // What the model gives for all batches, joined along the first axis, on the CPU.
  Tensor predict(const data::Pipeline& batches) const;
  Tensor predict(const Tensor& inputs) const;  // of one batch, where the model is

  // The whole state: model with its random streams, optimizer, place in the data, history, callbacks. From a
  // loaded one, fit() goes on with the same bits. Errors of loading name the file and leave all as it was.
  void save_checkpoint(const std::filesystem::path& path) const;
  void load_checkpoint(const std::filesystem::path& path);

  // For callbacks.
  const TrainingConfig& config() const { return config_; }
  std::int64_t epoch() const { return epoch_; }  // the one that runs or has just ended, from 1 on
  std::int64_t step() const { return step_; }    // updates so far
  const History& history() const { return history_; }
  // Of the epoch that ends: "train_loss", "val_accuracy", "learning_rate", ... Before, of its steps so far.
  const MetricValues& metrics() const { return metrics_; }
  Tensor loss() const { return loss_; }  // of the last step
  optim::Optimizer& optimizer() { return model_.optimizer; }
  std::optional<double> learning_rate() const;  // of the next step; none where the optimizer has none
  nn::State weights() const;                    // parameters and batch statistics
  void set_weights(const nn::State& weights);
  // Before the next epoch.
  void stop(const std::string& reason, EndedBy by = EndedBy::callback);
  bool ended() const;                   // for on_train_end: neither Ctrl-C nor an exception
  void print(const std::string& text);  // a line, above the progress bar
  void warn(const std::string& text);   // the same, and kept for the report
  TextStyle style() const;              // of what is printed
  const TrainingReport& report() const { return report_; }

 protected:
  Training(TrainingConfig config, detail::TrainerModel model, data::Pipeline train,
           std::optional<data::Pipeline> validation, std::vector<std::shared_ptr<Callback>> callbacks);

 private:
  using Event = void (Callback::*)(Training&);
  struct Scope;
  void check_arguments() const;
  void call(Event event);
  void end_callbacks(std::exception_ptr error);
  void start();
  bool run_epoch();
  bool train_epoch();
  void train_step(const std::vector<data::Batch>& batches);
  bool validate();
  detail::Totals measure(const data::Pipeline& batches, std::uint64_t loop,
                         const detail::Interrupt* interrupt) const;
  void begin_epoch();
  void end_epoch(double seconds);
  void finish();
  bool interrupted() const;
  MetricValues named(const std::vector<double>& values, const std::string& prefix) const;
  std::vector<data::Batch> next_batches();
  std::optional<data::Batch> next_batch();
  void check_finite() const;
  std::int64_t steps_per_epoch() const;  // 0: not known
  void next_loop();
  bool goes_on() const;
  std::int64_t last_epoch() const;

  // Checkpoints (training_checkpoint.cpp).
  std::filesystem::path folder() const;
  std::filesystem::path newest_checkpoint() const;
  void prepare_folder();
  void checkpoint();
  void checkpoint_after_step();
  void checkpoint_after_epoch();
  std::string save_or_warn(const std::filesystem::path& path);
  nn::State tensors() const;
  Metadata metadata() const;
  std::vector<nn::Found> state_variables() const;

  // Console (training_console.cpp).
  void print_start();
  void print_epoch(double seconds);
  void show_progress();
  void start_bar();
  void complete_report();

  TrainingConfig config_;
  detail::TrainerModel model_;
  data::Pipeline train_;
  std::optional<data::Pipeline> validation_;
  std::vector<std::shared_ptr<Callback>> callbacks_;
  detail::Totals totals_;

  std::int64_t epoch_ = 0, step_ = 0, step_in_epoch_ = 0;
  std::int64_t epochs_at_start_ = 0;
  const detail::Interrupt* interrupt_ = nullptr;  // while fit() runs
  bool in_epoch_ = false;
  std::string save_error_;                 // of the newest checkpoint; empty: it is written
  data::PipelineState place_;              // behind the batches that were trained on
  std::optional<data::Iterator> batches_;  // at fetched_; none: to be made there
  data::PipelineState fetched_;
  History history_;
  MetricValues metrics_;
  Tensor loss_;
  std::string stop_reason_;
  EndedBy stopped_by_ = EndedBy::callback;
  std::int64_t examples_ = 0;  // of this fit()
  TrainingReport report_;
  std::unique_ptr<ProgressBar> bar_;  // of the epoch that runs
  std::optional<HardwareSampler> hardware_;
};

}  // namespace ramie::train
