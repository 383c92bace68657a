#include <ramie/autograd/draw.h>

#include <fmt/format.h>

#include <ramie/autograd/draw_records.h>
#include <ramie/tensor/error.h>

namespace ramie {
namespace {

// The text of a cell of a DOT record, whose special characters are escaped.
std::string dot_text(const detail::Cell& c) {
  std::string out;
  for (auto& l : c.lines) {
    if (!out.empty()) out += "\\n";
    for (char letter : l) {
      if (std::string_view("{}|<>\"\\ ").find(letter) != std::string_view::npos) out += '\\';
      out += letter;
    }
  }
  return out;
}
std::string dot_op(const BackwardTrace& t, std::size_t i) {
  const auto& v = t.values[i];
  std::string out = fmt::format("  op{0} [label=\"{1}\", shape=ellipse];\n  op{0} -> value{0};\n", i, v.op);
  for (std::size_t k = 0; k < v.inputs.size(); ++k)
    if (v.inputs[k] >= 0)
      out += fmt::format("  value{} -> op{};\n", v.inputs[k], i);
    else
      out += fmt::format(
          "  constant{0}_{1} [label=\"constant\", shape=plaintext];\n  constant{0}_{1} -> op{0};\n", i, k);
  return out;
}

}  // namespace

std::string to_dot(const BackwardTrace& t) {
  std::string out = fmt::format(
      "digraph gradients {{\n  rankdir=LR;\n  label=\"{}\";\n  node [shape=record, "
      "fontname=\"monospace\"];\n",
      detail::state_of_gradients(t));
  const auto records = detail::records_of(t);
  for (std::size_t i = 0; i < records.size(); ++i) {
    out += fmt::format("  value{} [label=\"{} | data {} | grad {}\"];\n", i, dot_text(records[i].label),
                       dot_text(records[i].data), dot_text(records[i].grad));
    if (!t.values[i].leaf()) out += dot_op(t, i);
  }
  return out + "}\n";
}

std::string to_svg(const BackwardTrace& t) {
  const detail::Picture p = detail::picture_of(t, detail::records_of(t));
  return fmt::format(
             "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"-12 -12 {0:.0f} {1:.0f}\" "
             "width=\"{0:.0f}\" "
             "height=\"{1:.0f}\">\n<style>\n{2}</style>\n<defs><marker id=\"arrow\" viewBox=\"0 0 10 10\" "
             "refX=\"9\" refY=\"5\" markerWidth=\"6\" markerHeight=\"6\" orient=\"auto\"><path "
             "d=\"M0 0L10 5L0 10z\" fill=\"#9aa6ba\"/></marker></defs>\n<rect x=\"-12\" y=\"-12\" "
             "width=\"100%\" height=\"100%\" fill=\"#fbfcfe\"/>\n",
             std::max(p.width, 290.0) + 24, p.height + 50, detail::picture_style()) +
         p.body +
         fmt::format("<text class=\"state\" x=\"0\" y=\"{:.0f}\">{}</text>\n</svg>\n", p.height + 24,
                     detail::state_of_gradients(t));
}

void draw(const Tensor& y, const std::string& path, const Names& names) {
  std::string (*const write)(const BackwardTrace&) = path.ends_with(".svg")    ? to_svg
                                                     : path.ends_with(".dot")  ? to_dot
                                                     : path.ends_with(".html") ? to_html
                                                                               : nullptr;
  if (!write) fail("draw", fmt::format("'{}': the path must end with .svg, .dot or .html.", path));
  detail::write_file("draw", path, write(trace_backward(y, names)));
}

}  // namespace ramie
