// The map from an axes' numbers to the paper, and lines cut and thinned to what can be seen.
//
//   View view = data_view(content);                  // the limits that show everything
//   view.box = rect;                                 // where on the paper
//   for (const auto& run : visible_runs(line, view)) canvas.stroke(run, line.pen);
#pragma once

#include <ramie/train/axes_content.h>
#include <ramie/train/axes_ticks.h>
#include <ramie/train/canvas.h>

#include <optional>
#include <vector>

namespace ramie::train::detail {

struct View {
  Limits x = {}, y = {};
  Rect box = {};           // points
  bool downwards = false;  // y grows downwards, as the rows of an image

  Point on_paper(const Point& point) const;
};

View data_view(const AxesContent& content);

// All drawn x are whole numbers (epochs, steps), so the ticks should be too.
bool has_whole_x(const AxesContent& content);

// The line's stretches between gaps, in points. Of the points that share a quarter of a point in x only the
// first, lowest, highest and last stay: the same picture, however long the series. Of dots each is a stretch.
std::vector<std::vector<Point>> visible_runs(const Line& line, const View& view);

// The bar below a top, on paper; nothing where there is none.
std::optional<Rect> visible_bar(const Bars& bars, const Point& top, const View& view);

}  // namespace ramie::train::detail
