#include <ramie/train/box_table.h>
#include <ramie/train/console_text.h>
#include <ramie/train/number_text.h>
#include <ramie/train/report.h>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <ostream>

namespace ramie::train {
namespace {

using detail::Cell;
using detail::Row;
namespace ink = detail::ink;
constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
constexpr std::size_t kRuler = 100, kTableColumns = 80, kCheckpointsShown = 10;

struct Table {
  std::string title;
  std::vector<Row> rows;
  bool right = false;
};

Row named(std::string name, std::string value) {
  return {{std::move(name), ink::kCyan}, {value.empty() ? "-" : std::move(value)}};
}

Row head(std::initializer_list<const char*> names) {
  Row row;
  for (const char* name : names) row.push_back({name, ink::kBold});
  return row;
}

std::string time_text(const TrainingReport::Time& time) {
  if (!time) return "-";
  return fmt::format("{:%Y-%m-%d %H:%M:%S} UTC", fmt::gmtime(std::chrono::system_clock::to_time_t(*time)));
}

double average(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return values.empty() ? kNone : sum / static_cast<double>(values.size());
}

std::string ended_text(EndedBy ended_by) {
  const char* const texts[] = {"all epochs done", "early stopping", "interrupted", "stopped by a callback"};
  return texts[static_cast<std::size_t>(ended_by)];
}

Table summary_table(const TrainingReport& r) {
  Table table{"Training Summary", {head({"Metric", "Value"})}};
  auto add = [&](auto... cells) { table.rows.push_back(named(cells...)); };
  add("Epochs",
      r.planned_epochs > 0 ? fmt::format("{} of {}", r.epochs, r.planned_epochs) : std::to_string(r.epochs));
  add("Ended by", ended_text(r.ended_by));
  if (!r.ended_note.empty()) add("Reason", r.ended_note);
  add("Training time", detail::duration_text(r.seconds));
  add("Average time per epoch", detail::duration_text(average(r.epoch_seconds)));
  add("Batches", detail::count_text(r.batches));
  if (r.examples_per_second)
    add("Examples per second", detail::count_text(std::llround(*r.examples_per_second)));
  add("Started", time_text(r.started));
  add("Completed", time_text(r.completed));
  return table;
}

Table model_table(const TrainingReport& r) {
  return {"Model Information",
          {head({"Property", "Value"}), named("Name", r.model.name),
           named("Total parameters", detail::count_text(r.model.total)),
           named("Trainable parameters", detail::count_text(r.model.trainable)),
           named("Size", detail::size_text(static_cast<double>(r.model.bytes))),
           named("Device", r.model.device)}};
}

std::string cpu_text(std::optional<double> percent) { return percent ? detail::percent_text(*percent) : "-"; }
std::string memory_text(std::optional<double> bytes) { return detail::size_text(bytes.value_or(kNone)); }

Table hardware_table(const TrainingReport& r) {
  const HardwareUse& use = r.hardware;
  auto row = [](const char* name, std::string average, std::string peak) {
    return Row{{name, ink::kCyan}, {std::move(average)}, {std::move(peak)}};
  };
  Table table{
      use.cpu.empty() ? "Hardware" : "Hardware: " + use.cpu, {head({"Resource", "Average", "Peak"})}, true};
  table.rows.push_back(row("CPU (100% is a core)", cpu_text(use.average_cpu), cpu_text(use.peak_cpu)));
  table.rows.push_back(row("Memory", memory_text(use.average_memory), memory_text(use.peak_memory)));
  if (use.peak_gpu_memory)
    table.rows.push_back(
        row("GPU memory", memory_text(use.average_gpu_memory), memory_text(use.peak_gpu_memory)));
  if (use.threads > 0) table.rows.push_back(row("Threads", "", std::to_string(use.threads)));
  if (use.cores > 0) table.rows.push_back(row("Cores", "", std::to_string(use.cores)));
  return table;
}

// In percent, and more is better; nothing where the first value is 0.
double improvement(std::string_view metric, double first, double last) {
  const double change = 100 * (last - first) / std::abs(first);
  return !std::isfinite(change) ? kNone : lower_is_better(metric) ? -change : change;
}

Cell improvement_cell(std::string_view metric, const std::vector<double>& values) {
  const auto has = [](double v) { return !std::isnan(v); };
  const auto first = std::find_if(values.begin(), values.end(), has);
  const auto last = std::find_if(values.rbegin(), values.rend(), has);
  const double percent = first == values.end() ? kNone : improvement(metric, *first, *last);
  if (std::isnan(percent)) return {"-", ink::kDim};
  if (percent == 0) return {"0.0%", ink::kDim};
  return {(percent > 0 ? "+" : "-") + detail::percent_text(std::abs(percent)),
          percent > 0 ? ink::kGreen : ink::kRed};
}

bool has_value(const std::vector<double>& values) {
  return std::any_of(values.begin(), values.end(), [](double v) { return !std::isnan(v); });
}

bool is_metric(std::string_view name) { return name.starts_with("train_") || name.starts_with("val_"); }

Table metrics_table(const TrainingReport& r) {
  Table table{"Metrics", {head({"Metric", "Best", "Epoch", "Final", "Improvement"})}, true};
  for (const auto& [name, values] : r.history) {
    if (!is_metric(name) || !has_value(values)) continue;
    const BestMetric best = r.history.best(name);
    table.rows.push_back({{name, ink::kCyan},
                          {detail::value_text(best.value), ink::kGreen},
                          {std::to_string(best.epoch)},
                          {detail::value_text(values.back())},
                          improvement_cell(name, values)});
  }
  if (table.rows.size() == 1) table.rows.push_back({{"none", ink::kDim}});
  return table;
}

std::filesystem::path common_folder(const std::vector<CheckpointFile>& files) {
  if (files.empty()) return {};
  const auto folder = files[0].path.parent_path();
  const bool all = std::all_of(files.begin(), files.end(),
                               [&](const auto& file) { return file.path.parent_path() == folder; });
  return all ? folder : std::filesystem::path();
}

Row checkpoint_row(const CheckpointFile& file, const std::filesystem::path& folder) {
  const std::string name = folder.empty() ? file.path.string() : file.path.filename().string();
  return {{name + (file.best ? " (best)" : ""), file.best ? ink::kGreen : ink::kCyan},
          {file.epoch > 0 ? std::to_string(file.epoch) : "-"},
          {detail::size_text(static_cast<double>(file.bytes))}};
}

// The best ones and the last ones.
Table checkpoints_table(const TrainingReport& r) {
  const auto folder = common_folder(r.checkpoints);
  Table table{folder.empty() ? "Checkpoints" : "Checkpoints in " + folder.string(),
              {head({"File", "Epoch", "Size"})},
              true};
  const std::size_t count = r.checkpoints.size(), from = count - std::min(count, kCheckpointsShown);
  std::size_t hidden = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (i < from && !r.checkpoints[i].best)
      ++hidden;
    else
      table.rows.push_back(checkpoint_row(r.checkpoints[i], folder));
  }
  if (hidden > 0) table.rows.push_back({{fmt::format("and {} earlier", hidden), ink::kDim}});
  if (count == 0) table.rows.push_back({{"none", ink::kDim}});
  return table;
}

Cell banner(EndedBy ended_by) {
  if (ended_by == EndedBy::interrupted) return {"TRAINING INTERRUPTED", ink::kWarning};
  return {ended_by == EndedBy::finished ? "TRAINING COMPLETE" : "TRAINING STOPPED EARLY", ink::kGood};
}

}  // namespace

