// What a pipeline says about itself: as lines, as a chart, as a table of times.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <ostream>

#include <ramie/data/node.h>
#include <ramie/data/pipeline.h>
#include <ramie/tensor/drawing.h>

namespace ramie::data {
namespace {

using detail::Node;
using detail::NodePtr;

// Calls f(node, depth) from the sources to the end; what flows into a step from the side is one deeper.
template <class F>
void each_node(const NodePtr& node, const F& f, int depth = 0) {
  for (std::size_t i = 0; i < node->inputs.size(); ++i)
    each_node(node->inputs[i], f, depth + (i > 0 ? 1 : 0));
  f(*node, depth);
}

std::string lines(const NodePtr& end, bool with_queues) {
  std::string text;
  each_node(end, [&](const Node& node, int depth) {
    if (with_queues || node.queue_size == 0) text += fmt::format("{:{}}{}\n", "", 2 * depth, node.text);
  });
  return text;
}

// Each node once, before those that it flows into.
std::vector<const Node*> sorted(const NodePtr& end) {
  std::vector<const Node*> nodes;
  each_node(end, [&](const Node& node, int) {
    if (std::find(nodes.begin(), nodes.end(), &node) == nodes.end()) nodes.push_back(&node);
  });
  return nodes;
}

std::size_t place(const std::vector<const Node*>& nodes, const Node* node) {
  return static_cast<std::size_t>(std::find(nodes.begin(), nodes.end(), node) - nodes.begin());
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

Label label(const Node& node) {
  const std::string& text = node.text;
  const auto comma = text.find(", "), bracket = text.find('(');
  if (node.inputs.empty())
    return comma == std::string::npos ? Label{text, ""}
                                      : Label{text.substr(0, comma), text.substr(comma + 2)};
  if (bracket == std::string::npos || !text.ends_with(')')) return {text, ""};
  return {text.substr(0, bracket), text.substr(bracket + 1, text.size() - bracket - 2)};
}

ramie::detail::Drawing drawing(const std::vector<const Node*>& nodes) {
  ramie::detail::Drawing d;
  d.downwards = true;
  for (const Node* node : nodes) {
    int layer = 0;
    for (const NodePtr& input : node->inputs) {
      const std::size_t from = place(nodes, input.get());
      layer = std::max(layer, d.boxes[from].layer + 1);
      d.edges.push_back({from, d.boxes.size()});
    }
    d.boxes.push_back({.width = label(*node).width(), .height = 44, .layer = layer});
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

std::string svg_box(const Node& node, const ramie::detail::Drawing::Box& box) {
  const char* fill = node.inputs.empty() ? "#e1f5ff" : node.queue_size > 0 ? "#f0ffe1" : "#fff4e1";
  const auto [name, settings] = label(node);
  const bool alone = settings.empty();
  std::string text = fmt::format(
      "<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" rx=\"6\" fill=\"{}\" "
      "stroke=\"#8a97a6\"/>\n",
      box.x - box.width / 2, box.y - box.height / 2, box.width, box.height, fill);
  text += svg_text(box.x, box.y + (alone ? 4.5 : -3), "font-size=\"13\" font-weight=\"bold\"", name);
  return alone ? text : text + svg_text(box.x, box.y + 13, "font-size=\"11\" fill=\"#51606f\"", settings);
}

StepReport step_report(const Node& node, int depth) {
  const Times& t = *node.times;
  StepReport step{.text = std::string(static_cast<std::size_t>(2 * depth), ' ') + node.text,
                  .elements = t.elements,
                  .seconds = 1e-9 * static_cast<double>(t.nanoseconds),
                  .queue_size = node.queue_size};
  if (t.asked > 0) step.ready = static_cast<double>(t.ready) / static_cast<double>(t.asked);
  return step;
}

std::string row(const StepReport& step, std::size_t width, double all) {
  std::string text = fmt::format("{:<{}}", step.text, width);
  if (step.elements > 0) text += fmt::format("{:>10}", step.elements);
  if (step.seconds > 0)
    text += fmt::format("{:>12.4f}{:>8.1f} %", 1e3 * step.seconds / static_cast<double>(step.elements),
                        100 * step.seconds / all);
  if (step.queue_size > 0)
    text += fmt::format("   {:.1f} of {} ready when asked", step.ready, step.queue_size);
  return text + '\n';
}

std::string percent(double part, double whole) {
  return fmt::format("{:.1f} %", whole > 0 ? 100 * part / whole : 0);
}

}  // namespace

std::string Pipeline::describe() const { return lines(node_, true); }
std::string Pipeline::fingerprint() const { return lines(node_, false); }

std::string Pipeline::mermaid() const {
  const auto nodes = sorted(node_);
  std::string text = "flowchart TB\n";
  for (std::size_t i = 0; i < nodes.size(); ++i)
    text += fmt::format("  n{}[{}]\n", i, quoted(nodes[i]->text));
  for (std::size_t i = 0; i < nodes.size(); ++i)
    for (const NodePtr& input : nodes[i]->inputs)
      text += fmt::format("  n{} --> n{}\n", place(nodes, input.get()), i);
  return text;
}

std::string Pipeline::svg() const {
  const auto nodes = sorted(node_);
  const auto d = drawing(nodes);
  std::string text = fmt::format(svg_head, d.width + 24, d.height + 24);
  for (const auto& edge : d.edges)
    text += fmt::format("<path d=\"{}\" fill=\"none\" stroke=\"#8a97a6\" marker-end=\"url(#arrow)\"/>\n",
                        edge.path);
  for (std::size_t i = 0; i < nodes.size(); ++i) text += svg_box(*nodes[i], d.boxes[i]);
  return text + "</svg>\n";
}

Report Pipeline::report() const {
  Report report;
  each_node(node_, [&](const Node& node, int depth) { report.steps.push_back(step_report(node, depth)); });
  const auto seconds = [](std::int64_t nanoseconds) { return 1e-9 * static_cast<double>(nanoseconds); };
  report.model_waited = seconds(node_->inside);
  report.seconds = report.model_waited + seconds(node_->outside);
  each_node(node_, [&](const Node& node, int depth) {
    if (depth == 0 && node.queue_size > 0) report.data_waited = seconds(node.times->waited_for_room);
  });
  return report;
}

std::string Report::table() const {
  std::size_t width = 4;
  double all = 0;
  for (const StepReport& step : steps) {
    width = std::max(width, step.text.size());
    all += step.seconds;
  }
  std::string text = fmt::format("{:<{}}{:>10}{:>12}{:>10}\n", "step", width, "elements", "ms each", "share");
  for (const StepReport& step : steps) text += row(step, width, all);
  return text +
         fmt::format(
             "The model waited for data {:.3f} s of {:.3f} s ({}), the data for the model {:.3f} s ({}).\n",
             model_waited, seconds, percent(model_waited, seconds), data_waited,
             percent(data_waited, seconds));
}

std::ostream& operator<<(std::ostream& out, const Report& report) { return out << report.table(); }

}  // namespace ramie::data
