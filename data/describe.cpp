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
    d.boxes.push_back(
        {.width = 24 + 7.3 * static_cast<double>(node->text.size()), .height = 34, .layer = layer});
  }
  d.place();
  return d;
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
  std::string text = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0:.0f}\" height=\"{1:.0f}\" viewBox=\"0 0 {0:.0f} "
      "{1:.0f}\" "
      "font-family=\"sans-serif\" font-size=\"13\">\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n",
      d.width, d.height);
  for (const auto& edge : d.edges)
    text += fmt::format("<path d=\"{}\" fill=\"none\" stroke=\"#8a97a6\"/>\n", edge.path);
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    const auto& box = d.boxes[i];
    const char* fill = nodes[i]->inputs.empty()   ? "#e1f5ff"
                       : nodes[i]->queue_size > 0 ? "#f0ffe1"
                                                  : "#fff4e1";
    text += fmt::format(
        "<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" rx=\"6\" fill=\"{}\" "
        "stroke=\"#8a97a6\"/>\n"
        "<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"middle\" dominant-baseline=\"central\">{}</text>\n",
        box.x - box.width / 2, box.y - box.height / 2, box.width, box.height, fill, box.x, box.y,
        ramie::detail::escaped(nodes[i]->text));
  }
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
