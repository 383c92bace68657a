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
  return {.x = with_margin(x.low, x.high), .y = with_margin(y.low, y.high)};
}

bool has_whole_x(const AxesContent& content) {
  const auto is_whole = [](const Point& point) { return !can_draw(point) || point.x == std::floor(point.x); };
  return !content.lines.empty() && std::ranges::all_of(content.lines, [&](const Line& line) {
    return std::ranges::all_of(line.points, is_whole);
  });
}

std::vector<std::vector<Point>> visible_runs(const Line& line, const View& view) {
  if (line.horizontal) {
    if (!can_draw(line.points.front())) return {};
    const double y = view.on_paper(line.points.front()).y;
    return {{{view.box.left, y}, {view.box.right(), y}}};
  }
  auto runs = runs_between_gaps(line, view);
  for (auto& run : runs) run = thinned(run);
  return runs;
}

}  // namespace ramie::train::detail
