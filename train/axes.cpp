#include <ramie/tensor/error.h>
#include <ramie/train/axes.h>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>
#include <type_traits>
#include <utility>

namespace ramie::train {
namespace {

void check_size(const char* op, const Series& x, const Series& y, const char* what) {
  if (x.values().size() != y.values().size())
    fail(op, fmt::format("x has {} values but {} has {}: they must be as many", x.values().size(), what,
                         y.values().size()));
}

Rgb next_color(detail::AxesContent& content, const std::string& name) {
  if (!name.empty()) return color(name);
  return cycle_color(content.cycled++);
}

Series counted(const Series& y) {
  std::vector<double> x(y.values().size());
  std::iota(x.begin(), x.end(), 0.0);
  return x;
}

void check_pen(const char* op, const char* what, double width, double alpha) {
  if (!(width > 0 && width <= 1000))
    fail(op, fmt::format("{} is {} points: it must be above 0 and at most 1000", what, width));
  if (!(alpha >= 0 && alpha <= 1)) fail(op, fmt::format("alpha is {}: it must lie between 0 and 1", alpha));
}

detail::Line new_line(detail::AxesContent& content, const LineOptions& options) {
  check_pen("line", "width", options.width, options.alpha);
  return {.points = {},
          .pen = {.color = next_color(content, options.color),
                  .width = options.width,
                  .alpha = options.alpha,
                  .dashed = options.dashed},
          .label = options.label,
          .horizontal = false};
}

template <class Pixel>
void check_image(std::span<const Pixel> pixels, int height, int width, const ImageOptions& options) {
  const int channels = options.channels;
  if (height < 1 || width < 1 || (channels != 1 && channels != 3))
    fail("image", fmt::format("height {}, width {} and {} channels: sizes must be positive, channels 1 or 3",
                              height, width, channels));
  const auto expected =
      static_cast<std::size_t>(height) * static_cast<std::size_t>(width) * static_cast<std::size_t>(channels);
  if (pixels.size() != expected)
    fail("image", fmt::format("{} pixels given, but height {} x width {} x channels {} is {}", pixels.size(),
                              height, width, channels, expected));
}

struct Range {
  double low, high;
};

template <class Pixel>
Range extremes(std::span<const Pixel> pixels) {
  Range range{std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity()};
  for (const double pixel : pixels) {
    if (!std::isfinite(pixel)) continue;
    range = {std::min(range.low, pixel), std::max(range.high, pixel)};
  }
  return range;
}

template <class Pixel>
Range black_and_white(std::span<const Pixel> pixels, const ImageOptions& options) {
  constexpr double kWhite = std::is_same_v<Pixel, float> ? 1 : 255;
  const bool needs_scan = options.channels == 1 && !(options.low && options.high);
  const Range automatic = needs_scan ? extremes(pixels) : Range{0, kWhite};
  return {options.low.value_or(automatic.low), options.high.value_or(automatic.high)};
}

std::uint8_t level(double pixel, Range range) {
  if (std::isnan(pixel)) return 255;
  const double share = range.high > range.low ? (pixel - range.low) / (range.high - range.low) : 0;
  return static_cast<std::uint8_t>(std::lround(std::clamp(share, 0.0, 1.0) * 255));
}

using Bytes = std::array<std::uint8_t, 3>;
constexpr Bytes kWhitePixel{255, 255, 255};

// The colours of the 256 levels.
std::array<Bytes, 256> palette(const std::string& map) {
  std::array<Bytes, 256> colors;
  const auto byte = [](double x) { return static_cast<std::uint8_t>(std::lround(255 * x)); };
  for (std::size_t i = 0; i < colors.size(); ++i) {
    const Rgb rgb = map_color(map, static_cast<double>(i) / 255);
    colors[i] = {byte(rgb.red), byte(rgb.green), byte(rgb.blue)};
  }
  return colors;
}

template <class Pixel>
detail::Image make_image(std::span<const Pixel> pixels, int height, int width, const ImageOptions& options) {
  check_image(pixels, height, width, options);
  const Range range = black_and_white(pixels, options);
  detail::Image image{height, width, {}, range.low, range.high, options.channels == 1 ? options.colors : ""};
  image.rgb.reserve(static_cast<std::size_t>(height) * static_cast<std::size_t>(width) * 3);
  if (options.channels == 3) {
    for (const double pixel : pixels) image.rgb.push_back(level(pixel, range));
    return image;
  }
  const auto colors = palette(options.colors);
  for (const double pixel : pixels) {
    const auto& rgb = std::isnan(pixel) ? kWhitePixel : colors[level(pixel, range)];
    image.rgb.insert(image.rgb.end(), rgb.begin(), rgb.end());
  }
  return image;
}

}  // namespace

Axes& Axes::title(std::string text, const TitleOptions& options) {
  content_.title_color = color(options.color);
  content_.title = std::move(text);
  return *this;
}

Axes& Axes::x_label(std::string text) { return content_.x_label = std::move(text), *this; }

Axes& Axes::y_label(std::string text) { return content_.y_label = std::move(text), *this; }

Axes& Axes::line(const Series& y, const LineOptions& options) { return line_over(counted(y), y, options); }

Axes& Axes::line_over(const Series& x, const Series& y, const LineOptions& options) {
  check_size("line", x, y, "y");
  const auto &xs = x.values(), &ys = y.values();
  detail::Line line = new_line(content_, options);
  for (std::size_t i = 0; i < xs.size(); ++i) line.points.push_back({xs[i], ys[i]});
  content_.lines.push_back(std::move(line));
  return *this;
}

Axes& Axes::scatter_at(const Series& x, const Series& y, const ScatterOptions& options) {
  check_size("scatter", x, y, "y");
  check_pen("scatter", "size", options.size, options.alpha);
  line_over(x, y,
            {.label = options.label, .color = options.color, .width = options.size, .alpha = options.alpha});
  content_.lines.back().dots = true;
  return *this;
}

Axes& Axes::horizontal_line(double y, const LineOptions& options) {
  detail::Line line = new_line(content_, options);
  line.points.push_back({0, y});
  line.horizontal = true;
  content_.lines.push_back(std::move(line));
  return *this;
}

Axes& Axes::bars(const Series& heights, const BarOptions& options) {
  return bars_over(counted(heights), heights, options);
}

Axes& Axes::bars_over(const Series& x, const Series& heights, const BarOptions& options) {
  check_size("bars", x, heights, "heights");
  if (!(options.width > 0 && options.width <= 1e300))
    fail("bars", fmt::format("width is {}: it must be above 0", options.width));
  detail::Bars bars{{}, options.width, next_color(content_, options.color), options.label};
  for (std::size_t i = 0; i < x.values().size(); ++i)
    bars.tops.push_back({x.values()[i], heights.values()[i]});
  content_.bars.push_back(std::move(bars));
  return *this;
}

Axes& Axes::text(double x, double y, std::string text, const TextOptions& options) {
  if (!(options.size > 0 && options.size <= 1000))
    fail("text", fmt::format("size is {} points: it must be above 0 and at most 1000", options.size));
  content_.texts.push_back(
      {{x, y}, std::move(text), options.size, options.max_width, color(options.color), options.above});
  return *this;
}

Axes& Axes::x_ticks(std::vector<std::string> names, const TickOptions& options) {
  content_.x_names = std::move(names);
  return content_.x_names_upwards = options.upwards, *this;
}

Axes& Axes::y_ticks(std::vector<std::string> names) { return content_.y_names = std::move(names), *this; }

Axes& Axes::image(std::span<const float> pixels, int height, int width, const ImageOptions& options) {
  return content_.image = make_image(pixels, height, width, options), *this;
}

Axes& Axes::image(std::span<const std::uint8_t> pixels, int height, int width, const ImageOptions& options) {
  return content_.image = make_image(pixels, height, width, options), *this;
}

Axes& Axes::color_bar() {
  if (content_.image.colors.empty())
    fail("color_bar", "there is no image of one channel that it could explain: call image() before");
  return content_.color_bar = true, *this;
}

Axes& Axes::legend() { return content_.legend = true, *this; }

Axes& Axes::grid(double alpha) {
  if (!(alpha >= 0 && alpha <= 1))
    fail("grid", fmt::format("alpha is {}: it must lie between 0 and 1", alpha));
  return content_.grid_alpha = alpha, *this;
}

Axes& Axes::axis_off() { return content_.off = true, *this; }

}  // namespace ramie::train
