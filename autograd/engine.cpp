#include <ramie/autograd/engine.h>

#include <fmt/format.h>

#include <algorithm>

#include <ramie/autograd/ops/elementwise.h>
#include <ramie/tensor/create.h>
#include <ramie/tensor/error.h>

namespace ramie {
namespace {

// Youngest node first; a node waits once, with the running sum of its cotangents. Backward stops at the targets and
// at nodes older than `cutoff`, which no target can be below of.
class Engine {
 public:
  Engine(BackwardOptions options, std::uint64_t cutoff)
      : options_(options), cutoff_(cutoff), recording_(context.grad_enabled, options.create_graph) {}
  ~Engine() {  // also when a rule throws
    for (auto* list : {&heap_, &leaves_})
      for (auto& n : *list) n->pending = Tensor();
  }
  void give(const Ref<Node>& n, Tensor dy) {
    if (n->pending) {
      n->pending = add(n->pending, dy);
      return;
    }
    n->pending = std::move(dy);
    if (n->edges.empty() || is_target(*n)) return leaves_.push_back(n);
    heap_.push_back(n);
    std::push_heap(heap_.begin(), heap_.end(), earlier);
  }
  void run(const Tensor& y, const Tensor& dy, const std::vector<Node*>& targets) {
    targets_ = targets;
    give(Ref<Node>::share(node(y)), dy);
    while (!heap_.empty()) {
      std::pop_heap(heap_.begin(), heap_.end(), earlier);
      Ref<Node> n = std::move(heap_.back());
      heap_.pop_back();
      step(*n, std::exchange(n->pending, Tensor()));
    }
  }
  const std::vector<Ref<Node>>& leaves() const { return leaves_; }

 private:
  static bool earlier(const Ref<Node>& a, const Ref<Node>& b) { return a->time < b->time; }
  bool is_target(const Node& n) const {
    return n.time >= cutoff_ && std::find(targets_.begin(), targets_.end(), &n) != targets_.end();
  }
  void step(Node& n, const Tensor& dy) {
    if (n.used_up) fail(n.name, "an earlier backward used this graph up: pass {.retain_graph = true} there.");
    Needs needs;
    for (std::size_t i = 0; i < n.edges.size(); ++i)
      needs.bits |= std::uint64_t{n.edges[i] && n.edges[i]->time >= cutoff_} << i;
    Grads g = n.backward(dy, needs);
    check_count(n, g);
    for (int i = 0; i < g.count; ++i) {
      const auto& edge = n.edges[static_cast<std::size_t>(i)];
      if (!needs[i]) continue;
      check_gradient(n, i, g[i], edge->layout);
      give(edge, std::move(g[i]));
    }
    if (!options_.create_graph && !options_.retain_graph) n.use_up();
  }
  static void check_count(const Node& n, const Grads& g) {
    if (g.count != static_cast<int>(n.edges.size()))
      fail(n.name, fmt::format("the gradient rule gave {} gradients for {} inputs.", g.count, n.edges.size()));
  }
  static void check_gradient(const Node& n, int i, const Tensor& g, const Layout& wanted) {
    if (g && g.layout().same(wanted)) return;
    fail(n.name, fmt::format("the gradient of input {} should be {}, but the rule gave {}.", i, str(wanted),
                             g ? str(g.layout()) : "none"));
  }
  BackwardOptions options_;
  std::uint64_t cutoff_;
  Restore<bool> recording_;
  std::vector<Node*> targets_;
  std::vector<Ref<Node>> heap_, leaves_;
};

void check_cotangent(const char* op, const Tensor& y, const Tensor& dy) {
  if (!dy.layout().same(y.layout()))
    fail(op, fmt::format("the cotangent is {}, but the value is {}.", str(dy.layout()), str(y.layout())));
}
Tensor one_for(const char* op, const Tensor& y) {
  if (y.size() != 1 || !is_floating(y.dtype()))
    fail(op, fmt::format("the value is {}: it must be one floating number. Reduce it (sum, mean), or give a cotangent.",
                         str(y.layout())));
  return full(y.shape(), 1, y.dtype());
}

}  // namespace

Tensor variable(const Tensor& value) {
  if (!is_floating(value.dtype()))
    fail("variable", fmt::format("{} has no gradient: only floating tensors have one.", str(value.layout())));
  Tensor x = value.alias(value.layout());
  x.attach(make_node<Leaf>(x, true));
  return x;
}
Tensor variable(double value) { return variable(full({}, value)); }

void zero_grad(const Tensor& x) {
  if (!x.graph() || !node(x)->slot) fail("zero_grad", "the tensor is no variable.");
  set(node(x)->slot, Tensor());
}

std::vector<Tensor> gradients(const Tensor& y, const std::vector<Tensor>& wrt, const Tensor& cotangent,
                              BackwardOptions options) {
  check_cotangent("gradients", y, cotangent);
  std::vector<Node*> targets;
  std::uint64_t cutoff = ~std::uint64_t{0};
  for (auto& x : wrt) {
    if (!node(x)) fail("gradients", fmt::format("{} is not part of a graph: make it a variable.", str(x.layout())));
    targets.push_back(node(x));
    cutoff = std::min(cutoff, node(x)->time);
  }
  Engine engine(options, cutoff);
  if (y.graph() && node(y)->time >= cutoff) engine.run(y, cotangent, targets);
  std::vector<Tensor> out;
  for (auto& x : wrt) out.push_back(node(x)->pending ? node(x)->pending : zeros(x.shape(), x.dtype()));
  return out;
}
std::vector<Tensor> gradients(const Tensor& y, const std::vector<Tensor>& wrt, BackwardOptions options) {
  return gradients(y, wrt, one_for("gradients", y), options);
}

void backward(const Tensor& y, const Tensor& cotangent, BackwardOptions options) {
  check_cotangent("backward", y, cotangent);
  if (!y.graph()) fail("backward", "the value depends on no variable, or was computed under no_grad.");
  Engine engine(options, 0);
  engine.run(y, cotangent, {});
  for (auto& n : engine.leaves()) {
    if (!n->slot) continue;
    const Tensor before = get(n->slot);
    // With create_graph a gradient keeps its own graph, so that it can be differentiated again.
    Tensor sum = before ? add(before, n->pending) : n->pending;
    if (options.create_graph) n->slot->value = std::move(sum);
    else set(n->slot, std::move(sum));
  }
}
void backward(const Tensor& y, BackwardOptions options) { backward(y, one_for("backward", y), options); }

Tensor stop_gradient(const Tensor& x) { return x.detach(); }

}  // namespace ramie
