#include <ramie/autograd/draw_records.h>

#include <algorithm>

#include <ramie/autograd/brief.h>

namespace ramie::detail {
namespace {

std::vector<std::vector<std::string>> grid_of(const Tensor& x) {
  const auto numbers = x.to_vector<double>();
  const auto columns = static_cast<std::size_t>(x.shape(-1));
  std::vector<std::vector<std::string>> grid;
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    if (i % columns == 0) grid.emplace_back();
    grid.back().push_back(brief(numbers[i]));
  }
  return grid;
}

// Columns aligned at the right.
std::vector<std::string> lines_of(const std::vector<std::vector<std::string>>& grid) {
  std::size_t width = 0;
  for (auto& row : grid)
    for (auto& text : row) width = std::max(width, text.size());
  std::vector<std::string> lines;
  for (auto& row : grid) {
    std::string line;
    for (auto& text : row) line += (line.empty() ? "" : " ") + std::string(width - text.size(), ' ') + text;
    lines.push_back(line);
  }
  return lines;
}

std::vector<std::string> summary_of(const Tensor& x) {
  if (x.size() == 0) return {"empty"};
  const auto v = x.to_vector<double>();
  double sum = 0;
  for (double e : v) sum += e;
  const auto [least, most] = std::minmax_element(v.begin(), v.end());
  return {"min  " + brief(*least), "max  " + brief(*most),
          "mean " + brief(sum / static_cast<double>(v.size()))};
}

}  // namespace

Cell cell_of(const Tensor& x, const char* missing) {
  if (!x) return {"", {missing}, {}};
  if (x.rank() == 0) return {"", {brief(x.item())}, {}};
  if (x.size() == 0 || x.size() > brief_size || x.rank() > 2) return {str(x.layout()), summary_of(x), {}};
  auto grid = grid_of(x);
  auto lines = lines_of(grid);
  return {str(x.layout()), std::move(lines), std::move(grid)};
}

std::vector<RecordCells> records_of(const BackwardTrace& t) {
  const bool filled = t.has_grads();
  std::vector<RecordCells> out;
  for (auto& v : t.values) {
    Cell label{"", {v.label}, {}};
    if (v.layout.rank() > 0) label.lines.push_back(str(v.layout));
    out.push_back({std::move(label), cell_of(v.data, "?"),
                   cell_of(!filled    ? Tensor()
                           : v.leaf() ? v.grad
                                      : v.gradient,
                           "none")});
  }
  return out;
}

std::string state_of_gradients(const BackwardTrace& t) {
  return t.has_grads() ? "gradients: filled by backward()" : "gradients: empty, backward() has not run";
}

}  // namespace ramie::detail
