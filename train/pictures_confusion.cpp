#include <ramie/tensor/error.h>
#include <ramie/tensor/layout.h>
#include <ramie/train/pictures.h>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace ramie::train {
namespace {

constexpr int kMostWithNumbers = 100;
constexpr double kTextSize = 10, kLeastTextSize = 6, kDigit = 0.64;  // points; width in sizes
constexpr double kInch = 72;

struct Matrix {
  int classes = 0;
  std::vector<double> cells;  // row by row

  double at(int row, int column) const {
    return cells[static_cast<std::size_t>(row) * static_cast<std::size_t>(classes) +
                 static_cast<std::size_t>(column)];
  }
  std::span<double> row(int i) {
    const auto n = static_cast<std::size_t>(classes);
    return {cells.data() + static_cast<std::size_t>(i) * n, n};
  }
};

Matrix checked(const Tensor& counts, const ConfusionOptions& options) {
  const auto& shape = counts.shape();
  const std::string found = str(counts.layout());
  if (shape.rank() != 2 || shape[0] != shape[1] || shape[0] == 0)
    fail("confusion_matrix", fmt::format("counts are {}: they must be [classes, classes]", found));
  if (!options.class_names.empty() && static_cast<std::int64_t>(options.class_names.size()) != shape[0])
    fail("confusion_matrix",
         fmt::format("there are {} class_names for counts {}", options.class_names.size(), found));
  Matrix matrix{static_cast<int>(shape[0]), counts.to_vector<double>()};
  for (const double count : matrix.cells)
    if (!(count >= 0 && std::isfinite(count)))
      fail("confusion_matrix", fmt::format("there is a count of {}: counts must not be negative", count));
  return matrix;
}

void normalize(Matrix& matrix) {
  for (int i = 0; i < matrix.classes; ++i) {
    const auto row = matrix.row(i);
    const double sum = std::accumulate(row.begin(), row.end(), 0.0);
    for (double& cell : row) cell = sum > 0 ? cell / sum : 0;
  }
}

std::string cell_text(double value, bool normalized) {
  if (value == 0) return "0";
  return normalized ? fmt::format("{:.2f}", value) : fmt::format("{:.0f}", value);
}

std::size_t longest(const std::vector<std::string>& names) {
  return std::ranges::max(names, {}, &std::string::size).size();
}

std::vector<std::string> names_of(const Matrix& matrix, const ConfusionOptions& options) {
  if (!options.class_names.empty()) return options.class_names;
  std::vector<std::string> names;
  for (int i = 0; i < matrix.classes; ++i) names.push_back(fmt::format("{}", i));
  return names;
}

// How everything becomes smaller with more classes; all in points.
struct Sizes {
  double text, cell;
};
Sizes sizes_for(int classes, std::size_t digits) {
  if (classes > kMostWithNumbers) return {kLeastTextSize, 1000.0 / classes};
  const double text = std::clamp(kTextSize * 12 / classes, kLeastTextSize, kTextSize);
  return {text, std::max(2.4 * text, (static_cast<double>(digits) + 1) * kDigit * text)};
}

// Zeros are pale, so that the mistakes stand out.
std::string text_color(const std::string& text, double share) {
  const bool dark_cell = brightness(map_color("Blues", share)) < 0.5;
  if (text.find_first_not_of("0.") == text.npos) return "0.75";
  return dark_cell ? "white" : "black";
}

void write_numbers(Axes& axes, const Matrix& matrix, double high, const Sizes& sizes, bool normalized) {
  for (int row = 0; row < matrix.classes; ++row)
    for (int column = 0; column < matrix.classes; ++column) {
      const double value = matrix.at(row, column);
      const std::string text = cell_text(value, normalized);
      axes.text(column, row, text,
                {.size = sizes.text, .color = text_color(text, value / high), .max_width = 0.9});
    }
}

}  // namespace

Figure confusion_matrix(const Tensor& counts, const ConfusionOptions& options) {
  Matrix matrix = checked(counts, options);
  if (options.normalize) normalize(matrix);
  const double most = std::ranges::max(matrix.cells);
  const double high = options.normalize || most == 0 ? 1 : most;
  const auto names = names_of(matrix, options);
  const auto digits = options.normalize ? 4 : cell_text(most, false).size();
  const Sizes sizes = sizes_for(matrix.classes, digits);
  const double labels = kDigit * kTextSize * static_cast<double>(longest(names));
  const bool upwards = labels > sizes.cell;

  const double side = std::max(sizes.cell * matrix.classes, 2.5 * kInch);
  const double width = side + labels + 105, height = side + (upwards ? labels : 12) + 65;
  Figure figure({.width = width / kInch, .height = height / kInch, .dpi = options.dpi});
  auto& axes = figure.axes().title(options.title).x_label("Predicted label").y_label("True label");
  axes.x_ticks(names, {.upwards = upwards}).y_ticks(names);
  const std::vector<float> pixels(matrix.cells.begin(), matrix.cells.end());
  axes.image(pixels, matrix.classes, matrix.classes, {.low = 0, .high = high, .colors = "Blues"}).color_bar();
  if (matrix.classes <= kMostWithNumbers) write_numbers(axes, matrix, high, sizes, options.normalize);
  return figure;
}

}  // namespace ramie::train
