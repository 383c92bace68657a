// What the drawings share: the text of each record, and where everything goes.
#pragma once

#include <ramie/autograd/backward_trace.h>
#include <ramie/tensor/drawing.h>

namespace ramie::detail {

// A tensor in a cell: one number, a small matrix row by row, or a summary.
struct Cell {
  std::string shape;                           // "" for one number
  std::vector<std::string> lines;              // aligned
  std::vector<std::vector<std::string>> grid;  // the numbers of a small one
};
Cell cell_of(const Tensor& x, const char* missing);

struct RecordCells {  // label | data | grad
  Cell label, data, grad;
};
// grad: what backward() left in the variables, and the trace's gradients between; "none" before backward().
std::vector<RecordCells> records_of(const BackwardTrace& trace);

// The SVG without its style, and its size. Groups are called "value3" (with a text .grad), "op3", "edge3-0".
struct Picture {
  std::string body;
  double width, height;
};
Picture picture_of(const BackwardTrace& trace, const std::vector<RecordCells>& records);
std::string_view picture_style();  // CSS

// "gradients: empty, backward() has not run"
std::string state_of_gradients(const BackwardTrace& trace);

}  // namespace ramie::detail
