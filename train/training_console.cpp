// What a Trainer prints.
#include <cstdio>

#include <fmt/format.h>

#include <ramie/tensor/error.h>
#include <ramie/train/console_text.h>
#include <ramie/train/training.h>

namespace ramie::train {
namespace {

// "loss" of "train_loss".
MetricValues below(const MetricValues& metrics, std::string_view prefix) {
  MetricValues out;
  for (const auto& [name, value] : metrics)
    if (name.starts_with(prefix)) out[name.substr(prefix.size())] = value;
  return out;
}

MetricValues epoch_before(const History& history) {
  MetricValues out;
  for (const auto& [name, values] : history)
    if (values.size() > 1) out[name] = values[values.size() - 2];
  return out;
}

}  // namespace

TextStyle Training::style() const { return config_.output ? style_of(config_.output) : TextStyle(); }

void Training::print(const std::string& text) {
  if (!config_.output) return;
  if (bar_) bar_->clear();
  std::fprintf(config_.output, "%s\n", text.c_str());
  std::fflush(config_.output);
}

void Training::warn(const std::string& text) {
  report_.warnings.push_back(text);
  print("Warning: " + text);
}

void Training::print_start() {
  report_ = {
      .model = model_.info, .planned_epochs = last_epoch(), .started = std::chrono::system_clock::now()};
  hardware_.emplace(model_.device);
  if (config_.output) print(detail::model_panel(model_.info, style()));
  if (step_ > 0)
    print(fmt::format("Goes on in epoch {}, after step {}", in_epoch_ ? epoch_ : epoch_ + 1, step_));
}

void Training::print_epoch(double seconds) {
  report_.epoch_seconds.push_back(seconds);
  if (!config_.output) return;
  const TextStyle style = this->style();
  const MetricValues before = epoch_before(history_);
  print(detail::epoch_table({.epoch = epoch_,
                             .epochs = last_epoch(),
                             .train = below(metrics_, "train_"),
                             .validation = below(metrics_, "val_"),
                             .previous_train = below(before, "train_"),
                             .previous_validation = below(before, "val_"),
                             .seconds = seconds,
                             .total_seconds = report_.seconds,
                             .learning_rate = learning_rate()},
                            style));
  if (config_.early_stopping_patience || !metrics_.contains("val_loss")) return;
  const std::string warning = detail::overfitting_warning(metrics_.at("train_loss"), metrics_.at("val_loss"),
                                                          config_.overfit_threshold, style);
  if (!warning.empty()) print(warning);
}

// Reading the totals waits for the device.
void Training::show_progress() {
  if (!bar_) start_bar();
  const bool last = step_in_epoch_ == steps_per_epoch();
  if (step_in_epoch_ == 0 || (step_in_epoch_ % config_.print_every != 0 && !last)) return;
  hardware_->sample();
  check_finite();
  metrics_ = named(totals_.compute(), "train_");
  bar_->update(static_cast<std::size_t>(step_in_epoch_), detail::metrics_note(below(metrics_, "train_")));
}

void Training::start_bar() {
  const bool shown = config_.progress_bar && config_.output;
  bar_ =
      std::make_unique<ProgressBar>(static_cast<std::size_t>(steps_per_epoch()),
                                    ProgressOptions{.label = fmt::format("Epoch {}/{}", epoch_, last_epoch()),
                                                    .initial = static_cast<std::size_t>(step_in_epoch_),
                                                    .leave = false,
                                                    .enabled = shown ? std::nullopt : std::optional(false)});
}

void Training::finish() {
  if (!stop_reason_.empty())
    print(fmt::format("Stopped after {} epochs: {}", history_.epochs(), stop_reason_));
  if (!ended()) {
    const bool kept = !config_.checkpoint_dir.empty() && save_error_.empty();
    print(fmt::format("Interrupted in epoch {}, after step {}.{}", epoch_, step_,
                      kept ? " All is in " + newest_checkpoint().string() + "." : ""));
  }
  complete_report();
  if (config_.output) print(report_.str(style()));
  if (!save_error_.empty())
    fail("Trainer",
         fmt::format(
             "the last checkpoint could not be written ({}). Nothing is lost: make room and call fit() "
             "again, or save_checkpoint.",
             save_error_));
}

void Training::complete_report() {
  hardware_->sample();
  report_.ended_by = !ended() ? EndedBy::interrupted : stop_reason_.empty() ? EndedBy::finished : stopped_by_;
  report_.ended_note = stop_reason_;
  report_.epochs = history_.epochs();
  report_.history = history_;
  report_.hardware = hardware_->use();
  report_.completed = std::chrono::system_clock::now();
  if (report_.seconds > 0) report_.examples_per_second = static_cast<double>(examples_) / report_.seconds;
}

}  // namespace ramie::train
