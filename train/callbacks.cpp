#include <ramie/train/callbacks.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/args.h>
#include <fmt/format.h>

#include <ramie/tensor/create.h>
#include <ramie/tensor/error.h>
#include <ramie/train/console_text.h>
#include <ramie/train/saved_state.h>
#include <ramie/train/write_file.h>

namespace ramie::train {
namespace {

Tensor number(double x) { return full({}, x, float64); }
Tensor number(std::int64_t n) { return number(static_cast<double>(n)); }

// What a saved state has under a name. Files may come from anywhere.
[[noreturn]] void damaged(std::string_view name) {
  fail("Trainer",
       fmt::format("the saved state of a callback is damaged: its '{}' is missing or no such value.", name));
}
const Tensor& saved(const nn::State& state, std::string_view name, DType dtype, int rank) {
  const Tensor* value = state.find(name);
  if (!value || value->dtype() != dtype || value->rank() != rank) damaged(name);
  return *value;
}
double saved_number(const nn::State& state, std::string_view name) {
  return saved(state, name, float64, 0).item();
}
std::int64_t saved_count(const nn::State& state, std::string_view name) {
  const double count = saved_number(state, name);
  if (!(count >= 0 && count <= 1e15 && count == std::floor(count))) damaged(name);
  return static_cast<std::int64_t>(count);
}
std::string saved_text(const nn::State& state, std::string_view name) {
  const auto all = saved(state, name, uint8, 1).to_vector<std::uint8_t>();
  return {all.begin(), all.end()};
}
Tensor text_tensor(const std::string& text) {
  return from_vector(std::vector<std::uint8_t>(text.begin(), text.end()));
}

// What stands below a name, and a State below one.
constexpr std::string_view kWeights = "weights.";
nn::State below(const nn::State& state, std::string_view prefix) {
  nn::State out;
  for (const auto& [name, value] : state)
    if (name.starts_with(prefix)) out.add(name.substr(prefix.size()), value);
  return out;
}
bool same_layouts(const nn::State& a, const nn::State& b) {
  return a.size() == b.size() && std::all_of(a.begin(), a.end(), [&](const auto& entry) {
           const Tensor* other = b.find(entry.first);
           return other && other->layout().same(entry.second.layout());
         });
}

}  // namespace

namespace detail {

Monitor::Monitor(std::string metric, Mode mode, double min_delta)
    : metric_(std::move(metric)),
      less_(mode == Mode::by_name ? lower_is_better(metric_) : mode == Mode::min),
      min_delta_(std::abs(min_delta)),
      best_(less_ ? std::numeric_limits<double>::infinity() : -std::numeric_limits<double>::infinity()) {}

std::optional<bool> Monitor::improved(const Training& training) {
  const auto at = training.metrics().find(metric_);
  if (at == training.metrics().end()) return {};
  const bool better = less_ ? at->second < best_ - min_delta_ : at->second > best_ + min_delta_;
  if (better) best_ = at->second;
  return better;
}

nn::State Monitor::state() const { return {{"best", number(best_)}}; }
void Monitor::load(const nn::State& state) { best_ = saved_number(state, "best"); }

}  // namespace detail

EarlyStopping::EarlyStopping(EarlyStoppingOptions options)
    : options_(std::move(options)), monitor_(options_.monitor, options_.mode, options_.min_delta) {
  if (options_.patience < 1)
    fail("EarlyStopping", fmt::format("patience is {}: it must be at least 1.", options_.patience));
}

// Not after hours.
void EarlyStopping::on_train_start(Training& training) {
  if (!best_weights_.empty() && !same_layouts(best_weights_, training.weights()))
    fail("EarlyStopping", "the best weights are of another model.");
}

void EarlyStopping::on_epoch_end(Training& training) {
  const auto better = monitor_.improved(training);
  if (!better) {
    if (!warned_ && training.config().validate_every == 1)
      training.warn(
          fmt::format("EarlyStopping: epoch {} has no '{}' to go by", training.epoch(), monitor_.metric()));
    warned_ = true;
    return;
  }
  waited_ = *better ? 0 : waited_ + 1;
  if (*better && options_.restore_best_weights) best_weights_ = training.weights();
  if (waited_ < options_.patience) return;
  training.print(
      detail::early_stopping_note(training.epoch(), monitor_.metric(), monitor_.best(), training.style()));
  training.stop(fmt::format("{} did not improve in {} epochs", monitor_.metric(), waited_),
                EndedBy::early_stopping);
}

void EarlyStopping::on_train_end(Training& training) {
  if (!best_weights_.empty() && training.ended()) training.set_weights(best_weights_);
}

nn::State EarlyStopping::state() const {
  nn::State out = monitor_.state();
  out.add("waited", number(waited_));
  for (const auto& [path, value] : best_weights_) out.add(std::string(kWeights) + path, value);
  return out;
}
void EarlyStopping::load(const nn::State& state) {
  monitor_.load(state);
  waited_ = saved_count(state, "waited");
  best_weights_ = below(state, kWeights);
}

namespace {
// The name comes from a checkpoint, which may be anybody's: what is deleted lies beside the new file.
bool is_earlier(const std::filesystem::path& file, const std::filesystem::path& next) {
  return !file.empty() && file != next && file.parent_path() == next.parent_path() &&
         file.extension() == next.extension();
}
}  // namespace

ModelCheckpoint::ModelCheckpoint(ModelCheckpointOptions options)
    : options_(std::move(options)), monitor_(options_.monitor, options_.mode, 0) {}

void ModelCheckpoint::on_epoch_end(Training& training) {
  if (monitor_.improved(training).value_or(false) || !options_.save_best_only) save(training);
}

void ModelCheckpoint::save(Training& training) {
  fmt::dynamic_format_arg_store<fmt::format_context> values;
  values.push_back(fmt::arg("epoch", training.epoch() - 1));
  values.push_back(fmt::arg("epoch_1based", training.epoch()));
  for (const auto& [name, value] : training.metrics()) values.push_back(fmt::arg(name.c_str(), value));
  try {
    const std::filesystem::path file = fmt::vformat(options_.file, values);
    save_safetensors(file, training.weights(), {{"epoch", std::to_string(training.epoch())}});
    if (!options_.keep_all && is_earlier(newest_, file)) std::filesystem::remove(newest_);
    newest_ = file;
  } catch (const std::exception& e) {
    training.warn(fmt::format("ModelCheckpoint: {}", e.what()));
  }
}

nn::State ModelCheckpoint::state() const {
  nn::State out = monitor_.state();
  out.add("newest", text_tensor(newest_.string()));
  return out;
}
void ModelCheckpoint::load(const nn::State& state) {
  monitor_.load(state);
  newest_ = saved_text(state, "newest");
}

void LearningRateLogger::on_batch_end(Training& training) {
  if (every_steps_ > 0 && training.step() % every_steps_ == 0)
    if (const auto rate = training.learning_rate())
      training.print(fmt::format("step {}: learning rate {:g}", training.step(), *rate));
}
void LearningRateLogger::on_epoch_end(Training& training) {
  if (const auto rate = training.learning_rate(); rate && every_steps_ == 0)
    training.print(fmt::format("Epoch {}: learning rate {:g}", training.epoch(), *rate));
}

void CsvLogger::on_epoch_end(Training& training) {
  try {
    detail::write_file("CsvLogger", file_, training.history().csv());
  } catch (const Error& e) {
    training.warn(e.what());
  }
}

TensorBoardLogger::TensorBoardLogger(const std::filesystem::path& folder, TensorBoardLoggerOptions options,
                                     Log log)
    : writer_(folder), options_(options), log_(std::move(log)) {}

void TensorBoardLogger::on_batch_end(Training& training) {
  if (options_.loss_every > 0 && training.step() % options_.loss_every == 0)
    writer_.scalar("loss/step", training.loss().item(), training.step());
}

// "train_loss" and "val_loss" stand together, as "loss/train" and "loss/val".
void TensorBoardLogger::on_epoch_end(Training& training) {
  for (const auto& [name, value] : training.metrics()) {
    const std::size_t bar = name.find('_');
    const bool split = name.starts_with("train_") || name.starts_with("val_");
    writer_.scalar(split ? name.substr(bar + 1) + "/" + name.substr(0, bar) : name, value, training.epoch());
  }
  if (options_.histograms)
    for (const auto& [path, value] : training.weights()) writer_.histogram(path, value, training.epoch());
  if (log_) log_(writer_, training);
  writer_.flush();
}
void TensorBoardLogger::on_train_end(Training&) { writer_.flush(); }

ReduceOnPlateau::ReduceOnPlateau(ReduceOnPlateauOptions options)
    : options_(std::move(options)), monitor_(options_.monitor, options_.mode, options_.min_delta) {
  if (!(options_.factor > 0 && options_.factor < 1))
    fail("ReduceOnPlateau", fmt::format("the factor is {}: it must be between 0 and 1.", options_.factor));
}

// As in PyTorch: epochs of cooldown do not count as waited.
void ReduceOnPlateau::on_epoch_end(Training& training) {
  const auto better = monitor_.improved(training);
  if (!better) return;
  waited_ = *better ? 0 : waited_ + 1;
  if (cooling_ > 0) {
    --cooling_;
    waited_ = 0;
  }
  if (waited_ <= options_.patience) return;
  reduce(training);
  cooling_ = options_.cooldown;
  waited_ = 0;
}

void ReduceOnPlateau::reduce(Training& training) const {
  const double rate = training.optimizer().hyperparameter("learning_rate");
  const double reduced = std::max(rate * options_.factor, options_.min_rate);
  training.optimizer().set_hyperparameter("learning_rate", reduced);
  training.print(fmt::format("Epoch {}: learning rate {:g}, since {} did not improve", training.epoch(),
                             reduced, monitor_.metric()));
}

nn::State ReduceOnPlateau::state() const {
  nn::State out = monitor_.state();
  out.add("waited", number(waited_));
  out.add("cooling", number(cooling_));
  return out;
}
void ReduceOnPlateau::load(const nn::State& state) {
  monitor_.load(state);
  waited_ = saved_count(state, "waited");
  cooling_ = saved_count(state, "cooling");
}

}  // namespace ramie::train
