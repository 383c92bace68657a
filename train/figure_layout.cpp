#include <ramie/train/figure_layout.h>

#include <algorithm>
#include <numeric>

namespace ramie::train::detail {
namespace {

constexpr double kPadding = 10.8;   // around the figure and between its axes
constexpr double kHeadlineGap = 6;  // between the headline and the axes, beside the padding

// The most that `room(plot)` asks for in each row (or column) of the grid.
std::vector<double> widest(const std::vector<AxesPlot>& plots, int lines, auto line_of, auto room) {
  std::vector<double> result(static_cast<std::size_t>(lines), 0);
  for (std::size_t i = 0; i < plots.size(); ++i) {
    double& most = result[line_of(i)];
    most = std::max(most, room(plots[i]));
  }
  return result;
}

double headline_height(const std::string& title) {
  const auto lines = static_cast<double>(1 + std::ranges::count(title, '\n'));
  return title.empty() ? 0 : lines * kLineSpacing * kHeadlineSize + kHeadlineGap;
}

// What is left for each of `count` boxes; labels that need more than there is cost the picture its beauty, no
// more.
double box_size(double length, int count, const std::vector<double>& before,
                const std::vector<double>& after) {
  const double labels =
      std::accumulate(before.begin(), before.end(), 0.0) + std::accumulate(after.begin(), after.end(), 0.0);
  return std::max(1.0, (length - labels - kPadding * (count + 1)) / count);
}

std::vector<double> starts(double begin, double size, const std::vector<double>& before,
                           const std::vector<double>& after) {
  std::vector<double> result;
  for (std::size_t i = 0; i < before.size(); ++i) {
    begin += kPadding + before[i];
    result.push_back(begin);
    begin += size + after[i];
  }
  return result;
}

}  // namespace

Layout lay_out(const std::vector<AxesPlot>& plots, const LayoutRequest& request) {
  const auto columns = static_cast<std::size_t>(request.columns);
  const auto row_of = [=](std::size_t i) { return i / columns; };
  const auto column_of = [=](std::size_t i) { return i % columns; };
  const double headline = headline_height(request.title);

  const auto tops = widest(plots, request.rows, row_of, [](const AxesPlot& plot) { return plot.top(); });
  const auto bottoms =
      widest(plots, request.rows, row_of, [](const AxesPlot& plot) { return plot.bottom(); });
  const double height = box_size(request.height - headline, request.rows, tops, bottoms);
  const auto lefts =
      widest(plots, request.columns, column_of, [=](const AxesPlot& plot) { return plot.left(height); });
  const double nearly = box_size(request.width, request.columns, lefts, {});
  const auto rights =
      widest(plots, request.columns, column_of, [=](const AxesPlot& plot) { return plot.right(nearly); });
  const double width = box_size(request.width, request.columns, lefts, rights);

  const auto top = starts(headline, height, tops, bottoms), left = starts(0, width, lefts, rights);
  Layout layout{.boxes = {},
                .title = {request.width / 2,
                          kPadding + headline - kDescent * kHeadlineSize - kHeadlineGap - kPadding / 2}};
  for (std::size_t i = 0; i < plots.size(); ++i)
    layout.boxes.push_back({left[column_of(i)], top[row_of(i)], width, height});
  return layout;
}

}  // namespace ramie::train::detail
