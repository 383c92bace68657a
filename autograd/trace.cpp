#include <ramie/autograd/trace.h>

#include <fmt/format.h>

#include <algorithm>

#include <ramie/autograd/grad.h>
#include <ramie/autograd/ops/elementwise.h>
#include <ramie/autograd/ops/shape.h>
#include <ramie/tensor/create.h>
#include <ramie/tensor/error.h>

namespace ramie {
namespace {

thread_local VmapCounts counts;

VmapCount& count_of(std::string_view op) {
  const auto found = counts.find(op);
  return found != counts.end() ? found->second : counts[std::string(op)];
}

}  // namespace

VmapCounts vmap_counts() { return counts; }
void reset_vmap_counts() { counts.clear(); }
std::string str(const VmapCounts& all) {
  std::string out;
  for (auto& [op, n] : all)
    out += fmt::format("{:<24} {:>6} by rule {:>6} by slices\n", op, n.by_rule, n.by_slices);
  return out;
}

namespace detail {
namespace {

Layout one_of(const Layout& batch) {
  Shape shape = batch.shape;
  shape.erase(0);
  return {batch.dtype, shape};
}

Tensor call_dual(const OpCall& op, const Tensor* x, std::uint64_t level) {
  std::vector<Tensor> primal(x, x + op.count), tangent(primal.size());
  for (std::size_t i = 0; i < primal.size(); ++i) {
    if (const Dual* d = as_dual(x[i], level)) primal[i] = d->primal, tangent[i] = d->tangent;
  }
  Tensor y = op.call(primal.data());
  if (!is_floating(y.dtype())) return y;
  const Tensor dy = op.push(y, primal.data(), tangent);
  return dy ? make_dual(level, y, dy) : y;
}

// One slice after the other. Slices are made dense, as the op's function had made its inputs.
Tensor call_slices(const OpCall& op, const Tensor* x, Batch batch) {
  const auto slice_of = [&](std::int64_t at) {
    std::vector<Tensor> one(x, x + op.count);
    for (int i = 0; i < op.count; ++i) {
      const auto k = static_cast<std::size_t>(i);
      if (batch[i])
        one[k] = contiguous(batch.size ? squeeze(slice(x[i], 0, at, at + 1), {0})
                                       : zeros(one_of(x[i].layout()).shape, x[i].dtype()));
    }
    return op.call(one.data());
  };
  std::vector<Tensor> y;
  for (std::int64_t at = 0; at < std::max<std::int64_t>(batch.size, 1); ++at) y.push_back(slice_of(at));
  return batch.size ? stack(y) : slice(expand_dims(y[0], 0), 0, 0, 0);
}

Tensor call_batched(const OpCall& op, const Tensor* x, std::uint64_t level) {
  std::vector<Tensor> values(x, x + op.count);
  Batch batch;
  for (int i = 0; i < op.count; ++i) {
    const Batched* b = as_batched(x[i], level);
    if (!b) continue;
    values[static_cast<std::size_t>(i)] = b->values;
    batch = {b->values.shape(0), batch.bits | std::uint64_t{1} << i};
  }
  Tensor y = op.map(batch, values.data());
  ++(y ? count_of(op.name).by_rule : count_of(op.name).by_slices);
  if (!y) y = call_slices(op, values.data(), batch);
  return make_batched(level, y);
}

// Whether x carries nodes of levels inside of the tracer's.
bool has_node_above(const Tensor& x, std::uint64_t tracer) { return node(x) && node(x)->innermost > tracer; }

}  // namespace

Tensor Batched::detached() const { return make_batched(level, values.detach()); }

Tensor make_dual(std::uint64_t level, const Tensor& primal, const Tensor& tangent) {
  Tensor x = primal.alias(primal.layout());
  x.attach(make_node<Dual>(level, primal, tangent));
  return x;
}
Tensor make_batched(std::uint64_t level, const Tensor& values) {
  Tensor x = Tensor::abstract(one_of(values.layout()), values.device());
  x.attach(make_node<Batched>(level, values));
  return x;
}

template <class T>
const T* as_tracer(const Tensor& x, std::uint64_t level) {
  if (!is_traced(x) || x.graph()->is_node) return nullptr;
  auto* t = static_cast<const Tracer*>(x.graph());
  return t->level == level ? dynamic_cast<const T*>(t) : nullptr;
}
const Dual* as_dual(const Tensor& x, std::uint64_t level) { return as_tracer<Dual>(x, level); }
const Batched* as_batched(const Tensor& x, std::uint64_t level) { return as_tracer<Batched>(x, level); }

std::uint64_t tracer_level(const Tensor& x) {
  if (!is_traced(x)) return 0;
  return x.graph()->is_node ? node(x)->tracer : static_cast<const Tracer*>(x.graph())->level;
}

bool has_node(const Tensor& x) {
  if (!x || !x.graph()) return false;
  if (x.graph()->is_node) return true;
  if (auto* d = dynamic_cast<const Dual*>(x.graph())) return has_node(d->primal) || has_node(d->tangent);
  return has_node(x.graph()->inner());
}

Tensor outside_of(const Tensor& x, std::uint64_t level) {
  Node* n = x ? node(x) : nullptr;
  if (!n || n->innermost <= level) return x;
  if (n->outermost > level) return n->traced ? n->below : x.alias(x.layout());
  Tensor out = x.alias(x.layout());
  auto passage = make_node<Passage>(n);
  if (n->traced) passage->cover(n->below);
  out.attach(std::move(passage));
  return out;
}

Tensor transformed(const OpCall& op, const Tensor* x) {
  std::uint64_t level = 0;
  for (int i = 0; i < op.count; ++i) level = std::max(level, tracer_level(x[i]));
  if (std::any_of(x, x + op.count, [level](auto& t) { return has_node_above(t, level); })) {
    std::vector<Tensor> below;
    for (int i = 0; i < op.count; ++i) below.push_back(outside_of(x[i], level));
    Tensor y = op.call(below.data());
    if (context.grad_enabled && is_floating(y.dtype())) op.join(y, x, level);
    return y;
  }
  const bool forward =
      std::any_of(x, x + op.count, [level](auto& t) { return as_dual(t, level) != nullptr; });
  return forward ? call_dual(op, x, level) : call_batched(op, x, level);
}

std::vector<Tensor> filled(const Tensor* x, Tangents t) {
  std::vector<Tensor> out;
  for (std::size_t i = 0; i < t.size(); ++i) {
    if (!t[i])
      out.push_back(is_floating(x[i].dtype()) ? zeros_like(x[i]) : x[i]);
    else
      out.push_back(x[i].layout().dense ? contiguous(t[i]) : t[i]);
  }
  return out;
}

std::vector<Tensor> all_batched(Batch batch, const Tensor* x, int count) {
  std::vector<Tensor> out(x, x + count);
  for (int i = 0; i < count; ++i) {
    if (batch[i]) continue;
    Shape shape = x[i].shape();
    shape.insert(0, batch.size);
    out[static_cast<std::size_t>(i)] = broadcast_to(x[i], shape);
  }
  return out;
}

std::vector<Tensor> mark(const Tensor* x, Tangents t) {
  std::vector<Tensor> out(x, x + t.size());
  for (std::size_t i = 0; i < t.size(); ++i) {
    if (!t[i] || out[i].graph()) continue;
    out[i] = x[i].alias(x[i].layout());
    out[i].attach(make_node<Leaf>(x[i].layout(), 0, nullptr));
  }
  return out;
}

Tensor add_tangents(const Tensor& a, const Tensor& b) { return a ? add(a, b) : b; }

Tensor push_by_pulling(const Tensor& y, Tangents t, const std::function<Grads(const Tensor& u, Needs)>& vjp) {
  Needs needs;
  for (std::size_t i = 0; i < t.size(); ++i) needs.bits |= std::uint64_t{static_cast<bool>(t[i])} << i;
  Level level;
  const Restore<bool> recording(context.grad_enabled, true);
  const Tensor u = level.enter(zeros_like(y));
  Grads g = vjp(u, needs);
  Tensor sum;
  for (std::size_t i = 0; i < t.size(); ++i) {
    if (!t[i]) continue;
    const Tensor part = level.gradients(g[static_cast<int>(i)], t[i])[0];
    sum = sum ? add(sum, part) : part;
  }
  return level.leave(sum);
}

}  // namespace detail
}  // namespace ramie
