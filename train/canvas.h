// A drawing surface in points (1/72 inch, y downwards) that ends as the bytes of a PNG, SVG or PDF file.
// The only place that knows Cairo.
//
//   Canvas canvas(Format::png, {.width = 15, .height = 5, .dpi = 100});
//   canvas.stroke(points, {.color = color("tab:blue"), .width = 1.5});
//   std::string bytes = canvas.finish("Loss", "");
#pragma once

#include <ramie/train/axes_content.h>

#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

namespace ramie::train::detail {

constexpr double kPointsPerInch = 72;

enum class Format { png, svg, pdf };

struct PaperSize {
  double width = 0, height = 0;  // inches
  double dpi = 100;              // pixels per inch; only PNG has pixels
};

struct Rect {
  double left = 0, top = 0, width = 0, height = 0;
  double right() const { return left + width; }
  double bottom() const { return top + height; }
};

enum class Align { left, center, right };
enum class Vertical { top, middle, baseline };  // baseline: of the last line

struct TextStyle {
  double size = 10;  // points
  Rgb color = {};
  Align align = Align::center;
  Vertical vertical = Vertical::baseline;
  bool upwards = false;  // turned left by 90 degrees
};

constexpr double kLineSpacing = 1.2;  // of text, in font sizes
constexpr double kAscent = 0.76, kDescent = 0.24, kDigitHeight = 0.73;

// Says why Cairo gave up; whoever knows the file adds its name.
class DrawingError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

class Canvas {
 public:
  Canvas(Format format, const PaperSize& paper);
  ~Canvas();

  // Joined straight segments; one point alone is a dot.
  void stroke(std::span<const Point> points, const Pen& pen);
  // A horizontal or vertical line on whole pixels, so that it is crisp.
  void rule(Point from, Point to, const Pen& pen);
  void frame(const Rect& rect, const Pen& pen);
  void fill(const Rect& rect, const Rgb& color);
  // A box with round corners (matplotlib's fancybox), filled and bordered.
  void round_box(const Rect& rect, double radius, const Pen& fill, const Pen& border);
  void text(Point anchor, std::string_view text, const TextStyle& style);
  void image(const Rect& rect, const Image& image);
  // `rect` moved to whole pixels.
  Rect snapped(const Rect& rect) const;

  // The widest line of the text.
  double text_width(std::string_view text, double size);

  // What is drawn until unclip() stays within `rect`.
  void clip(const Rect& rect);
  void unclip();

  // The file's bytes, with the title and description in words for SVG and PDF. Ends the drawing.
  std::string finish(const std::string& title, const std::string& description);

 private:
  struct Surface;
  std::unique_ptr<Surface> surface_;
};

}  // namespace ramie::train::detail
