#include <ramie/train/box_table.h>
#include <ramie/train/console_text.h>
#include <ramie/train/number_text.h>
#include <ramie/train/progress_text.h>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cctype>
#include <cmath>
#include <limits>
#include <set>
#include <utility>
#include <vector>

namespace ramie::train::detail {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

double value_of(const MetricValues& values, const std::string& name) {
  const auto at = values.find(name);
  return at == values.end() ? kNone : at->second;
}

std::string capitalized(std::string name) {
  if (!name.empty()) name[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(name[0])));
  return name;
}

std::string parameters_text(std::int64_t count) {
  return count < 1000 ? count_text(count) : fmt::format("{} ({})", short_count(count), count_text(count));
}

const char* arrow(bool up, const TextStyle& style) {
  if (style.unicode) return up ? "↑" : "↓";
  return up ? "+" : "-";
}

// Relative to where it was; from 0 no percentage is known.
std::string change_text(double now, double before, const TextStyle& style) {
  const std::string sign = arrow(now > before, style);
  if (before == 0) return sign + " from 0";
  return sign + " " + percent_text(100 * std::abs(now - before) / std::abs(before));
}

Cell change_cell(const std::string& metric, double now, double before, const TextStyle& style) {
  if (!std::isfinite(now) || !std::isfinite(before)) return {"-", ink::kDim};
  if (now == before) return {"0.0%", ink::kDim};
  const bool better = lower_is_better(metric) ? now < before : now > before;
  return {change_text(now, before, style), better ? ink::kGreen : ink::kRed};
}

Cell value_cell(double value, std::string_view ink) {
  if (std::isnan(value)) return {"-", ink::kDim};
  return {value_text(value), std::isinf(value) ? ink::kRed : ink};
}

Row metric_row(const EpochSummary& epoch, const std::string& metric, const TextStyle& style) {
  const double train = value_of(epoch.train, metric), validation = value_of(epoch.validation, metric);
  Row row{{capitalized(metric), ink::kCyan}, value_cell(train, ink::kPlain)};
  if (!epoch.validation.empty()) row.push_back(value_cell(validation, ink::kPlain));
  const bool of_train = std::isnan(validation);
  const double before = value_of(of_train ? epoch.previous_train : epoch.previous_validation, metric);
  row.push_back(change_cell(metric, of_train ? train : validation, before, style));
  return row;
}

Row head(bool with_validation) {
  Row row{{"Metric", ink::kBold}, {"Train", ink::kBold}};
  if (with_validation) row.push_back({"Validation", ink::kBold});
  row.push_back({"Change (from prev)", ink::kBold});
  return row;
}

std::string rate_text(double rate) { return std::isnan(rate) ? "-" : fmt::format("{:.4g}", rate); }

std::vector<Row> footer(const EpochSummary& epoch) {
  std::vector<Row> rows{{}};  // blank
  if (epoch.learning_rate)
    rows.push_back({{"Learning Rate", ink::kBlue}, {rate_text(*epoch.learning_rate), ink::kBlue}});
  rows.push_back({{"Epoch Time", ink::kBlue}, {duration_text(epoch.seconds), ink::kBlue}});
  rows.push_back({{"Total Time", ink::kBlue}, {duration_text(epoch.total_seconds), ink::kBlue}});
  return rows;
}

std::set<std::string> names(const EpochSummary& epoch) {
  std::set<std::string> out;
  for (const auto* values : {&epoch.train, &epoch.validation})
    for (const auto& [name, value] : *values) out.insert(name);
  return out;
}

}  // namespace

std::string model_panel(const ModelInfo& model, const TextStyle& style) {
  return box_panel("Model",
                   {{{"Name", ink::kCyan}, {model.name.empty() ? "-" : model.name, ink::kBold}},
                    {{"Total parameters", ink::kCyan}, {parameters_text(model.total)}},
                    {{"Trainable parameters", ink::kCyan}, {parameters_text(model.trainable)}},
                    {{"Size", ink::kCyan}, {size_text(static_cast<double>(model.bytes))}},
                    {{"Device", ink::kCyan}, {model.device.empty() ? "-" : model.device}}},
                   style);
}

std::string epoch_table(const EpochSummary& epoch, const TextStyle& style) {
  std::vector<Row> rows{head(!epoch.validation.empty())};
  for (const auto& metric : names(epoch)) rows.push_back(metric_row(epoch, metric, style));
  for (Row& row : footer(epoch)) rows.push_back(std::move(row));
  const std::string of = epoch.epochs > 0 ? fmt::format("/{}", epoch.epochs) : "";
  return box_table({fmt::format("Epoch {}{} Summary", epoch.epoch, of), ink::kTitle}, rows, style);
}

std::string overfitting_warning(double train_loss, double val_loss, double threshold,
                                const TextStyle& style) {
  if (!(val_loss > train_loss + threshold)) return "";
  const std::string text = fmt::format(
      "{} The model may be overfitting: val_loss {} > train_loss {} + threshold {}",
      style.unicode ? "⚠" : "!", value_text(val_loss), value_text(train_loss), value_text(threshold));
  return inked(text, ink::kWarning, style) + "\n";
}

std::string early_stopping_note(std::int64_t epochs, std::string_view monitor, double best,
                                const TextStyle& style) {
  const std::string what =
      fmt::format("Early stopping triggered after {} epoch{}", epochs, epochs == 1 ? "" : "s");
  return inked(what, ink::kWarning, style) + "\n" +
         fmt::format("Best {}: {}\n", monitor, std::isnan(best) ? "-" : fmt::format("{:.6f}", best));
}

std::string metrics_note(const MetricValues& metrics) {
  std::vector<std::string> parts;
  for (const auto& [name, value] : metrics)
    parts.insert(name == "loss" ? parts.begin() : parts.end(),
                 fmt::format("{}: {}", name, value_text(value)));
  return fmt::format("{}", fmt::join(parts, " | "));
}

std::string batch_line(std::size_t batch, std::size_t total, const MetricValues& metrics) {
  std::string of;
  if (total > 0)
    of = fmt::format("/{} ({:.1f}%)", total, 100 * static_cast<double>(batch) / static_cast<double>(total));
  return fmt::format("  Batch {}{}{}{}", batch, of, metrics.empty() ? "" : " | ", metrics_note(metrics));
}

}  // namespace ramie::train::detail
