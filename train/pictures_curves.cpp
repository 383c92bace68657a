#include <ramie/tensor/error.h>
#include <ramie/train/pictures.h>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <numeric>
#include <optional>
#include <string_view>

namespace ramie::train {
namespace {

constexpr double kAxesWidth = 6, kAxesHeight = 5;  // inches
constexpr int kMostInRow = 3;
constexpr double kGrid = 0.3;

using History = std::map<std::string, std::vector<double>>;

struct Split {
  std::string_view prefix, name, color;
};
constexpr std::array<Split, 3> kSplits{
    {{"train_", "Training", "blue"}, {"val_", "Validation", "red"}, {"test_", "Test", "red"}}};

// "validation_accuracy" -> "Validation Accuracy".
std::string as_title(std::string_view name) {
  std::string title;
  for (const char c : name) {
    const bool starts = title.empty() || title.back() == ' ';
    title += c == '_' ? ' ' : starts ? static_cast<char>(std::toupper(static_cast<unsigned char>(c))) : c;
  }
  return title;
}

std::vector<std::string> metrics_of(const History& history) {
  std::vector<std::string> metrics;
  for (const auto& [name, values] : history)
    for (const auto& split : kSplits) {
      if (!name.starts_with(split.prefix)) continue;
      const std::string metric = name.substr(split.prefix.size());
      if (std::ranges::find(metrics, metric) == metrics.end()) metrics.push_back(metric);
    }
  std::ranges::sort(metrics, {}, [](const std::string& m) { return std::pair(m != "loss", m); });
  return metrics;
}

struct Curve {
  Split split;
  std::string name;
  const std::vector<double>* values;
};

std::vector<std::string> names_of(const History& history) {
  std::vector<std::string> names;
  for (const auto& [name, values] : history) names.push_back(name);
  return names;
}

std::vector<Curve> curves_of(const History& history, const std::string& metric) {
  std::vector<Curve> curves;
  for (const auto& split : kSplits) {
    const auto found = history.find(std::string(split.prefix) + metric);
    if (found != history.end()) curves.push_back({split, found->first, &found->second});
  }
  if (curves.empty())
    fail("training_curves",
         fmt::format("there is no train_{0}, val_{0} or test_{0} in the history, which has: {1}", metric,
                     fmt::join(names_of(history), ", ")));
  for (const auto& curve : curves)
    if (curve.values->size() != curves[0].values->size())
      fail("training_curves",
           fmt::format(
               "{} has {} values but {} has {}: they share their epochs; put NaN where one has no value",
               curves[0].name, curves[0].values->size(), curve.name, curve.values->size()));
  if (curves[0].values->empty())
    fail("training_curves", fmt::format("{} has no values yet: train for an epoch first", curves[0].name));
  return curves;
}

std::vector<double> counted_from(double first, std::size_t count) {
  std::vector<double> x(count);
  std::iota(x.begin(), x.end(), first);
  return x;
}

// The second of two evaluation splits gets a colour of its own.
std::string color_of(const Curve& curve, std::size_t index) {
  return std::string(index == 2 ? "green" : curve.split.color);
}

void draw_metric(Axes& axes, const std::string& metric, const std::vector<Curve>& curves,
                 const CurvesOptions& options) {
  const std::string title = as_title(metric);
  for (std::size_t i = 0; i < curves.size(); ++i) {
    const auto& [split, name, values] = curves[i];
    const LineOptions plain{.label = name};
    const LineOptions full{.label = fmt::format("{} {}", split.name, title), .color = color_of(curves[i], i)};
    axes.line(counted_from(options.first_epoch, values->size()), *values, options.plain ? plain : full);
  }
  axes.title(options.plain ? title : fmt::format("{} {}", curves[0].split.name, title)).legend();
  if (!options.plain) axes.x_label("Epoch").y_label(title).grid(kGrid);
}

double mean(const double* values, std::size_t count) {
  return std::accumulate(values, values + count, 0.0) / static_cast<double>(count);
}

// The mean of every `window` values in a row.
std::vector<double> smoothed(const std::vector<double>& x, std::size_t window) {
  std::vector<double> means;
  for (std::size_t i = 0; i + window <= x.size(); ++i) means.push_back(mean(x.data() + i, window));
  return means;
}

std::optional<double> average(const std::vector<double>& values) {
  std::vector<double> finite;
  std::ranges::copy_if(values, std::back_inserter(finite), [](double x) { return std::isfinite(x); });
  if (finite.empty()) return std::nullopt;
  return mean(finite.data(), finite.size());
}

void check_some(const char* op, const std::vector<double>& values) {
  if (values.empty()) fail(op, "there are no values to draw");
}

void check_bars(const ThroughputBars& bars) {
  if (bars.series.empty() || bars.groups.empty())
    fail("throughput", fmt::format("{} series for {} groups: there must be one of each at least",
                                   bars.series.size(), bars.groups.size()));
  for (const auto& [name, values] : bars.series)
    if (values.size() != bars.groups.size())
      fail("throughput", fmt::format("{} has {} values, but there are {} groups ({})", name, values.size(),
                                     bars.groups.size(), fmt::join(bars.groups, ", ")));
}

// 950, 12345 -> "12,345", 0.123 -> "0.123".
std::string readable(double value) {
  if (std::abs(value) < 100) return fmt::format("{:.3g}", value);
  std::string text = fmt::format("{:.0f}", value);
  for (auto i = static_cast<std::ptrdiff_t>(text.size()) - 3; i > (value < 0 ? 1 : 0); i -= 3)
    text.insert(static_cast<std::size_t>(i), ",");
  return text;
}

}  // namespace

Figure training_curves(const History& history, const CurvesOptions& options) {
  const auto metrics = options.metrics.empty() ? metrics_of(history) : options.metrics;
  if (metrics.empty())
    fail("training_curves", "the history has no train_, val_ or test_ values: train for an epoch first");
  const int count = static_cast<int>(metrics.size());
  const int columns = std::min(count, kMostInRow), rows = (count + columns - 1) / columns;
  Figure figure({.width = options.width == 0 ? kAxesWidth * columns : options.width,
                 .height = options.height == 0 ? kAxesHeight * rows : options.height,
                 .dpi = options.dpi,
                 .rows = rows,
                 .columns = columns});
  for (int i = 0; i < rows * columns; ++i) {
    if (i >= count) {
      figure.axes(i).axis_off();
      continue;
    }
    const auto& metric = metrics[static_cast<std::size_t>(i)];
    draw_metric(figure.axes(i), metric, curves_of(history, metric), options);
  }
  return figure;
}

Figure batch_curve(const std::vector<double>& values, const BatchCurveOptions& options) {
  check_some("batch_curve", values);
  Figure figure({.width = options.width, .height = options.height, .dpi = options.dpi});
  auto& axes =
      figure.axes().title(options.title).x_label(options.x_label).y_label(options.y_label).grid(kGrid);
  axes.line(values, {.width = 0.5, .alpha = 0.7});
  const auto window = std::min(static_cast<std::size_t>(std::max(options.window, 1)), values.size() / 5);
  if (window > 1)
    axes.line(counted_from(static_cast<double>(window - 1), values.size() - window + 1),
              smoothed(values, window), {.label = "Smoothed", .width = 2})
        .legend();
  return figure;
}

Figure learning_rate_curve(const std::vector<double>& rates, const RateCurveOptions& options) {
  check_some("learning_rate_curve", rates);
  Figure figure({.width = options.width, .height = options.height, .dpi = options.dpi});
  figure.axes()
      .title(options.title)
      .x_label(options.x_label)
      .y_label("Learning rate")
      .grid(kGrid)
      .line(rates);
  return figure;
}

Figure throughput(const std::vector<double>& values, const ThroughputOptions& options) {
  check_some("throughput", values);
  Figure figure({.width = options.width, .height = options.height, .dpi = options.dpi});
  auto& axes =
      figure.axes().title(options.title).x_label(options.x_label).y_label(options.y_label).grid(kGrid);
  axes.line(counted_from(options.first, values.size()), values, {.alpha = 0.5});
  if (const auto mean = average(values))
    axes.horizontal_line(*mean, {.label = fmt::format("Average: {} {}", readable(*mean), options.unit),
                                 .color = "r",
                                 .dashed = true})
        .legend();
  return figure;
}

Figure throughput(const ThroughputBars& bars, const ThroughputOptions& options) {
  check_bars(bars);
  Figure figure({.width = options.width, .height = options.height, .dpi = options.dpi});
  auto& axes = figure.axes().title(options.title).y_label(options.y_label).x_ticks(bars.groups).grid(kGrid);
  const double width = 0.8 / static_cast<double>(bars.series.size());
  for (std::size_t s = 0; s < bars.series.size(); ++s) {
    const auto& [name, values] = bars.series[s];
    const auto x = counted_from((static_cast<double>(s) + 0.5) * width - 0.4, values.size());
    axes.bars(x, values, {.label = name, .width = 0.95 * width});
    for (std::size_t i = 0; i < values.size(); ++i)
      if (std::isfinite(values[i]))
        axes.text(x[i], values[i], readable(values[i]), {.size = 9, .max_width = width, .above = true});
  }
  if (bars.series.size() > 1 || !bars.series[0].first.empty()) axes.legend();
  return figure;
}

}  // namespace ramie::train
