#include <ramie/autograd/engine.h>

#include <fmt/format.h>

#include <algorithm>

#include <ramie/autograd/anomaly.h>
#include <ramie/autograd/hook.h>
#include <ramie/autograd/ops/elementwise.h>
#include <ramie/autograd/trace.h>
#include <ramie/autograd/watch.h>
#include <ramie/tensor/create.h>
#include <ramie/tensor/error.h>

namespace ramie {
namespace {

// Youngest node first; a node waits once, with the running sum of its cotangents. What cannot lead to a
// target is passed by: nodes older than all of them, and nodes that reach leaves of inner transforms alone.
// Without targets, the variables are the targets.
class Engine {
 public:
  explicit Engine(BackwardOptions options, std::vector<Node*> targets = {}, bool stop = false)
      : options_(options),
        stop_(stop),
        targets_(std::move(targets)),
        recording_(context.grad_enabled, options.create_graph) {
    std::sort(targets_.begin(), targets_.end());
    oldest_ = targets_.empty() ? 0 : ~std::uint64_t{0};
    for (auto* t : targets_) {
      oldest_ = std::min(oldest_, t->time);
      innermost_ = std::max(innermost_, t->innermost);
    }
  }
  ~Engine() {  // also when a rule throws
    for (auto* list : {&heap_, &reached_})
      for (auto& n : *list) n->clear();
  }
  bool leads_to_target(const Node* n) const { return n && n->time >= oldest_ && n->outermost <= innermost_; }

  void seed(const Tensor& y, const Tensor& dy) {
    if (leads_to_target(node(y))) give(Ref<Node>::share(node(y)), dy);
  }
  // Leaves the sum of its cotangents in the `pending` of each target.
  void run(const std::vector<Tensor>& y, const std::vector<Tensor>& dy) {
    for (std::size_t i = 0; i < y.size(); ++i)
      if (y[i] && dy[i]) seed(y[i], dy[i]);
    run();
  }
  void run() {
    while (!heap_.empty()) {
      std::pop_heap(heap_.begin(), heap_.end(), earlier);
      Ref<Node> n = std::move(heap_.back());
      heap_.pop_back();
      const Tensor sum = hooked(*n, std::exchange(n->pending, Tensor()));
      step(*n, sum);
      if (is_target(*n)) keep(std::move(n), sum);
    }
    for (auto& n : reached_)
      if (ends(*n)) n->pending = hooked(*n, n->pending);
  }
  const std::vector<Ref<Node>>& reached() const { return reached_; }

 private:
  static bool earlier(const Ref<Node>& a, const Ref<Node>& b) { return a->time < b->time; }
  bool is_target(const Node& n) const { return std::binary_search(targets_.begin(), targets_.end(), &n); }
  void keep(Ref<Node> n, const Tensor& dy) {
    n->pending = dy;
    reached_.push_back(std::move(n));
  }
  void give(const Ref<Node>& n, const Tensor& dy) {
    if (n->pending) {
      if (!n->collects) n->pending = add(n->pending, dy);
    } else if (ends(*n)) {
      keep(n, value(dy));
    } else {
      n->pending = value(dy);
      heap_.push_back(n);
      std::push_heap(heap_.begin(), heap_.end(), earlier);
    }
  }
  bool ends(const Node& n) const { return n.edges.empty() || ((stop_ || n.argument) && is_target(n)); }
  static Tensor hooked(const Node& n, Tensor sum) {
    return n.notes && !n.notes->hooks.empty() ? detail::run_hooks(n, std::move(sum)) : sum;
  }
  // A rule may return what it saved, and a caller's cotangent have a past: neither is recorded unless asked
  // for.
  Tensor value(const Tensor& dy) const { return options_.create_graph ? dy : detail::without_node(dy); }

  void step(Node& n, const Tensor& dy) {
    if (n.used_up) fail(n.name, "an earlier backward used this graph up: pass {.retain_graph = true} there.");
    Needs needs;
    for (std::size_t i = 0; i < std::min<std::size_t>(64, n.edges.size()); ++i)
      needs.bits |= std::uint64_t{leads_to_target(n.edges[i].get())} << i;
    Grads g = run_rule(n, dy, needs);
    check_count(n, g);
    if (detail::backward_watcher) [[unlikely]]
      detail::backward_watcher->step(n, dy, needs, g);
    for (int i = 0; i < g.count; ++i) {
      const auto& edge = n.edges[static_cast<std::size_t>(i)];
      if (!leads_to_target(edge.get())) continue;
      check_gradient(n, i, g[i], *edge);
      give(edge, g[i]);
    }
    if (!options_.create_graph && !options_.retain_graph) n.use_up();
  }
  static Grads run_rule(Node& n, const Tensor& dy, Needs needs) {
    if (!context.anomaly) [[likely]]
      return n.backward(dy, needs);
    Grads g = [&] {
      const Restore<bool> as_a_whole(context.anomaly, false);
      return n.backward(dy, needs);
    }();
    detail::check_rule(n, dy, g);
    return g;
  }
  static void check_count(const Node& n, const Grads& g) {
    if (g.count != static_cast<int>(n.edges.size()))
      fail(n.name,
           fmt::format("the gradient rule gave {} gradients for {} inputs.", g.count, n.edges.size()));
  }
  static void check_gradient(const Node& n, int i, const Tensor& g, const Node& input) {
    if (g && ((g.layout().same(input.layout) && g.device() == input.device) || input.collects)) return;
    const bool moved = g && g.device() != input.device;
    const auto text = [moved](const Layout& l, Device d) { return str(l) + (moved ? " on " + str(d) : ""); };
    fail(n.name, fmt::format("the gradient of input {} should be {}, but the rule gave {}.", i,
                             text(input.layout, input.device), g ? text(g.layout(), g.device()) : "none"));
  }
  BackwardOptions options_;
  bool stop_;                   // at targets, whatever lies beyond
  std::vector<Node*> targets_;  // sorted
  Restore<bool> recording_;
  std::uint64_t oldest_, innermost_ = 0;  // of the targets
  std::vector<Ref<Node>> heap_, reached_;
};

// The sums that a backward around this one has gathered in the same nodes.
class AsideSums {
 public:
  explicit AsideSums(const std::vector<Node*>& nodes) {
    for (auto* n : nodes) sums_.emplace_back(n, std::exchange(n->pending, Tensor()));
  }
  ~AsideSums() {
    for (auto& [n, sum] : sums_)
      if (sum) n->pending = std::move(sum);
  }
  AsideSums(const AsideSums&) = delete;
  AsideSums& operator=(const AsideSums&) = delete;

