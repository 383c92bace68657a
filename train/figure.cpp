#include <ramie/tensor/error.h>
#include <ramie/train/axes_plot.h>
#include <ramie/train/canvas.h>
#include <ramie/train/figure.h>
#include <ramie/train/figure_layout.h>
#include <ramie/train/write_file.h>

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <utility>

namespace ramie::train {
namespace {

detail::Format format_of(const std::filesystem::path& path) {
  std::string ending = path.extension().string();
  std::ranges::transform(ending, ending.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (ending == ".png") return detail::Format::png;
  if (ending == ".svg") return detail::Format::svg;
  if (ending == ".pdf") return detail::Format::pdf;
  fail("figure",
       fmt::format("cannot tell the format of {}: end the name in .png, .svg or .pdf", path.string()));
}

constexpr double kMostPixels = 32767;  // Cairo's coordinates have 16 bits before the point

void check(const FigureOptions& options) {
  const auto [width, height, dpi, rows, columns] = options;
  if (rows < 1 || columns < 1)
    fail("figure", fmt::format("{} rows and {} columns of axes: both must be positive", rows, columns));
  if (!(width > 0 && height > 0 && dpi > 0 && width * dpi >= 1 && height * dpi >= 1))
    fail("figure", fmt::format("{} x {} inches at {} dpi: all three must be positive and make a pixel", width,
                               height, dpi));
  if (width * dpi > kMostPixels || height * dpi > kMostPixels)
    fail("figure", fmt::format("{} x {} inches at {} dpi is {:.0f} x {:.0f} pixels: at most {} on a side",
                               width, height, dpi, width * dpi, height * dpi, kMostPixels));
}

std::string titles_of(const std::vector<Axes>& axes) {
  std::string titles;
  for (const auto& each : axes) {
    const std::string& title = each.content().title;
    if (!title.empty()) titles += (titles.empty() ? "" : "; ") + title;
  }
  std::ranges::replace(titles, '\n', ' ');
  return titles;
}

}  // namespace

Figure::Figure(const FigureOptions& options) : options_(options) {
  check(options);
  axes_.resize(static_cast<std::size_t>(options.rows) * static_cast<std::size_t>(options.columns));
}

Axes& Figure::axes(int row, int column) {
  if (row < 0 || row >= options_.rows || column < 0 || column >= options_.columns)
    fail("figure",
         fmt::format("no axes at row {}, column {}: there are {} rows and {} columns, counted from 0", row,
                     column, options_.rows, options_.columns));
  return axes_[static_cast<std::size_t>(row) * static_cast<std::size_t>(options_.columns) +
               static_cast<std::size_t>(column)];
}

Axes& Figure::axes(int index) {
  if (index < 0 || static_cast<std::size_t>(index) >= axes_.size())
    fail("figure", fmt::format("no axes {}: there are {}, counted from 0", index, axes_.size()));
  return axes_[static_cast<std::size_t>(index)];
}

Figure& Figure::title(std::string text) { return title_ = std::move(text), *this; }

std::string Figure::draw(detail::Canvas& canvas) const {
  std::vector<detail::AxesPlot> plots;
  for (const auto& axes : axes_) plots.emplace_back(canvas, axes.content());
  const auto [width, height, dpi, rows, columns] = options_;
  const auto layout = detail::lay_out(
      plots, {rows, columns, detail::kPointsPerInch * width, detail::kPointsPerInch * height, title_});
  // Titles wider than their boxes would run into each other: all get smaller, so that they look alike.
  double scale = 1;
  for (const auto& plot : plots) scale = std::min(scale, plot.title_scale(layout.boxes[0].width));
  for (std::size_t i = 0; i < plots.size(); ++i) plots[i].draw(layout.boxes[i], scale);
  canvas.text(layout.title, title_, {.size = detail::kHeadlineSize});
  const std::string titles = titles_of(axes_);
  return canvas.finish(title_.empty() ? titles : title_, titles);
}

void Figure::save(const std::filesystem::path& path) const {
  const detail::Format format = format_of(path);
  try {
    detail::Canvas canvas(format, {options_.width, options_.height, options_.dpi});
    detail::write_file("figure", path, draw(canvas));
  } catch (const detail::DrawingError& error) {
    fail("figure", fmt::format("cannot draw {}: {}", path.string(), error.what()));
  }
}

}  // namespace ramie::train
