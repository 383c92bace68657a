// A pipeline as a drawing: Mermaid's flowchart, and SVG.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include <ramie/data/node.h>
#include <ramie/data/pipeline.h>
#include <ramie/tensor/drawing.h>

namespace ramie::data {
namespace {

using detail::Node;
using detail::NodePtr;

// A step of the drawing. Operators side by side have one each, and one that joins them.
struct Box {
  std::string text;
  std::vector<std::size_t> from;  // boxes before it
  bool queue = false;
};

// The boxes of a node behind those of its inputs; the last one is its own. Nodes that are there are not
// repeated.
std::size_t append(const NodePtr& node, std::vector<Box>& boxes, std::map<const Node*, std::size_t>& places) {
  if (const auto at = places.find(node.get()); at != places.end()) return at->second;
  std::vector<std::size_t> from;
  for (const NodePtr& input : node->inputs) from.push_back(append(input, boxes, places));
  std::vector<std::size_t> parts;
  for (const std::string& part : node->branches.parts) {
    boxes.push_back({part, from});
    parts.push_back(boxes.size() - 1);
  }
  const bool joins = !parts.empty();
  boxes.push_back({joins ? node->branches.joined : node->text, joins ? parts : from, node->queue_size > 0});
  return places[node.get()] = boxes.size() - 1;
}

std::vector<Box> boxes_of(const NodePtr& end) {
  std::vector<Box> boxes;
  std::map<const Node*, std::size_t> places;
  append(end, boxes, places);
  return boxes;
}

// Mermaid ends its texts at a quote.
std::string quoted(std::string text) {
  std::string safe;
  for (const char c : text) safe += c == '"' ? std::string("#quot;") : std::string(1, c);
  return '"' + safe + '"';
}

// A step in a drawing: its name, and below it what it was told.
struct Label {
  std::string name, settings;
  double width() const {
    return 28 + std::max(8.0 * static_cast<double>(name.size()), 6.2 * static_cast<double>(settings.size()));
  }
};

Label label(const Box& box) {
  const std::string& text = box.text;
  const auto comma = text.find(", "), bracket = text.find('(');
  if (box.from.empty())
    return comma == std::string::npos ? Label{text, ""}
                                      : Label{text.substr(0, comma), text.substr(comma + 2)};
  if (bracket == std::string::npos || !text.ends_with(')')) return {text, ""};
  return {text.substr(0, bracket), text.substr(bracket + 1, text.size() - bracket - 2)};
}

ramie::detail::Drawing drawing(const std::vector<Box>& boxes) {
  ramie::detail::Drawing d;
  d.downwards = true;
  for (const Box& box : boxes) {
    int layer = 0;
    for (const std::size_t from : box.from) {
      layer = std::max(layer, d.boxes[from].layer + 1);
      d.edges.push_back({from, d.boxes.size()});
    }
    d.boxes.push_back({.width = label(box).width(), .height = 44, .layer = layer});
  }
  d.place();
  return d;
}

constexpr const char* svg_head =
    R"(<svg xmlns="http://www.w3.org/2000/svg" width="{0:.0f}" height="{1:.0f}" viewBox="-12 -12 {0:.0f} {1:.0f}" font-family="sans-serif" text-anchor="middle">
<defs><marker id="arrow" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0L10 5L0 10z" fill="#8a97a6"/></marker></defs>
<rect x="-12" y="-12" width="100%" height="100%" fill="white"/>
)";

std::string svg_text(double x, double y, const char* look, const std::string& text) {
  return fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" {}>{}</text>\n", x, y, look,
                     ramie::detail::escaped(text));
}

std::string svg_box(const Box& step, const ramie::detail::Drawing::Box& box) {
  const char* fill = step.from.empty() ? "#e1f5ff" : step.queue ? "#f0ffe1" : "#fff4e1";
  const auto [name, settings] = label(step);
  const bool alone = settings.empty();
  std::string text = fmt::format(
      "<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" rx=\"6\" fill=\"{}\" "
      "stroke=\"#8a97a6\"/>\n",
      box.x - box.width / 2, box.y - box.height / 2, box.width, box.height, fill);
  text += svg_text(box.x, box.y + (alone ? 4.5 : -3), "font-size=\"13\" font-weight=\"bold\"", name);
  return alone ? text : text + svg_text(box.x, box.y + 13, "font-size=\"11\" fill=\"#51606f\"", settings);
}

}  // namespace

std::string Pipeline::mermaid() const {
  const std::vector<Box> boxes = boxes_of(node_);
  std::string text = "flowchart TB\n";
  for (std::size_t i = 0; i < boxes.size(); ++i) text += fmt::format("  n{}[{}]\n", i, quoted(boxes[i].text));
  for (std::size_t i = 0; i < boxes.size(); ++i)
    for (const std::size_t from : boxes[i].from) text += fmt::format("  n{} --> n{}\n", from, i);
  return text;
}

std::string Pipeline::svg() const {
  const std::vector<Box> boxes = boxes_of(node_);
  const auto d = drawing(boxes);
  std::string text = fmt::format(svg_head, d.width + 24, d.height + 24);
  for (const auto& edge : d.edges)
    text += fmt::format("<path d=\"{}\" fill=\"none\" stroke=\"#8a97a6\" marker-end=\"url(#arrow)\"/>\n",
                        edge.path);
  for (std::size_t i = 0; i < boxes.size(); ++i) text += svg_box(boxes[i], d.boxes[i]);
  return text + "</svg>\n";
}

}  // namespace ramie::data
