#include <ramie/train/axes_view.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace ramie::train::detail {
namespace {

struct Extent {
  double low = std::numeric_limits<double>::infinity(), high = -std::numeric_limits<double>::infinity();
  void add(double value) { low = std::min(low, value), high = std::max(high, value); }
};

bool can_draw(const Point& point) { return is_drawable(point.x) && is_drawable(point.y); }

View image_view(const Image& image) {
  return {.x = {-0.5, image.width - 0.5}, .y = {-0.5, image.height - 0.5}, .downwards = true};
}

double share(double value, const Limits& limits) { return (value - limits.low) / (limits.high - limits.low); }

// Consecutive points in one column of the paper, reduced to at most four.
class Column {
 public:
  explicit Column(const Point& point) : first_(point), low_(point), high_(point), last_(point) {}

  bool holds(const Point& point) const { return std::floor(point.x * 4) == std::floor(first_.x * 4); }

  void add(const Point& point) {
    if (point.y < low_.y) low_ = point;
    if (point.y > high_.y) high_ = point;
    last_ = point;
    ++count_;
  }

  void append_to(std::vector<Point>& run) const {
    run.push_back(first_);
    if (count_ > 3)
      run.insert(run.end(), {low_, high_});
    else if (count_ == 3)
      run.push_back(middle());
    if (count_ > 1) run.push_back(last_);
  }

 private:
  // Of three points, the one that is neither first nor last if it stands out; else any of them does.
  Point middle() const { return low_.y < std::min(first_.y, last_.y) ? low_ : high_; }

  Point first_, low_, high_, last_;
  int count_ = 1;
};

std::vector<Point> thinned(const std::vector<Point>& run) {
  std::vector<Point> result;
  Column column(run.front());
  for (std::size_t i = 1; i < run.size(); ++i) {
    if (column.holds(run[i])) {
      column.add(run[i]);
      continue;
    }
    column.append_to(result);
    column = Column(run[i]);
  }
  column.append_to(result);
  return result;
}

std::vector<std::vector<Point>> runs_between_gaps(const Line& line, const View& view) {
  std::vector<std::vector<Point>> runs;
  bool in_gap = true;
  for (const auto& point : line.points) {
    const bool drawable = can_draw(point);
    if (drawable && in_gap) runs.emplace_back();
    if (drawable) runs.back().push_back(view.on_paper(point));
    in_gap = !drawable;
  }
  return runs;
}

void add_bars(const Bars& bars, Extent& x, Extent& y) {
  for (const auto& top : bars.tops) {
    if (!is_drawable(top.x)) continue;
    for (const double side : {-0.5, 0.5}) x.add(top.x + side * bars.width);  // a missing bar keeps its place
    y.add(is_drawable(top.y) ? top.y : 0), y.add(0);
  }
}

std::vector<std::vector<Point>> dots_on_paper(const Line& line, const View& view) {
  std::vector<std::vector<Point>> dots;
  for (const Point& point : line.points)
    if (can_draw(point)) dots.push_back({view.on_paper(point)});
  return dots;
}

}  // namespace

Point View::on_paper(const Point& point) const {
  const double down = downwards ? share(point.y, y) : 1 - share(point.y, y);
  return {box.left + share(point.x, x) * box.width, box.top + down * box.height};
}

View data_view(const AxesContent& content) {
  if (content.image.height > 0) return image_view(content.image);
  Extent x, y;
  for (const auto& line : content.lines) {
    for (const auto& point : line.points) {
      if (!can_draw(point)) continue;
      if (!line.horizontal) x.add(point.x);
      y.add(point.y);
    }
  }
  for (const auto& bars : content.bars) add_bars(bars, x, y);
  Limits heights = with_margin(y.low, y.high);
  if (!content.bars.empty() && y.low == 0 && y.high > 0) heights.low = 0;  // they stand on the axis
  return {.x = with_margin(x.low, x.high), .y = heights};
}

bool has_whole_x(const AxesContent& content) {
  const auto is_whole = [](const Point& point) { return !can_draw(point) || point.x == std::floor(point.x); };
  const auto all_whole = [&](const std::vector<Point>& points) {
    return std::ranges::all_of(points, is_whole);
  };
  return !(content.lines.empty() && content.bars.empty()) &&
         std::ranges::all_of(content.lines, all_whole, &Line::points) &&
         std::ranges::all_of(content.bars, all_whole, &Bars::tops);
}

std::vector<std::vector<Point>> visible_runs(const Line& line, const View& view) {
  if (line.horizontal) {
    if (!can_draw(line.points.front())) return {};
    const double y = view.on_paper(line.points.front()).y;
    return {{{view.box.left, y}, {view.box.right(), y}}};
  }
  if (line.dots) return dots_on_paper(line, view);
  auto runs = runs_between_gaps(line, view);
  for (auto& run : runs) run = thinned(run);
  return runs;
}

std::optional<Rect> visible_bar(const Bars& bars, const Point& top, const View& view) {
  if (!can_draw(top)) return std::nullopt;
  const Point upper = view.on_paper({top.x - bars.width / 2, std::max(top.y, 0.0)});
  const Point lower = view.on_paper({top.x + bars.width / 2, std::min(top.y, 0.0)});
  return Rect{upper.x, upper.y, lower.x - upper.x, lower.y - upper.y};
}

}  // namespace ramie::train::detail
