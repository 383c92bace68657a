// Drawings of graphs in layers, without any other program: boxes in rows or columns, few crossings, smooth
// edges. What draw of programs and of gradients share.
//
//   Drawing d;                                  // from left to right; {.downwards = true}: from top to
//   bottom d.boxes = {{.width = 60, .height = 20, .layer = 0}, {.width = 60, .height = 20, .layer = 1}};
//   d.edges = {{0, 1}};
//   d.place();                                  // sets x and y of the boxes, the paths, and the size
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace ramie::detail {

struct Drawing {
  struct Box {
    double width, height;
    int layer = 0;
    double x = 0, y = 0;  // of the middle
  };
  struct Edge {
    std::size_t from, to;   // boxes, of a smaller and of a larger layer
    std::string path = {};  // of SVG
  };
  bool downwards = false;
  double gap = 26, layer_gap = 34;  // between boxes of one layer, and between layers
  std::vector<Box> boxes;
  std::vector<Edge> edges;
  double width = 0, height = 0;  // of the whole; all lies between 0 and these
  void place();
};

std::string escaped(std::string_view text);  // for HTML and SVG
void write_file(const char* op, const std::string& path, const std::string& text);

}  // namespace ramie::detail
