// Drawings of programs: steps are boxes, from top to bottom; what flows along an edge is written beside its
// end.
#include <fmt/format.h>

#include <algorithm>

#include <ramie/tensor/drawing.h>
#include <ramie/tensor/error.h>
#include <ramie/tensor/program/edit.h>
#include <ramie/tensor/program/program.h>

namespace ramie {
namespace {

using Kind = Program::Kind;

struct Node {
  std::string title, detail;
  const char* colour;
  std::vector<std::size_t> from = {};  // nodes
  int depth = 0;
};

const char* colour_of(Kind kind) {
  return kind == Kind::argument ? "#cfe8cf" : kind == Kind::state ? "#cfdcf5" : "#eeeeee";
}
std::string title_of(const Program::Buffer& b) {
  return b.kind == Kind::argument ? fmt::format("argument {}", b.number)
         : b.kind == Kind::state  ? fmt::format("state {}", b.number)
                                  : "constant";
}

// Nodes for what is given, for every step, and for what is kept at the end.
class Drawing {
 public:
  explicit Drawing(const Program& p) : program_(p), of_buffer_(p.buffers.size(), npos) {
    for (auto& step : p.steps) add(step);
    for (std::size_t i = 0; i < p.results.size(); ++i) keep(fmt::format("result {}", i), p.results[i]);
    for (std::size_t i = 0; i < p.states.size(); ++i)
      if (p.states[i].assigned) keep(fmt::format("new state {}", i), p.states[i].after);
  }
  std::vector<Node> nodes;

 private:
  static constexpr std::size_t npos = ~std::size_t{0};

  std::size_t source(const Program::Operand& o) {
    std::size_t& at = of_buffer_[o.buffer];
    if (at == npos) {
      at = nodes.size();
      const auto& b = program_.buffers[o.buffer];
      nodes.push_back({title_of(b), str(o.layout), colour_of(b.kind)});
    }
    return at;
  }
  void link(Node& n, const Program::Operand& o) {
    if (o.buffer == Program::none) return;
    n.from.push_back(source(o));
    n.depth = std::max(n.depth, nodes[n.from.back()].depth + 1);
  }
  void add(const Program::Step& step) {
    Node n{step.launch.name, step.out.empty() ? "" : str(step.out[0].layout), "#ffffff"};
    for (auto& o : step.in) link(n, o);
    for (auto& o : step.out) of_buffer_[o.buffer] = nodes.size();
    nodes.push_back(std::move(n));
  }
  void keep(std::string title, const Program::Operand& o) {
    Node n{std::move(title), o.buffer == Program::none ? "none" : str(o.layout), "#f9e3c3"};
    link(n, o);
    nodes.push_back(std::move(n));
  }
  const Program& program_;
  std::vector<std::size_t> of_buffer_;
};

// Where the nodes and edges go; the nodes in their order, the edges too.
detail::Drawing placed(const std::vector<Node>& nodes) {
  detail::Drawing d{.downwards = true, .gap = 20, .layer_gap = 36, .boxes = {}, .edges = {}};
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    d.boxes.push_back({.width = 190, .height = 40, .layer = nodes[i].depth});
    for (auto f : nodes[i].from) d.edges.push_back({f, i});
  }
  d.place();
  return d;
}

std::string svg_edge(const detail::Drawing::Edge& e) {
  return fmt::format("<path d=\"{}\" fill=\"none\" stroke=\"#888\" marker-end=\"url(#arrow)\"/>\n", e.path);
}
std::string svg_box(const Node& n, const detail::Drawing::Box& b) {
  return fmt::format(
      "<rect x=\"{:.0f}\" y=\"{:.0f}\" width=\"{:.0f}\" height=\"{:.0f}\" rx=\"5\" fill=\"{}\" "
      "stroke=\"#444\"/>"
      "<text x=\"{:.0f}\" y=\"{:.0f}\" font-weight=\"bold\">{}</text><text x=\"{:.0f}\" "
      "y=\"{:.0f}\">{}</text>\n",
      b.x - b.width / 2, b.y - b.height / 2, b.width, b.height, n.colour, b.x, b.y - 4,
      detail::escaped(n.title), b.x, b.y + 12, detail::escaped(n.detail));
}

}  // namespace

std::string to_dot(const Program& program) {
  const Drawing g(program);
  std::string text =
      "digraph program {\n  node [shape=box, style=\"rounded,filled\", fontname=\"sans-serif\"];\n";
  for (std::size_t i = 0; i < g.nodes.size(); ++i) {
    const Node& n = g.nodes[i];
    text += fmt::format("  n{} [label=\"{}\\n{}\", fillcolor=\"{}\"];\n", i, n.title, n.detail, n.colour);
    for (auto f : n.from) text += fmt::format("  n{} -> n{};\n", f, i);
  }
  return text + "}\n";
}

std::string to_svg(const Program& program) {
  const Drawing g(program);
  const detail::Drawing d = placed(g.nodes);
  std::string text = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"-10 -10 {:.0f} {:.0f}\" "
      "font-family=\"sans-serif\" "
      "font-size=\"11\" text-anchor=\"middle\">\n<defs><marker id=\"arrow\" viewBox=\"0 0 10 10\" "
      "refX=\"10\" refY=\"5\" "
      "markerWidth=\"7\" markerHeight=\"7\" orient=\"auto\"><path d=\"M0 0L10 5L0 10z\" "
      "fill=\"#888\"/></marker></defs>\n",
      d.width + 20, d.height + 20);
  for (auto& e : d.edges) text += svg_edge(e);
  for (std::size_t i = 0; i < g.nodes.size(); ++i) text += svg_box(g.nodes[i], d.boxes[i]);
  return text + "</svg>\n";
}

void draw(const Program& program, const std::string& path) {
  const bool svg = path.ends_with(".svg");
  if (!svg && !path.ends_with(".dot"))
    fail("draw", fmt::format("'{}': the path must end with .svg or .dot.", path));
  detail::write_file("draw", path, svg ? to_svg(program) : to_dot(program));
}

}  // namespace ramie
