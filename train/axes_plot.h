// Measures and draws one axes: frame, ticks, labels, grid, lines, bars, image, texts, legend.
//
//   AxesPlot plot(canvas, axes.content());
//   plot.draw({.left = plot.left(height), .top = plot.top(), .width = width, .height = height}, 1);
#pragma once

#include <ramie/train/axes_view.h>
#include <ramie/train/canvas.h>

namespace ramie::train::detail {

class AxesPlot {
 public:
  AxesPlot(Canvas& canvas, const AxesContent& content);

  // The room that labels take around the box of the data, in points. How many y ticks there are, and so how
  // wide their labels, depends on the box's height; whether the last x label sticks out, on the width.
  double top() const;
  double bottom() const;
  double left(double height) const;
  double right(double width) const;

  // How much smaller the title must be so that it is no wider than the box: 1 if it fits.
  double title_scale(double width) const;

  // `box` is for the data; an image takes the largest part of it that keeps its pixels square.
  void draw(const Rect& box, double scale_of_title);

 private:
  Ticks x_ticks(double width) const;
  Ticks y_ticks(double height) const;
  double x_axis_height() const;  // ticks and their labels
  void draw_grid(const Ticks& x, const Ticks& y);
  void draw_x_axis(const Ticks& ticks);
  void draw_y_axis(const Ticks& ticks);
  void draw_title(double scale);
  void draw_data();
  void draw_bars();
  void draw_texts();
  double text_size(const Text& text);

  Canvas& canvas_;
  const AxesContent& content_;
  View view_;
  bool whole_x_;
};

}  // namespace ramie::train::detail
