// A picture of plots on a grid, as matplotlib's plt.subplots, drawn with Cairo and saved as PNG, SVG or PDF.
//
//   train::Figure figure({.width = 15, .height = 5, .rows = 1, .columns = 2});
//   figure.axes(0).title("Loss").line(train_loss, {.label = "train_loss"}).line(test_loss, {.label =
//   "test_loss"}); figure.axes(1).title("Accuracy").line(train_accuracy, {.label = "train_accuracy"}); for
//   (int i : {0, 1}) figure.axes(i).x_label("Epoch").legend(); figure.save("training.png");
#pragma once

#include <ramie/train/axes.h>

#include <filesystem>
#include <string>
#include <vector>

namespace ramie::train {
namespace detail {
class Canvas;
}

struct FigureOptions {
  double width = 6.4, height = 4.8;  // inches
  double dpi = 100;                  // pixels per inch of a PNG: 15 x 5 inches are 1500 x 500 pixels
  int rows = 1, columns = 1;         // of axes
};

class Figure {
 public:
  explicit Figure(const FigureOptions& options = {});

  // Counted from the upper left, along the rows. Throws Error when there is no such axes.
  Axes& axes(int row, int column);
  Axes& axes(int index = 0);

  // A headline above all axes, as suptitle.
  Figure& title(std::string text);

  // The file's ending (.png, .svg or .pdf) chooses the format. Makes no folders. The picture is written
  // beside the file and moved there when complete, so an Error (which names the file) leaves an older file as
  // it was.
  void save(const std::filesystem::path& path) const;

 private:
  std::string draw(detail::Canvas& canvas) const;  // the bytes of the file

  FigureOptions options_;
  std::string title_;
  std::vector<Axes> axes_;
};

}  // namespace ramie::train