std::string_view name(EndedBy ended_by) {
  constexpr std::string_view names[] = {"finished", "early_stopping", "interrupted", "callback"};
  return names[static_cast<std::size_t>(ended_by)];
}

std::string TrainingReport::str(const TextStyle& style) const {
  const std::size_t columns = std::min(kRuler, style.columns);
  const Cell title = banner(ended_by);
  const std::string ruler = detail::inked(std::string(columns, '='), ink::kGreen, style) + "\n";
  const std::size_t before = columns > title.text.size() ? (columns - title.text.size()) / 2 : 0;
  std::string out =
      ruler + std::string(before, ' ') + detail::inked(title.text, title.ink, style) + "\n" + ruler + "\n";
  for (const auto make : {summary_table, model_table, hardware_table, metrics_table, checkpoints_table}) {
    const Table table = make(*this);
    out += detail::box_table({table.title, ink::kTitle}, table.rows, style,
                             {.right = table.right, .at_least = kTableColumns}) +
           "\n";
  }
  for (const auto& warning : warnings)
    out += detail::inked((style.unicode ? "⚠ " : "! ") + warning, ink::kWarning, style) + "\n";
  return out + (warnings.empty() ? "" : "\n") + ruler;
}

std::ostream& operator<<(std::ostream& out, const TrainingReport& report) {
  return out << report.str(style_of(out));
}

}  // namespace ramie::train
