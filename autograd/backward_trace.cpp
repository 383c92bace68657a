#include <ramie/autograd/backward_trace.h>

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include <ramie/autograd/formulas.h>
#include <ramie/autograd/ops/elementwise.h>
#include <ramie/autograd/watch.h>
#include <ramie/tensor/create.h>
#include <ramie/tensor/error.h>

namespace ramie {
namespace {

using Value = BackwardTrace::Value;
using Step = BackwardTrace::Step;

class Tracer final : public detail::BackwardWatcher {
 public:
  explicit Tracer(const Tensor& y) : nodes_(detail::nodes_below(node(y))) {
    for (std::size_t i = 0; i < nodes_.size(); ++i) number_[nodes_[i]] = static_cast<int>(i);
    for (auto* n : nodes_) take(*n);
    learn(node(y), y);
  }
  void name(const Names& names) {
    for (auto& [label, x] : names) {
      const auto at = x && node(x) ? number_.find(node(x)) : number_.end();
      if (at == number_.end()) continue;  // not below: drawn by nobody
      trace.values[static_cast<std::size_t>(at->second)].label = label;
      learn(node(x), x);
    }
  }
  void run(const Tensor& y) {
    std::vector<Tensor> leaves;
    for (auto* n : nodes_)
      if (n->edges.empty()) leaves.push_back(stand_in(n));
    trace.values.back().gradient = ones_like(y).detach();
    Restore<detail::BackwardWatcher*> watching(detail::backward_watcher, this);
    gradients(y, leaves, trace.values.back().gradient, {.retain_graph = true});
  }
  void step(const Node& n, const Tensor& dy, Needs needs, const Grads& g) override {
    const auto at = number_.find(&n);
    if (at == number_.end()) return;  // of a backward inside of a rule: checkpoint's
    Step s{at->second, dy.detach(), {}};
    Grads grads = g;
    for (int i = 0; i < grads.count; ++i) {
      Node* to = n.edges[static_cast<std::size_t>(i)].get();
      if (!to || !needs[i]) continue;
      Value& v = trace.values[static_cast<std::size_t>(number_.at(to))];
      const Tensor given = grads[i].detach();
      v.gradient = v.gradient && !to->collects ? add(v.gradient, given) : given;
      s.given.push_back({i, number_.at(to), given, v.gradient, {}});
    }
    trace.steps.push_back(std::move(s));
  }
  // The rules once more, from 1.
  void find_local_derivatives() {
    NoGrad guard;
    for (auto& s : trace.steps) {
      Node& n = *nodes_[static_cast<std::size_t>(s.value)];
      if (s.given.empty() || !has_local(n)) continue;
      Needs needs;
      for (auto& g : s.given)
        if (g.input < 64) needs.bits |= std::uint64_t{1} << g.input;
      Grads local = n.backward(ones_like(s.incoming), needs);
      for (auto& g : s.given) g.local = local[g.input].detach();
    }
  }
  BackwardTrace trace;

 private:
  void take(Node& n) {
    Value v{fmt::format("v{}", trace.values.size()), n.name, n.layout, {}, {}, {}, n.gradient()};
    for (auto& e : n.edges) v.inputs.push_back(e ? number_.at(e.get()) : -1);
    trace.values.push_back(std::move(v));
    for (auto& x : n.saved)
      if (x && node(x)) learn(node(x), x);
    if (n.notes && n.notes->value) learn(&n, n.notes->value);
    if (n.own >= 0) learn(&n, n.saved[static_cast<std::size_t>(n.own)]);
  }
  void learn(Node* n, const Tensor& value) {
    const auto at = number_.find(n);
    if (at == number_.end() || static_cast<std::size_t>(at->second) >= trace.values.size()) return;
    trace.values[static_cast<std::size_t>(at->second)].data = value.detach();
  }
  // Whether 1 gives the local derivative. Functions of several outputs gather what arrives at them: their
  // rules run in the engine alone.
  static bool has_local(const Node& n) {
    const bool gathers =
        n.collects || std::any_of(n.edges.begin(), n.edges.end(), [](auto& e) { return e && e->collects; });
    return !gathers && (n.layout.size == 1 || detail::is_elementwise(n.name));
  }
  // A tensor of the given node, whose value nobody reads.
  static Tensor stand_in(Node* n) {
    Tensor x = Tensor::empty(n->layout, n->device);
    x.attach(Ref<Graph>::share(n));
    return x;
  }
  std::vector<Node*> nodes_;
  std::unordered_map<const Node*, int> number_;
};

}  // namespace

std::vector<Node*> detail::nodes_below(Node* top) {
  std::vector<Node*> found{top};
  std::unordered_map<Node*, bool> seen{{top, true}};
  for (std::size_t i = 0; i < found.size(); ++i)
    for (auto& e : found[i]->edges)
      if (e && !std::exchange(seen[e.get()], true)) found.push_back(e.get());
  std::sort(found.begin(), found.end(), [](auto* a, auto* b) { return a->time < b->time; });
  return found;
}

bool BackwardTrace::has_grads() const {
  return std::any_of(values.begin(), values.end(), [](auto& v) { return v.leaf() && v.grad; });
}

BackwardTrace trace_backward(const Tensor& y, const Names& names) {
  if (!y || !node(y))
    fail("trace_backward", "the value depends on no variable, or was computed under no_grad.");
  if (node(y)->used_up)
    fail("trace_backward",
         "backward() has freed this graph: trace, draw or explain it before, or pass {.retain_graph = true} "
         "there.");
  Tracer tracer(y);
  tracer.name(names);
  tracer.run(y);
  tracer.find_local_derivatives();
  return std::move(tracer.trace);
}

}  // namespace ramie
