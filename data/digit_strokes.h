// How people write the ten digits: each in several styles, each style a few pen strokes.
#pragma once

#include <array>
#include <vector>

namespace ramie::data {

struct Point {
  double x, y;
};

// The pen goes through the points: along a smooth curve, or straight from one to the next.
struct Stroke {
  enum class Kind { smooth, straight } kind;
  std::vector<Point> points;
};

using Glyph = std::vector<Stroke>;

// The styles of each digit, in a box of height 1, x to the right, y downwards.
const std::array<std::vector<Glyph>, 10>& digit_glyphs();

}  // namespace ramie::data