 private:
  std::vector<std::pair<Node*, Tensor>> sums_;
};

void check_cotangent(const char* op, const Tensor& y, const Tensor& dy) {
  if (!dy.layout().same(y.layout()))
    fail(op, fmt::format("the cotangent is {}, but the value is {}.", str(dy.layout()), str(y.layout())));
}
Tensor one_for(const char* op, const Tensor& y) {
  if (y.size() != 1 || !is_floating(y.dtype()))
    fail(op,
         fmt::format(
             "the value is {}: it must be one floating number. Reduce it (sum, mean), or give a cotangent.",
             str(y.layout())));
  return ones_like(y);
}

}  // namespace

Tensor variable(const Tensor& value) {
  if (!is_floating(value.dtype()))
    fail("variable", fmt::format("{} has no gradient: only floating tensors have one.", str(value.layout())));
  if (detail::is_traced(value)) fail("variable", "the value is inside vmap or jvp: use grad or vjp there.");
  Tensor x = value.alias(value.layout());
  auto made = make_node<Leaf>(x.layout());
  if (detail::keep_values) detail::keep_value(*made, x);
  x.attach(std::move(made));
  return x;
}
Tensor variable(double value) { return variable(full({}, value)); }

void zero_grad(const Tensor& x) {
  if (!x.graph() || !node(x)->slot) fail("zero_grad", "the tensor is no variable.");
  set(node(x)->slot, Tensor());
}

std::vector<Tensor> gradients(const std::vector<Tensor>& y, const std::vector<Tensor>& wrt,
                              const std::vector<Tensor>& cotangents, BackwardOptions options) {
  if (y.size() != cotangents.size())
    fail("gradients", fmt::format("there are {} cotangents for {} values.", cotangents.size(), y.size()));
  for (std::size_t i = 0; i < y.size(); ++i)
    if (y[i] && cotangents[i]) check_cotangent("gradients", y[i], cotangents[i]);
  std::vector<Node*> targets;
  for (auto& x : wrt) {
    if (!node(x))
      fail("gradients", fmt::format("{} is not part of a graph: make it a variable.", str(x.layout())));
    targets.push_back(node(x));
  }
  if (targets.empty()) return {};
  Engine engine(options, std::move(targets));
  engine.run(y, cotangents);
  std::vector<Tensor> out;
  for (auto& x : wrt) out.push_back(node(x)->pending ? node(x)->pending : zeros_like(x));
  return out;
}

namespace detail {

std::vector<Tensor> gradients_at(const std::vector<Tensor>& y, const std::vector<Node*>& targets,
                                 const std::vector<Tensor>& cotangents, bool create_graph) {
  if (targets.empty()) return {};
  const AsideSums aside(targets);
  Engine engine({.retain_graph = true, .create_graph = create_graph}, targets, true);
  engine.run(y, cotangents);
  std::vector<Tensor> out;
  for (auto* n : targets) {
    const DeviceScope on(n->device);
    out.push_back(n->pending ? n->pending : zeros(n->layout.shape, n->layout.dtype));
  }
  return out;
}

}  // namespace detail

std::vector<Tensor> gradients(const Tensor& y, const std::vector<Tensor>& wrt, const Tensor& cotangent,
                              BackwardOptions options) {
  return gradients(std::vector{y}, wrt, std::vector{cotangent}, options);
}
std::vector<Tensor> gradients(const Tensor& y, const std::vector<Tensor>& wrt, BackwardOptions options) {
  return gradients(y, wrt, one_for("gradients", y), options);
}

void backward(const Tensor& y, const Tensor& cotangent, BackwardOptions options) {
  check_cotangent("backward", y, cotangent);
  if (detail::is_traced(y)) fail("backward", "the value is inside vmap or jvp: use grad or vjp there.");
  Engine engine(options);
  if (!engine.leads_to_target(node(y)))
    fail("backward", "the value depends on no variable, or was computed under no_grad.");
  engine.seed(y, cotangent);
  engine.run();
  for (auto& n : engine.reached()) {
    if (!n->slot) continue;
    const Tensor before = get(n->slot);
    // With create_graph a gradient keeps its own graph, so that it can be differentiated again.
    Tensor sum = before ? add(before, n->pending) : n->pending;
    if (options.create_graph)
      set_with_graph(n->slot, std::move(sum));
    else
      set(n->slot, std::move(sum));
  }
}
void backward(const Tensor& y, BackwardOptions options) { backward(y, one_for("backward", y), options); }

Tensor stop_gradient(const Tensor& x) { return x.detach(); }

}  // namespace ramie
