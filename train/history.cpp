#include <ramie/train/history.h>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include <ramie/tensor/error.h>

namespace ramie::train {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

std::vector<std::string> names(const MetricSeries& series) {
  std::vector<std::string> out;
  for (const auto& [name, values] : series) out.push_back(name);
  return out;
}

MetricSeries with_prefix(const MetricSeries& series, std::string_view prefix) {
  MetricSeries out;
  for (const auto& [name, values] : series)
    if (name.starts_with(prefix)) out[name.substr(prefix.size())] = values;
  return out;
}

bool has_value(const std::vector<double>& values) {
  return std::any_of(values.begin(), values.end(), [](double v) { return !std::isnan(v); });
}

// As a spreadsheet reads it: in quotes where it has commas, quotes or line breaks.
std::string csv_cell(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == text.npos) return text;
  std::string out = "\"";
  for (const char c : text) out += c == '"' ? "\"\"" : std::string(1, c);
  return out + "\"";
}

}  // namespace

bool lower_is_better(std::string_view metric) {
  constexpr std::string_view less[] = {"loss", "error", "mae", "mse", "rmse", "mape", "perplexity"};
  std::string name(metric);
  for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return std::any_of(std::begin(less), std::end(less),
                     [&](auto part) { return name.find(part) != name.npos; });
}

const std::vector<double>& History::operator[](std::string_view name) const {
  const auto at = series_.find(std::string(name));
  if (at == series_.end() && series_.empty())
    fail("History", fmt::format("has no '{}': it has no epochs yet.", name));
  if (at == series_.end())
    fail("History", fmt::format("has no '{}'. It has: {}.", name, fmt::join(names(series_), ", ")));
  return at->second;
}

bool History::contains(std::string_view name) const { return series_.contains(std::string(name)); }

void History::add_epoch(const std::map<std::string, double>& values) {
  for (const auto& [name, value] : values)
    series_.try_emplace(name, static_cast<std::size_t>(epochs_), kNone).first->second.push_back(value);
  ++epochs_;
  for (auto& [name, all] : series_) all.resize(static_cast<std::size_t>(epochs_), kNone);
}

BestMetric History::best(std::string_view name) const {
  const auto& values = (*this)[name];
  if (!has_value(values)) fail("History", fmt::format("'{}' has no value in any epoch.", name));
  const bool less = lower_is_better(name);
  std::size_t best = 0;
  for (std::size_t i = 1; i < values.size(); ++i)
    if (std::isnan(values[best]) || (less ? values[i] < values[best] : values[i] > values[best])) best = i;
  return {values[best], static_cast<std::int64_t>(best) + 1};
}

NestedHistory History::nested() const {
  NestedHistory out{with_prefix(series_, "train_"), with_prefix(series_, "val_"), {}, epochs_};
  for (const auto& [name, values] : series_)
    if ((name.starts_with("train_") || name.starts_with("val_")) && has_value(values))
      out.best_metrics[name] = best(name).value;
  return out;
}

std::string History::csv() const {
  std::string out = "epoch";
  for (const auto& [name, values] : series_) out += "," + csv_cell(name);
  out += '\n';
  for (std::size_t epoch = 0; epoch < static_cast<std::size_t>(epochs_); ++epoch) {
    out += std::to_string(epoch + 1);
    for (const auto& [name, values] : series_)
      out += std::isnan(values[epoch]) ? "," : fmt::format(",{}", values[epoch]);
    out += '\n';
  }
  return out;
}

std::string History::json() const {
  nlohmann::json out = series_;
  out["epochs"] = epochs_;
  return out.dump(2, ' ', false, nlohmann::json::error_handler_t::replace);  // of names that are not UTF-8
}

}  // namespace ramie::train
