#include <ramie/autograd/apply.h>

#include <ramie/tensor/error.h>

namespace ramie {
namespace {

struct ManyNode final : Node {
  std::vector<Ref<Node>> inputs;
  std::function<Grads(const Tensor&, Needs)> rule;

  ManyNode(const char* op, const Layout& l, std::vector<Ref<Node>> in,
           std::function<Grads(const Tensor&, Needs)> r)
      : Node(op, l), inputs(std::move(in)), rule(std::move(r)) {
    edges = inputs;
    for (auto& n : inputs)
      if (n) outermost = std::min(outermost, n->outermost);
  }
  Grads backward(const Tensor& dy, Needs needs) override { return rule(dy, needs); }
};

}  // namespace

namespace detail {

void no_rule(const char* op) {
  fail(op, "this op has no gradient rule: use stop_gradient on its input, or give it a vjp.");
}

}  // namespace detail

Tensor apply_all(const char* name, Tensor y, std::span<const Tensor> inputs,
                 std::function<Grads(const Tensor&, Needs)> rule) {
  std::vector<Ref<Node>> edges;
  std::uint64_t latest = 0;
  for (auto& x : inputs) {
    edges.push_back(Ref<Node>::share(node(x)));
    if (edges.back()) latest = std::max(latest, edges.back()->time);
  }
  if (!latest || !context.grad_enabled || !is_floating(y.dtype())) return y;
  context.clock = std::max(context.clock, latest);
  if (!y.fresh()) y = y.alias(y.layout());
  const Layout layout = y.layout();
  y.attach(make_node<ManyNode>(name, layout, std::move(edges), std::move(rule)));
  return y;
}

}  // namespace ramie
