#include <ramie/train/axes_legend.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

namespace ramie::train::detail {
namespace {

// In points, for a text of 10 points, as matplotlib's defaults.
constexpr double kTextSize = 10, kHandle = 20, kHandleGap = 8, kPadding = 4, kRowGap = 5, kToFrame = 5,
                 kRadius = 2, kDotWidth = 4, kBoxHeight = 7;

struct Entry {
  std::string label;
  Pen pen;
  enum { line, dots, bar } kind;
};
using Entries = std::vector<Entry>;

Entries labelled(const AxesContent& content) {
  Entries entries;
  for (const auto& line : content.lines)
    if (!line.label.empty()) entries.push_back({line.label, line.pen, line.dots ? Entry::dots : Entry::line});
  for (const auto& bars : content.bars)
    if (!bars.label.empty()) entries.push_back({bars.label, {.color = bars.color}, Entry::bar});
  return entries;
}

Rect legend_size(Canvas& canvas, const Entries& entries) {
  double widest = 0;
  for (const auto& entry : entries) widest = std::max(widest, canvas.text_width(entry.label, kTextSize));
  const auto rows = static_cast<double>(entries.size());
  return {0, 0, 2 * kPadding + kHandle + kHandleGap + widest,
          2 * kPadding + rows * kTextSize + (rows - 1) * kRowGap};
}

bool holds(const Rect& box, double x, double y) {
  return x >= box.left && x <= box.right() && y >= box.top && y <= box.bottom();
}

// How much of a segment lies inside, sampled at every point: as fine as the choice needs.
double hidden_length(const Rect& box, const Point& from, const Point& to) {
  const double length = std::hypot(to.x - from.x, to.y - from.y);
  const int samples = 1 + static_cast<int>(length);
  int inside = 0;
  for (int i = 0; i <= samples; ++i)
    inside +=
        holds(box, std::lerp(from.x, to.x, 1.0 * i / samples), std::lerp(from.y, to.y, 1.0 * i / samples));
  return length * inside / (samples + 1);
}

double hidden_length(const Rect& box, const std::vector<Point>& run) {
  if (run.size() == 1) return holds(box, run[0].x, run[0].y) ? kDotWidth : 0;
  double hidden = 0;
  for (std::size_t i = 1; i < run.size(); ++i) hidden += hidden_length(box, run[i - 1], run[i]);
  return hidden;
}

// Upper right first, since of equal places the first is taken; then the other corners, the edges, the middle.
constexpr std::array<Point, 9> kPlaces{
    {{1, 0}, {0, 0}, {0, 1}, {1, 1}, {1, 0.5}, {0, 0.5}, {0.5, 1}, {0.5, 0}, {0.5, 0.5}}};

Rect best_place(const AxesContent& content, const View& view, Rect size) {
  std::vector<std::vector<Point>> runs;
  for (const auto& line : content.lines)
    for (auto& run : visible_runs(line, view)) runs.push_back(std::move(run));
  for (const auto& bars : content.bars)
    for (const auto& top : bars.tops)
      if (const auto bar = visible_bar(bars, top, view))
        runs.push_back({{bar->left, bar->bottom()},
                        {bar->left, bar->top},
                        {bar->right(), bar->top},
                        {bar->right(), bar->bottom()}});
  Rect best = size;
  double least = std::numeric_limits<double>::infinity();
  for (const auto& [across, down] : kPlaces) {
    size.left = view.box.left + kToFrame + across * (view.box.width - size.width - 2 * kToFrame);
    size.top = view.box.top + kToFrame + down * (view.box.height - size.height - 2 * kToFrame);
    double hidden = 0;
    for (const auto& run : runs) hidden += hidden_length(size, run);
    if (hidden < least) least = hidden, best = size;
  }
  return best;
}

void draw_entry(Canvas& canvas, const Entry& entry, double left, double top) {
  const double middle = top + kTextSize / 2;
  if (entry.kind == Entry::bar)
    canvas.fill({left, middle - kBoxHeight / 2, kHandle, kBoxHeight}, entry.pen.color);
  else if (entry.kind == Entry::dots)
    canvas.stroke(std::array<Point, 1>{{{left + kHandle / 2, middle}}}, entry.pen);
  else
    canvas.stroke(std::array<Point, 2>{{{left, middle}, {left + kHandle, middle}}}, entry.pen);
  canvas.text({left + kHandle + kHandleGap, middle}, entry.label,
              {.size = kTextSize, .align = Align::left, .vertical = Vertical::middle});
}

}  // namespace

void draw_legend(Canvas& canvas, const AxesContent& content, const View& view) {
  const Entries entries = labelled(content);
  if (entries.empty()) return;
  const Rect box = canvas.snapped(best_place(content, view, legend_size(canvas, entries)));
  canvas.round_box(box, kRadius, {.color = {1, 1, 1}, .alpha = 0.8},
                   {.color = {0.8, 0.8, 0.8}, .width = 1, .alpha = 0.8});
  double top = box.top + kPadding;
  for (const auto& entry : entries) {
    draw_entry(canvas, entry, box.left + kPadding, top);
    top += kTextSize + kRowGap;
  }
}

}  // namespace ramie::train::detail
