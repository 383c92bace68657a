#include <ramie/train/training.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <exception>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include <ramie/autograd/jit.h>
#include <ramie/autograd/ops/elementwise.h>
#include <ramie/autograd/ops/shape.h>
#include <ramie/tensor/context.h>
#include <ramie/tensor/create.h>
#include <ramie/tensor/error.h>
#include <ramie/train/callbacks.h>
#include <ramie/train/saved_state.h>

namespace ramie::train {
namespace {

double seconds_now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

// What the factor of descent is, computed as the optimizer does before its next step.
std::optional<double> rate_of(const optim::Elementwise& part, std::size_t number, const nn::State& state) {
  const bool descends =
      part.stage.kind == kernels::Stage::Kind::scale_by_scalar && part.stage.constants[0] < 0;
  if (!descends || !part.scalars) return {};
  std::vector<nn::State::Entry> counters;
  for (const auto& [name, first] : part.counters)
    counters.emplace_back(name, state.at(fmt::format("opt_state.{}.{}", number, name)));
  return part.scalars({counters, {}, float64, {}})[0].item();
}

}  // namespace

namespace detail {

Totals::Totals(std::size_t metrics, Device device) : examples(zeros({}, float64).to(device)) {
  for (std::size_t i = 0; i <= metrics; ++i) sums.emplace_back(examples.value());
}

void Totals::add(const std::vector<Tensor>& means, std::int64_t count) {
  for (std::size_t i = 0; i < sums.size(); ++i)
    sums[i] = sums[i].value() + means[i].astype(float64) * static_cast<double>(count);
  examples = examples.value() + static_cast<double>(count);
}

std::vector<double> Totals::compute() const {
  const double count = examples.value().item();
  std::vector<double> out;
  for (const auto& sum : sums)
    out.push_back(count > 0 ? sum.value().item() / count : std::numeric_limits<double>::quiet_NaN());
  return out;
}

void Totals::reset() {
  for (auto& sum : sums) sum = zeros_like(sum.value());
  examples = zeros_like(examples.value());
}

void check(const TrainingConfig& c) {
  const auto at_least = [](const char* name, std::int64_t value, std::int64_t least) {
    if (value < least) fail("Trainer", fmt::format("{} is {}: it must be at least {}.", name, value, least));
  };
  at_least("epochs", c.epochs, 0);
  at_least("accumulate_grad_batches", c.accumulate_grad_batches, 1);
  at_least("steps_per_epoch", c.steps_per_epoch, 0);
  at_least("validate_every", c.validate_every, 1);
  at_least("checkpoint_every", c.checkpoint_every, 1);
  at_least("checkpoint_every_steps", c.checkpoint_every_steps, 0);
  at_least("print_every", c.print_every, 1);
  at_least("additional_epochs", c.additional_epochs.value_or(0), 0);
  if (c.grad_clip_norm && !(*c.grad_clip_norm > 0))
    fail("Trainer", fmt::format("grad_clip_norm is {}: it must be above 0.", *c.grad_clip_norm));
}

optim::GradientTransformation transformation(const TrainingConfig& config) {
  if (!config.grad_clip_norm) return config.optimizer;
  return optim::chain(optim::clip_by_global_norm(*config.grad_clip_norm), config.optimizer);
}

std::int64_t examples_of(const data::Batch& batch) {
  const bool good = !batch.empty() && batch.begin()->second.rank() > 0 && batch.begin()->second.shape(0) > 0;
  if (!good)
    fail("Trainer", fmt::format("a batch is {}: its first tensor has no examples. Pipelines for training end "
                                "with batch(n).",
                                batch.empty() ? "empty" : str(batch)));
  return batch.begin()->second.shape(0);
}

data::Batch on_device(data::Batch batch, Device device) {
  for (auto& [name, value] : batch) value = value.to(device);
  return batch;
}

}  // namespace detail

Training::Training(TrainingConfig config, detail::TrainerModel model, data::Pipeline train,
                   std::optional<data::Pipeline> validation, std::vector<std::shared_ptr<Callback>> callbacks)
    : config_(std::move(config)),
      model_(std::move(model)),
      train_(std::move(train)),
      validation_(std::move(validation)),
      callbacks_(std::move(callbacks)),
      totals_(model_.metrics.size(), model_.device),
      place_{train_.fingerprint(), 0, 0} {
  check_arguments();
  if (config_.early_stopping_patience)
    callbacks_.push_back(
        std::make_shared<EarlyStopping>(EarlyStoppingOptions{.patience = *config_.early_stopping_patience}));
}
Training::~Training() = default;

void Training::check_arguments() const {
  if (std::find(callbacks_.begin(), callbacks_.end(), nullptr) != callbacks_.end())
    fail("Trainer", "a callback is a null pointer.");
  if (std::find(model_.metrics.begin(), model_.metrics.end(), "loss") != model_.metrics.end())
    fail("Trainer", "a metric may not be named 'loss': the loss is.");
  if (config_.steps_per_epoch == 0 && train_.cardinality() == data::infinite_cardinality)
    fail("Trainer", "the training pipeline never ends: set steps_per_epoch.");
  if (validation_ && validation_->cardinality() == data::infinite_cardinality)
    fail("Trainer", "the validation pipeline never ends: take(n) ends it.");
}

// How the model runs.
struct Training::Scope {
  explicit Scope(const Training& training) : device(training.model_.device) {
    if (!training.config_.jit) eager.emplace();
  }
  DeviceScope device;
  std::optional<DisableJit> eager;
};

History Training::fit() {
  if (interrupt_) fail("Trainer", "fit() is running already.");
  const Scope scope(*this);
  const detail::Interrupt interrupt;
  const Restore<const detail::Interrupt*> running(interrupt_, &interrupt);
  start();
  std::exception_ptr error;
  try {
    call(&Callback::on_train_start);
    while (goes_on() && run_epoch()) continue;
    if (!ended() || !save_error_.empty()) checkpoint();
  } catch (...) {
    error = std::current_exception();
    bar_.reset();
    batches_.reset();  // it may be broken, or ahead of the last step
  }
  end_callbacks(error);
  finish();
  return history_;
}

void Training::start() {
  prepare_folder();
  epochs_at_start_ = history_.epochs();
  if (config_.additional_epochs) stop_reason_.clear();
  examples_ = 0;
  print_start();
}

// All of them end, whatever was thrown before; the first error goes on.
void Training::end_callbacks(std::exception_ptr error) {
  for (const auto& callback : callbacks_) try {
      callback->on_train_end(*this);
    } catch (const std::exception& e) {
      if (error)
        warn(e.what());
      else
        error = std::current_exception();
    }
  if (error) std::rethrow_exception(error);
}

void Training::call(Event event) {
  for (const auto& callback : callbacks_) (callback.get()->*event)(*this);
}

bool Training::interrupted() const { return interrupt_ && interrupt_->requested(); }

std::int64_t Training::last_epoch() const {
  return config_.additional_epochs ? epochs_at_start_ + *config_.additional_epochs : config_.epochs;
}

bool Training::ended() const {
  return !in_epoch_ && (!stop_reason_.empty() || history_.epochs() >= last_epoch());
}
bool Training::goes_on() const { return (in_epoch_ || !ended()) && !interrupted(); }

// False where Ctrl-C came.
bool Training::run_epoch() {
  const double start = seconds_now();
  if (!in_epoch_) begin_epoch();
  bool whole = train_epoch();
  if (whole) {
    metrics_ = named(totals_.compute(), "train_");
    check_finite();
    whole = validate();
  }
  bar_.reset();
  const double seconds = seconds_now() - start;
  report_.seconds += seconds;
  if (whole) end_epoch(seconds);
  return whole;
}

void Training::begin_epoch() {
  epoch_ = history_.epochs() + 1;
  step_in_epoch_ = 0;
  totals_.reset();
  metrics_.clear();
  if (config_.scheduler)
    optimizer().set_hyperparameter(
        "learning_rate", config_.scheduler(full({}, static_cast<double>(epoch_ - 1), int32)).item());
  in_epoch_ = true;
  call(&Callback::on_epoch_start);
}

bool Training::train_epoch() {
  show_progress();
  for (;;) {
    if (interrupted()) return false;
    const std::vector<data::Batch> batches = next_batches();
    if (batches.empty()) break;
    train_step(batches);
  }
  if (step_in_epoch_ == 0) fail("Trainer", "the training pipeline has no batches.\n" + train_.describe());
  return true;
}

void Training::train_step(const std::vector<data::Batch>& batches) {
  call(&Callback::on_batch_start);
  loss_ = model_.step(optimizer(), totals_, batches);
  place_ = fetched_;
  ++step_, ++step_in_epoch_;
  report_.batches += static_cast<std::int64_t>(batches.size());
  for (const auto& batch : batches) examples_ += detail::examples_of(batch);
  show_progress();
  call(&Callback::on_batch_end);
  checkpoint_after_step();
}

std::vector<data::Batch> Training::next_batches() {
  std::vector<data::Batch> out;
  if (config_.steps_per_epoch > 0 && step_in_epoch_ >= config_.steps_per_epoch) return out;
  while (static_cast<std::int64_t>(out.size()) < config_.accumulate_grad_batches) {
    auto batch = next_batch();
    if (!batch) break;
    out.push_back(detail::on_device(std::move(*batch), model_.device));
  }
  return out;
}

// An epoch of steps_per_epoch steps goes on where the one before has ended, in loop after loop.
std::optional<data::Batch> Training::next_batch() {
  if (!batches_) batches_ = train_.iterator(fetched_ = place_);
  auto batch = batches_->next();
  if (!batch && config_.steps_per_epoch > 0) {
    fetched_ = {fetched_.pipeline, fetched_.loop + 1, 0};
    batches_ = train_.iterator(fetched_);
    batch = batches_->next();
  }
  if (batch) ++fetched_.position;
  return batch;
}

void Training::next_loop() {
  place_ = {place_.pipeline, place_.loop + 1, 0};
  batches_.reset();
}

std::int64_t Training::steps_per_epoch() const {
  if (config_.steps_per_epoch > 0) return config_.steps_per_epoch;
  const std::int64_t batches = train_.cardinality(), group = config_.accumulate_grad_batches;
  return batches < 0 ? 0 : (batches + group - 1) / group;
}

void Training::check_finite() const {
  const double loss = totals_.compute()[0];
  if (std::isfinite(loss) || step_in_epoch_ == 0) return;
  const auto rate = learning_rate();
  fail("Trainer",
       fmt::format(
           "the loss is {} in epoch {}, by step {}. A lower learning rate{}, grad_clip_norm or inputs of "
           "mean 0 may help; Anomaly (autograd/anomaly.h) with jit = false finds the op. Checkpoints "
           "were written only before.",
           loss, epoch_, step_, rate ? fmt::format(" (it is {})", *rate) : ""));
}

// False where Ctrl-C came.
bool Training::validate() {
  if (!validation_ || (epoch_ % config_.validate_every != 0 && epoch_ != last_epoch())) return true;
  call(&Callback::on_validation_start);
  const detail::Totals totals = measure(*validation_, static_cast<std::uint64_t>(epoch_ - 1), interrupt_);
  if (interrupted()) return false;
  metrics_.merge(named(totals.compute(), "val_"));
  call(&Callback::on_validation_end);
  return true;
}

void Training::end_epoch(double seconds) {
  metrics_["seconds"] = seconds;
  if (const auto rate = learning_rate()) metrics_["learning_rate"] = *rate;
  history_.add_epoch(metrics_);
  in_epoch_ = false;
  if (config_.steps_per_epoch == 0) next_loop();
  print_epoch(seconds);
  call(&Callback::on_epoch_end);
  checkpoint_after_epoch();
}

MetricValues Training::named(const std::vector<double>& values, const std::string& prefix) const {
  MetricValues out{{prefix + "loss", values[0]}};
  for (std::size_t i = 0; i < model_.metrics.size(); ++i) out[prefix + model_.metrics[i]] = values[i + 1];
  return out;
}

// Over a loop of the pipeline, or less where the interrupt comes.
detail::Totals Training::measure(const data::Pipeline& batches, std::uint64_t loop,
                                 const detail::Interrupt* interrupt) const {
  detail::Totals totals(model_.metrics.size(), model_.device);
  auto iterator = batches.iterator({batches.fingerprint(), loop, 0});
  auto batch = iterator.next();
  if (!batch) fail("Trainer", "there are no batches to evaluate.\n" + batches.describe());
  for (; batch && !(interrupt && interrupt->requested()); batch = iterator.next())
    model_.evaluate(totals, detail::on_device(std::move(*batch), model_.device));
  return totals;
}

MetricValues Training::evaluate(const data::Pipeline& batches) const {
  const Scope scope(*this);
  return named(measure(batches, 0, nullptr).compute(), "");
}

Tensor Training::predict(const data::Pipeline& batches) const {
  const Scope scope(*this);
  std::vector<Tensor> out;
  auto loop = batches.iterator({batches.fingerprint(), 0, 0});
  while (auto batch = loop.next())
    out.push_back(model_.predict(detail::on_device(std::move(*batch), model_.device)).to(cpu()));
  if (out.empty()) fail("Trainer", "there are no batches to predict.\n" + batches.describe());
  return concatenate(out, 0);
}

Tensor Training::predict(const Tensor& inputs) const {
  const Scope scope(*this);
  return model_.predict({{"input", inputs.to(model_.device)}});
}

nn::State Training::weights() const {
  return nn::detail::state(nn::detail::distinct(model_.variables()), is_weight);
}
void Training::set_weights(const nn::State& weights) {
  nn::State there;
  for (const auto& [path, value] : weights) there.add(path, value.to(model_.device));
  nn::detail::update(model_.variables(), there);
}

std::optional<double> Training::learning_rate() const {
  const auto parts = detail::transformation(config_).parts();
  const nn::State state = model_.optimizer.state();
  for (std::size_t i = 0; i < parts.size(); ++i)
    if (const auto* part = std::get_if<optim::Elementwise>(&parts[i]))
      if (const auto rate = rate_of(*part, i, state)) return rate;
  return {};
}

void Training::stop(const std::string& reason, EndedBy by) {
  stop_reason_ = reason.empty() ? "by a callback" : reason;
  stopped_by_ = by;
}

}  // namespace ramie::train
