#include <ramie/train/axes_color_bar.h>
#include <ramie/train/axes_legend.h>
#include <ramie/train/axes_plot.h>

#include <algorithm>
#include <cmath>
#include <optional>

namespace ramie::train::detail {
namespace {

// matplotlib's defaults, in points.
constexpr double kTextSize = 10, kTitleSize = 12, kTitleGap = 6;
constexpr double kTick = 3.5, kTickGap = 3.5, kLabelGap = 4, kNoteGap = 3;
constexpr double kLineHeight = kAscent + kDescent;
constexpr double kTextGap = 3;  // between a place and the text that stands on it
constexpr double kLeastTitleSize = 6;
constexpr int kMostIntervals = 9;
const Pen kFramePen{.width = 0.8};

double text_height(const std::string& text, double size) {
  const auto breaks = static_cast<double>(std::ranges::count(text, '\n'));
  return text.empty() ? 0 : (kLineHeight + kLineSpacing * breaks) * size;
}

int intervals(double length, double spacing) {
  return std::clamp(static_cast<int>(length / spacing), 1, kMostIntervals);
}

// Names at every place or, where they would touch, at every second, third, ...
Ticks spaced_names(const std::vector<std::string>& names, const Limits& limits, double length, double room) {
  const double spacing = length / (limits.high - limits.low);
  return named_ticks(names, limits,
                     static_cast<std::size_t>(std::clamp(std::ceil(room / spacing), 1.0, 1e6)));
}

double widest_label(Canvas& canvas, const Ticks& ticks) {
  double widest = 0;
  for (const auto& label : ticks.labels) widest = std::max(widest, canvas.text_width(label, kTextSize));
  return widest;
}

Rect with_square_pixels(const Rect& box, const Image& image) {
  const double pixel = std::min(box.width / image.width, box.height / image.height);
  const double width = pixel * image.width, height = pixel * image.height;
  return {box.left + (box.width - width) / 2, box.top + (box.height - height) / 2, width, height};
}

}  // namespace

AxesPlot::AxesPlot(Canvas& canvas, const AxesContent& content)
    : canvas_(canvas), content_(content), view_(data_view(content)), whole_x_(has_whole_x(content)) {}

// Ever fewer ticks until their labels keep a distance.
Ticks AxesPlot::x_ticks(double width) const {
  if (content_.x_names) {
    const double widest = widest_label(canvas_, {{}, *content_.x_names, ""});
    const double room = content_.x_names_upwards ? kLineSpacing * kTextSize : widest + kTextSize / 4;
    return spaced_names(*content_.x_names, view_.x, width, room);
  }
  for (int most = intervals(width, 3 * kTextSize);; --most) {
    Ticks ticks = nice_ticks(view_.x, most, whole_x_);
    const double spacing =
        ticks.at.size() < 2 ? width : (ticks.at[1] - ticks.at[0]) / (view_.x.high - view_.x.low) * width;
    if (most <= 1 || widest_label(canvas_, ticks) + kTextSize / 2 <= spacing) return ticks;
  }
}

Ticks AxesPlot::y_ticks(double height) const {
  if (content_.y_names) return spaced_names(*content_.y_names, view_.y, height, kLineSpacing * kTextSize);
  return nice_ticks(view_.y, intervals(height, 2 * kTextSize), view_.downwards);
}

double AxesPlot::top() const {
  const double title = content_.title.empty()
                           ? 0
                           : kTitleGap - kDescent * kTitleSize + text_height(content_.title, kTitleSize);
  const bool has_note =
      !content_.off && !content_.y_names && !nice_ticks(view_.y, kMostIntervals, false).note.empty();
  return std::max(title, has_note ? kNoteGap + kTextSize : 0);
}

double AxesPlot::bottom() const {
  if (content_.off) return 0;
  const bool has_note = !content_.x_names && !nice_ticks(view_.x, kMostIntervals, whole_x_).note.empty();
  const double label =
      std::max(text_height(content_.x_label, kTextSize), has_note ? kLineHeight * kTextSize : 0);
  return x_axis_height() + (label > 0 ? kLabelGap + label : 0);
}

double AxesPlot::x_axis_height() const {
  if (content_.x_names && content_.x_names->empty()) return 0;
  const double label =
      content_.x_names_upwards ? widest_label(canvas_, {{}, *content_.x_names, ""}) : kLineHeight * kTextSize;
  return kTick + kTickGap + label;
}

double AxesPlot::left(double height) const {
  if (content_.off) return 0;
  const double label = text_height(content_.y_label, kTextSize);
  const bool has_ticks = !content_.y_names || !content_.y_names->empty();
  const double ticks = has_ticks ? kTick + kTickGap + widest_label(canvas_, y_ticks(height)) : 0;
  return ticks + (label > 0 ? kLabelGap + label : 0);
}

double AxesPlot::right(double width) const {
  const double bar = content_.color_bar ? color_bar_room(canvas_, content_.image) : 0;
  const Ticks ticks = x_ticks(width);
  if (content_.off || ticks.at.empty() || content_.x_names_upwards) return bar;
  const double beyond = (view_.x.high - ticks.at.back()) / (view_.x.high - view_.x.low) * width;
  return std::max(bar, canvas_.text_width(ticks.labels.back(), kTextSize) / 2 - beyond);
}

void AxesPlot::draw(const Rect& box, double scale_of_title) {
  view_.box = canvas_.snapped(content_.image.height > 0 ? with_square_pixels(box, content_.image) : box);
  const Rect& inner = view_.box;
  draw_data();
  if (!content_.off) {
    const Ticks x = x_ticks(inner.width), y = y_ticks(inner.height);
    draw_x_axis(x);
    draw_y_axis(y);
    canvas_.frame(inner, kFramePen);
  }
  draw_texts();
  if (content_.color_bar) draw_color_bar(canvas_, content_.image, inner);
  if (content_.legend) draw_legend(canvas_, content_, view_);
  draw_title(scale_of_title);
}

double AxesPlot::title_scale(double width) const {
  const double needed = canvas_.text_width(content_.title, kTitleSize);
  return std::clamp(width / std::max(needed, 1.0), kLeastTitleSize / kTitleSize, 1.0);
}

void AxesPlot::draw_title(double scale) {
  canvas_.text({view_.box.left + view_.box.width / 2, view_.box.top - kTitleGap}, content_.title,
               {.size = kTitleSize * scale, .color = content_.title_color});
}

void AxesPlot::draw_data() {
  const Rect& box = view_.box;
  if (content_.image.height > 0) canvas_.image(box, content_.image);
  if (content_.grid_alpha > 0 && !content_.off) draw_grid(x_ticks(box.width), y_ticks(box.height));
  canvas_.clip(box);
  draw_bars();
  for (const auto& line : content_.lines)
    for (const auto& run : visible_runs(line, view_)) canvas_.stroke(run, line.pen);
  canvas_.unclip();
}

void AxesPlot::draw_bars() {
  for (const auto& bars : content_.bars)
    for (const auto& top : bars.tops)
      if (const auto bar = visible_bar(bars, top, view_)) canvas_.fill(canvas_.snapped(*bar), bars.color);
}

double AxesPlot::text_size(const Text& text) {
  const double room = text.max_width / (view_.x.high - view_.x.low) * view_.box.width;
  const double width = canvas_.text_width(text.text, text.size);
  return room > 0 && width > room ? text.size * room / width : text.size;
}

void AxesPlot::draw_texts() {
  for (const auto& text : content_.texts) {
    const Point at = view_.on_paper(text.at);
    if (!is_drawable(at.x) || !is_drawable(at.y)) continue;
    canvas_.text({at.x, at.y - (text.above ? kTextGap : 0)}, text.text,
                 {.size = text_size(text),
                  .color = text.color,
                  .vertical = text.above ? Vertical::baseline : Vertical::middle});
  }
}

void AxesPlot::draw_grid(const Ticks& x, const Ticks& y) {
  const Rect& box = view_.box;
  const Pen pen{.color = color("#b0b0b0"), .width = 0.8, .alpha = content_.grid_alpha};
  // Names are of bars or classes, beside which lines would be in the way.
  for (const double at : !content_.x_names ? x.at : std::vector<double>()) {
    const double column = view_.on_paper({at, 0}).x;
    canvas_.rule({column, box.top}, {column, box.bottom()}, pen);
  }
  for (const double at : y.at) {
    const double row = view_.on_paper({0, at}).y;
    canvas_.rule({box.left, row}, {box.right(), row}, pen);
  }
}

void AxesPlot::draw_x_axis(const Ticks& ticks) {
  const Rect& box = view_.box;
  const double labels = box.bottom() + kTick + kTickGap;
  const double below = box.bottom() + x_axis_height() + kLabelGap;
  TextStyle style{.size = kTextSize, .vertical = Vertical::top};
  if (content_.x_names_upwards)
    style.align = Align::right, style.vertical = Vertical::middle, style.upwards = true;
  for (std::size_t i = 0; i < ticks.at.size(); ++i) {
    const double column = view_.on_paper({ticks.at[i], 0}).x;
    canvas_.rule({column, box.bottom()}, {column, box.bottom() + kTick}, kFramePen);
    canvas_.text({column, labels}, ticks.labels[i], style);
  }
  canvas_.text({box.left + box.width / 2, below}, content_.x_label,
               {.size = kTextSize, .vertical = Vertical::top});
  canvas_.text({box.right(), below}, ticks.note,
               {.size = kTextSize, .align = Align::right, .vertical = Vertical::top});
}

void AxesPlot::draw_y_axis(const Ticks& ticks) {
  const Rect& box = view_.box;
  const double labels = box.left - kTick - kTickGap;
  for (std::size_t i = 0; i < ticks.at.size(); ++i) {
    const double row = view_.on_paper({0, ticks.at[i]}).y;
    canvas_.rule({box.left - kTick, row}, {box.left, row}, kFramePen);
    canvas_.text({labels, row}, ticks.labels[i],
                 {.size = kTextSize, .align = Align::right, .vertical = Vertical::middle});
  }
  const double beside = labels - widest_label(canvas_, ticks) - kLabelGap - kDescent * kTextSize;
  canvas_.text({beside, box.top + box.height / 2}, content_.y_label, {.size = kTextSize, .upwards = true});
  canvas_.text({box.left, box.top - kNoteGap}, ticks.note, {.size = kTextSize, .align = Align::left});
}

}  // namespace ramie::train::detail
