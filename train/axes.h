// One plot of a Figure: lines, dots and bars with a title, labels and a legend, or an image. Names and looks
// follow matplotlib.
//
//   figure.axes(0, 0).title("Loss").line(train_loss, {.label = "train"}).line(test_loss, {.label =
//   "test"}).legend(); figure.axes(0, 1).title("label=7").image(pixels, 28, 28).axis_off();
//
// Every setter returns the axes, so that calls chain. What was given is copied; nothing is drawn before
// save().
#pragma once

#include <ramie/train/axes_content.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace ramie::train {

struct LineOptions {
  std::string label = "";  // its name in the legend; without one it is not listed
  std::string color = "";  // see color(); empty: the next of the cycle
  double width = 1.5;      // points
  double alpha = 1;        // 0 is transparent
  bool dashed = false;
};

struct ScatterOptions {
  std::string label = "";  // as for a line
  std::string color = "";
  double size = 4;  // points across
  double alpha = 1;
};

struct BarOptions {
  std::string label = "";  // as for a line
  std::string color = "";
  double width = 0.8;
};

struct ImageOptions {
  int channels = 1;  // 1: gray, 3: RGB, the channel last
  // The values drawn black and white, as vmin and vmax. Gray autoscales to its least and greatest finite
  // value; RGB keeps 0..255 for bytes and 0..1 for floats.
  std::optional<double> low = {}, high = {};
  std::string colors = "gray";  // of an image with one channel: see map_color()
};

struct TextOptions {
  double size = 10;  // points
  std::string color = "black";
  double max_width = 0;  // in the axes' x; longer text is made smaller. 0: any
  bool above = false;    // stands on the place, instead of having its middle there
};

struct TickOptions {
  bool upwards = false;  // turned left by 90 degrees, for long names
};

struct TitleOptions {
  std::string color = "black";
};

class Axes {
 public:
  // May have several lines, split by '\n'.
  Axes& title(std::string text, const TitleOptions& options = {});
  Axes& x_label(std::string text);
  Axes& y_label(std::string text);

  // y over 0, 1, 2, ... or over x (as many values, in any order). NaN, infinities and values beyond 1e300
  // leave a gap; a value alone between gaps is drawn as a dot.
  Axes& line(const Series& y, const LineOptions& options = {});
  template <Numbers X, Numbers Y>
  Axes& line(const X& x, const Y& y, const LineOptions& options = {}) {
    return line_over(x, y, options);
  }
  // A dot at each (x, y); none where one of them is NaN or infinite.
  template <Numbers X, Numbers Y>
  Axes& scatter(const X& x, const Y& y, const ScatterOptions& options = {}) {
    return scatter_at(x, y, options);
  }
  // From edge to edge, as axhline.
  Axes& horizontal_line(double y, const LineOptions& options = {});

  // From 0 up to each height, around 0, 1, 2, ... or around x, as bar. Heights that are no numbers have no
  // bar.
  Axes& bars(const Series& heights, const BarOptions& options = {});
  template <Numbers X, Numbers Heights>
  Axes& bars(const X& x, const Heights& heights, const BarOptions& options = {}) {
    return bars_over(x, heights, options);
  }
  // Written over everything else; it does not widen the axes.
  Axes& text(double x, double y, std::string text, const TextOptions& options = {});

  // Row-major pixels [height, width] or [height, width, channels], the first row on top, as imshow; pixels
  // stay sharp squares. A constant gray image is black, a NaN pixel white. A second image replaces the first.
  Axes& image(std::span<const float> pixels, int height, int width, const ImageOptions& options = {});
  Axes& image(std::span<const std::uint8_t> pixels, int height, int width, const ImageOptions& options = {});

  // A scale of the image's colours at its right. Only for images of one channel.
  Axes& color_bar();

  // The names of x (or y) = 0, 1, 2, ..., in place of numbers; no names, no ticks. Where there are too many
  // for the room, only every second, third, ... is written.
  Axes& x_ticks(std::vector<std::string> names, const TickOptions& options = {});
  Axes& y_ticks(std::vector<std::string> names);

  // The labelled lines and bars, in the corner where they hide least.
  Axes& legend();
  Axes& grid(double alpha = 1);
  // No frame, ticks and labels; the title stays.
  Axes& axis_off();

  const detail::AxesContent& content() const { return content_; }

 private:
  Axes& line_over(const Series& x, const Series& y, const LineOptions& options);
  Axes& scatter_at(const Series& x, const Series& y, const ScatterOptions& options);
  Axes& bars_over(const Series& x, const Series& heights, const BarOptions& options);

  detail::AxesContent content_;
};

}  // namespace ramie::train
