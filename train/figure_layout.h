// Where the axes of a figure go, as matplotlib's tight_layout: boxes of equal size, with just the room that
// labels need.
#pragma once

#include <ramie/train/axes_plot.h>
#include <ramie/train/canvas.h>

#include <string>
#include <vector>

namespace ramie::train::detail {

constexpr double kHeadlineSize = 14;

struct LayoutRequest {
  int rows = 1, columns = 1;
  double width = 0, height = 0;  // points
  std::string title;
};

struct Layout {
  std::vector<Rect> boxes;  // of the data, row by row
  Point title;              // the middle of the headline's last baseline
};

Layout lay_out(const std::vector<AxesPlot>& plots, const LayoutRequest& request);

}  // namespace ramie::train::detail
