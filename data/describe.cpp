// What a pipeline says about itself: as lines, and as a table of times.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <ostream>

#include <ramie/data/node.h>
#include <ramie/data/pipeline.h>

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

StepReport step_report(const Node& node, int depth) {
  const Times& t = *node.times;
  StepReport step{.text = std::string(static_cast<std::size_t>(2 * depth), ' ') + node.text,
                  .elements = t.elements,
                  .seconds = 1e-9 * static_cast<double>(t.nanoseconds),
                  .queue_size = node.queue_size};
  if (t.asked > 0) step.ready = static_cast<double>(t.ready) / static_cast<double>(t.asked);
  return step;
}

// What later operators made for those that run with them, as one program.
std::map<const Node*, std::int64_t> made_by_later(const NodePtr& end) {
  std::map<const Node*, std::int64_t> made;
  each_node(end, [&](const Node& node, int) {
    if (!node.runs_behind) return;
    for (NodePtr at = node.inputs[0]; at != node.runs_behind; at = at->inputs[0])
      made[at.get()] += node.times->elements;
  });
  return made;
}

std::string row(const StepReport& step, std::size_t width, double all) {
  std::string text = fmt::format("{:<{}}", step.text, width);
  if (step.elements > 0) text += fmt::format("{:>10}", step.elements);
  if (step.seconds > 0)
    text += fmt::format("{:>12.4f}{:>8.1f} %", 1e3 * step.seconds / static_cast<double>(step.elements),
                        100 * step.seconds / all);
  else if (step.elements > 0 && step.queue_size == 0)
    text += fmt::format("{:>22}", "with the next");
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

Report Pipeline::report() const {
  Report report;
  auto made = made_by_later(node_);
  each_node(node_, [&](const Node& node, int depth) {
    report.steps.push_back(step_report(node, depth));
    report.steps.back().elements += made[&node];
  });
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
