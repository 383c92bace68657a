#include <ramie/autograd/function.h>

#include <fmt/format.h>

#include <algorithm>

#include <ramie/autograd/grad.h>
#include <ramie/autograd/ops/elementwise.h>
#include <ramie/autograd/ops/shape.h>
#include <ramie/tensor/create.h>
#include <ramie/tensor/error.h>

namespace ramie::detail {
namespace {

struct OutputNode final : Node {
  std::array<Ref<Node>, 1> input;
  std::size_t index;
  OutputNode(const Ref<FunctionNode>& made, const Tensor& y, std::size_t i)
      : Node(made->name, y.layout()), input{Ref<Node>::share(made.get())}, index(i) {
    edges = input;
    lead_to(made.get());
  }
  Grads backward(const Tensor& dy, Needs) override {
    static_cast<FunctionNode&>(*input[0]).arrived[index] = dy;
    return {dy};
  }
};

Tensors record(const Function& f, const Tensors& x, std::uint64_t level) {
  Tensors below;
  for (auto& t : x) below.push_back(outside_of(t, level));
  Pass pass = f.forward(x);
  if (level) pass.outputs = call_function(f, below);  // the levels below see the function, too
  auto made = make_node<FunctionNode>(f.name);
  for (auto& t : x) made->lead_from(t, level);
  made->kept = std::move(pass.kept);
  made->saved = made->kept;
  made->pull = std::move(pass.pull);
  for (auto& t : pass.outputs) t = without_node(t);
  return join_outputs(made, pass.outputs);
}

// J t from the rule for J^T u.
Tensors pushed(const Function& f, const Tensors& x, const Tensors& tangents, const Tensors& y) {
  Level level;
  const Restore<bool> recording(context.grad_enabled, true);
  const Pass pass = f.forward(x);
  Tensors u, pulled, given;
  for (auto& t : y) u.push_back(is_floating(t.dtype()) ? level.enter(zeros_like(t)) : zeros_like(t));
  const Tensors g = pass.pull(pass.kept, u);
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (!tangents[i] || !g.at(i)) continue;
    pulled.push_back(g[i]);
    given.push_back(tangents[i]);
  }
  Tensors out(y.size());
  auto next = level.leave(level.gradients(pulled, given));
  for (std::size_t i = 0, k = 0; i < y.size(); ++i)
    if (is_floating(y[i].dtype())) out[i] = next[k++];
  return out;
}

Tensors call_dual(const Function& f, const Tensors& x, std::uint64_t level) {
  Tensors primals = x, tangents(x.size());
  for (std::size_t i = 0; i < x.size(); ++i)
    if (const Dual* d = as_dual(x[i], level)) primals[i] = d->primal, tangents[i] = d->tangent;
  Tensors y, dy;
  if (f.push) {
    std::tie(y, dy) = f.push(primals, filled(primals.data(), tangents));
  } else {
    y = call_function(f, primals);
    dy = pushed(f, primals, tangents, y);
  }
  for (std::size_t i = 0; i < y.size(); ++i)
    if (is_floating(y[i].dtype()) && dy.at(i)) y[i] = make_dual(level, y[i], dy[i]);
  return y;
}

// The function over a batch: its parts run inside the vmap.
Function batched(const Function& f, std::uint64_t level, std::int64_t size) {
  const auto in = [level](const Tensors& x) { return enter_batch(level, x); };
  const auto out = [level, size](const Tensors& y) { return leave_batch(level, size, y); };
  Function b{f.name, [=](const Tensors& x) { return out(f.value(in(x))); }, {}, {}};
  b.forward = [=](const Tensors& x) {
    Pass pass = f.forward(in(x));
    const auto pull = [=, one = pass.pull](const Tensors& kept, const Tensors& dy) {
      return out(one(in(kept), in(dy)));
    };
    return Pass{out(pass.outputs), out(pass.kept), pull};
  };
  if (f.push)
    b.push = [=](const Tensors& x, const Tensors& t) {
      auto [y, dy] = f.push(in(x), in(t));
      return std::pair(out(y), out(dy));
    };
  return b;
}

}  // namespace

void FunctionNode::lead_from_node(Node* n, std::uint64_t above) {
  inputs.push_back(Ref<Node>::share(n));
  edges = inputs;
  if (!n) return;
  lead_to(n, above);
  time = context.clock = std::max({context.clock, time, n->time + 1});
}
void FunctionNode::lead_from(const Tensor& x, std::uint64_t above) {
  Node* n = node(x);
  lead_from_node(n && (!above || n->innermost > above) ? n : nullptr, above);
}

Grads FunctionNode::backward(const Tensor&, Needs) {
  Tensors dy = std::exchange(arrived, Tensors(outputs.size()));
  for (std::size_t i = 0; i < dy.size(); ++i) {
    const DeviceScope on(outputs[i].second);
    if (!dy[i]) dy[i] = zeros(outputs[i].first.shape, outputs[i].first.dtype);
  }
  return Grads(pull(kept, dy));
}
void FunctionNode::clear() {
  Node::clear();
  std::fill(arrived.begin(), arrived.end(), Tensor());
}

Tensors join_outputs(const Ref<FunctionNode>& made, const Tensors& y) {
  made->arrived.resize(y.size());
  Tensors out;
  for (std::size_t i = 0; i < y.size(); ++i) {
    made->outputs.emplace_back(y[i].layout(), y[i].device());
    out.push_back(y[i]);
    if (!is_floating(y[i].dtype())) continue;
    out[i] = y[i].alias(y[i].layout());
    auto n = make_node<OutputNode>(made, y[i], i);
    if (is_traced(y[i])) n->cover(y[i]);
    out[i].attach(std::move(n));
  }
  return out;
}

Tensors enter_batch(std::uint64_t level, const Tensors& batches) {
  Tensors out;
  for (auto& t : batches) out.push_back(t ? make_batched(level, t) : t);
  return out;
}

Tensors leave_batch(std::uint64_t level, std::int64_t size, const Tensors& y) {
  Tensors out;
  for (auto& t : y) {
    if (!t) {
      out.push_back(t);
      continue;
    }
    const Tensor below = outside_of(t, level);
    const Batched* b = as_batched(below, level);
    Shape shape = below.shape();
    shape.insert(0, size);
    out.push_back(b ? b->values : broadcast_to(below, shape));
  }
  return out;
}

Batches batches_of(std::uint64_t level, const Tensors& x) {
  std::int64_t size = 0;
  for (auto& t : x)
    if (const Batched* b = as_batched(t, level)) size = b->values.shape(0);
  return {leave_batch(level, size, x), size};
}

Tensors call_function(const Function& f, const Tensors& x) {
  std::uint64_t level = 0;
  for (auto& t : x) level = std::max(level, tracer_level(t));
  const auto above = [level](const Tensor& t) { return node(t) && (!level || node(t)->innermost > level); };
  if (std::any_of(x.begin(), x.end(), above)) {
    if (context.grad_enabled) return record(f, x, level);
    Tensors below;
    for (auto& t : x) below.push_back(level ? outside_of(t, level) : t.detach());
    return call_function(f, below);
  }
  if (!level) return f.value(x);
  const bool forward = std::any_of(x.begin(), x.end(), [level](auto& t) { return as_dual(t, level); });
  if (forward) return call_dual(f, x, level);
  const Batches b = batches_of(level, x);
  return enter_batch(level, call_function(batched(f, level, b.size), b.values));
}

}  // namespace ramie::detail
