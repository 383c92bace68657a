#include <ramie/train/axes_color_bar.h>
#include <ramie/train/axes_ticks.h>

#include <algorithm>
#include <cmath>

namespace ramie::train::detail {
namespace {

// In points, as matplotlib's defaults.
constexpr double kGap = 10, kWidth = 14, kTick = 3.5, kTickGap = 3.5, kTextSize = 10;
constexpr int kMostIntervals = 9, kShades = 256;
const Pen kFramePen{.width = 0.8};

Limits limits_of(const Image& image) {
  const bool is_range = is_drawable(image.low) && is_drawable(image.high) && image.low < image.high;
  return is_range ? Limits{image.low, image.high} : Limits{};
}

// The highest value on top.
Image shades(const std::string& colors) {
  Image strip{kShades, 1, {}, 0, 1, colors};
  for (int i = kShades - 1; i >= 0; --i) {
    const Rgb rgb = map_color(colors, i / (kShades - 1.0));
    for (const double part : {rgb.red, rgb.green, rgb.blue})
      strip.rgb.push_back(static_cast<std::uint8_t>(std::lround(255 * part)));
  }
  return strip;
}

}  // namespace

double color_bar_room(Canvas& canvas, const Image& image) {
  double widest = 0;
  for (const auto& label : nice_ticks(limits_of(image), kMostIntervals, false).labels)
    widest = std::max(widest, canvas.text_width(label, kTextSize));
  return kGap + kWidth + kTick + kTickGap + widest;
}

void draw_color_bar(Canvas& canvas, const Image& image, const Rect& box) {
  const Limits limits = limits_of(image);
  const int most = std::clamp(static_cast<int>(box.height / (2 * kTextSize)), 1, kMostIntervals);
  const Ticks ticks = nice_ticks(limits, most, false);
  const Rect strip = canvas.snapped({box.right() + kGap, box.top, kWidth, box.height});
  canvas.image(strip, shades(image.colors));
  for (std::size_t i = 0; i < ticks.at.size(); ++i) {
    const double row =
        strip.bottom() - (ticks.at[i] - limits.low) / (limits.high - limits.low) * strip.height;
    canvas.rule({strip.right(), row}, {strip.right() + kTick, row}, kFramePen);
    canvas.text({strip.right() + kTick + kTickGap, row}, ticks.labels[i],
                {.size = kTextSize, .align = Align::left, .vertical = Vertical::middle});
  }
  canvas.frame(strip, kFramePen);
}

}  // namespace ramie::train::detail
