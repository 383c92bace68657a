// What an Axes has been told to show, as plain data: Axes fills it in, the drawing code reads it.
#pragma once

#include <ramie/train/color.h>

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <ranges>
#include <string>
#include <type_traits>
#include <vector>

namespace ramie::train {

template <class T>
concept Numbers = std::ranges::input_range<T> && std::is_arithmetic_v<std::ranges::range_value_t<T>>;

// The numbers of a line: any range of numbers (std::vector<float>, std::span<const double>, {1, 2, 3}).
class Series {
 public:
  Series(std::initializer_list<double> values) : values_(values) {}
  template <Numbers Range>
  Series(const Range& values) {
    for (const auto value : values) values_.push_back(static_cast<double>(value));
  }

  const std::vector<double>& values() const { return values_; }

 private:
  std::vector<double> values_;
};

}  // namespace ramie::train

namespace ramie::train::detail {

struct Point {
  double x = 0, y = 0;
};

struct Pen {
  Rgb color = {};
  double width = 1;  // points
  double alpha = 1;
  bool dashed = false;
};

struct Line {
  std::vector<Point> points;  // a horizontal line has one point, of which only y counts
  Pen pen;
  std::string label;
  bool horizontal = false;
  bool dots = false;  // not joined
};

struct Bars {
  std::vector<Point> tops;
  double width = 0;  // in x
  Rgb color;
  std::string label;
};

struct Text {
  Point at;
  std::string text;
  double size = 10, max_width = 0;  // points; in x, or 0
  Rgb color;
  bool above = false;
};

struct Image {
  int height = 0, width = 0;
  std::vector<std::uint8_t> rgb;  // [height, width, 3]
  double low = 0, high = 1;       // the values of the colour map's ends
  std::string colors;             // the colour map; empty for RGB
};

struct AxesContent {
  std::string title, x_label, y_label;
  Rgb title_color;
  std::vector<Line> lines;
  std::vector<Bars> bars;
  std::vector<Text> texts;
  std::optional<std::vector<std::string>> x_names, y_names;  // in place of numbers
  bool x_names_upwards = false;
  Image image;  // of height 0 when there is none
  bool color_bar = false;
  double grid_alpha = 0;   // 0: no grid
  std::size_t cycled = 0;  // how many lines and bars took their colour from the cycle
  bool legend = false;
  bool off = false;
};

}  // namespace ramie::train::detail
