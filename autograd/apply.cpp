#include <ramie/autograd/apply.h>

#include <ramie/autograd/anomaly.h>
#include <ramie/tensor/error.h>

namespace ramie {
namespace {

struct ManyNode final : Node {
  std::vector<Ref<Node>> inputs;
  ManyVjp rule;
  ManyNode(const char* op, const Layout& l, ManyVjp r) : Node(op, l), rule(std::move(r)) {}
  Grads backward(const Tensor& dy, Needs needs) override { return rule(dy, needs); }
};

struct ManyCall final : detail::OpCall {
  const ManyForward &forward, &vmap;
  const ManyVjp& vjp;
  ManyCall(const char* op, std::size_t n, const ManyForward& f, const ManyVjp& v, const ManyForward& m)
      : OpCall(op, static_cast<int>(n)), forward(f), vmap(m), vjp(v) {}

  Tensor call(const Tensor* x) const override {
    return apply_all(name, std::span(x, static_cast<std::size_t>(count)), forward, vjp, vmap);
  }
  void join(Tensor& y, const Tensor* x, std::uint64_t level) const override {
    auto made = make_node<ManyNode>(name, y.layout(), vjp);
    for (int i = 0; i < count; ++i) {
      Node* from = node(x[i]);
      if (from && level && from->innermost <= level) from = nullptr;
      made->inputs.push_back(Ref<Node>::share(from));
      if (!from) continue;
      made->lead_to(from, level);
      made->time = context.clock = std::max(context.clock, from->time + 1);
    }
    made->edges = made->inputs;
    if (detail::is_traced(y)) made->cover(y);
    if (context.anomaly) detail::note_stack(*made);
    if (level || !y.fresh()) y = y.alias(y.layout());
    if (detail::keep_values) detail::keep_value(*made, y);
    y.attach(std::move(made));
  }
  Tensor push(const Tensor&, const Tensor* x, Tangents t) const override {
    return call(detail::filled(x, t).data());
  }
  Tensor map(Batch batch, const Tensor* x) const override {
    return vmap(detail::all_batched(batch, x, count));
  }
};

}  // namespace

namespace detail {

void check_op(const char* name, const Tensor& y, const std::vector<Tensor>& x) {
  check_result(name, y, x.data(), static_cast<int>(x.size()));
}

void no_rule(const char* op) {
  fail(op, "this op has no gradient rule: use stop_gradient on its input, or give it a vjp.");
}

}  // namespace detail

Tensor apply_all(const char* name, std::span<const Tensor> inputs, const ManyForward& forward,
                 const ManyVjp& vjp, const ManyForward& vmap) {
  const ManyCall call(name, inputs.size(), forward, vjp, vmap);
  if (std::any_of(inputs.begin(), inputs.end(), detail::is_traced))
    return detail::transformed(call, inputs.data());
  Tensor y = forward(inputs);
  if (context.anomaly) detail::check_result(name, y, inputs.data(), call.count);
  const bool recorded =
      context.grad_enabled && is_floating(y.dtype()) && std::any_of(inputs.begin(), inputs.end(), node);
  if (recorded) call.join(y, inputs.data(), 0);
  return y;
}

}  // namespace ramie
