#include <ramie/autograd/checkpoint.h>

#include <algorithm>
#include <map>
#include <set>

#include <ramie/autograd/apply.h>
#include <ramie/autograd/engine.h>
#include <ramie/tensor/ops/barrier.h>

namespace ramie::detail {
namespace {

using ListFunction = std::function<Tensors(const Tensors&)>;

// What a function found in the cells that it read, for its second run, which leaves them alone.
class Journal final : public Recorder {
 public:
  // Runs f and writes down, or, the second time, reads.
  Tensors run(const ListFunction& f, const Tensors& x) {
    around_ = context.recorder;
    now_ = first_;
    const Restore<Recorder*> here(context.recorder, this);
    Tensors y = f(x);
    again_ = true;
    return y;
  }
  void append(Launch l, std::span<const Tensor> out, std::span<const Tensor> in) override {
    if (around_) around_->append(std::move(l), out, in);
  }
  const Tensor& get(const std::shared_ptr<Cell>& cell) override {
    if (again_)
      if (const auto found = now_.find(cell); found != now_.end()) return found->second;
    const Tensor& value = around_ ? around_->get(cell) : cell->value;
    if (!again_ && !written_.count(cell)) first_.emplace(cell, value);
    return value;
  }
  void set(const std::shared_ptr<Cell>& cell, Tensor value) override {
    if (again_) return now_.insert_or_assign(cell, std::move(value)), void();
    written_.insert(cell);
    if (around_)
      around_->set(cell, std::move(value));
    else
      cell->value = std::move(value);
  }
  void read(const char* op, const Tensor& x) override {
    if (around_) around_->read(op, x);
  }
  void forget(const Storage& storage) override {
    if (around_) around_->forget(storage);
  }

 private:
  using Values = std::map<std::shared_ptr<Cell>, Tensor>;
  Recorder* around_ = nullptr;
  bool again_ = false;
  Values first_, now_;
  std::set<std::shared_ptr<Cell>> written_;
};

// The nodes outside of f that its results lead to: made before it began, or leaves. Not the arguments'.
class Outside {
 public:
  Outside(std::uint64_t start, const Tensors& arguments) : start_(start) {
    for (auto& x : arguments) seen_.insert(node(x));
  }
  std::vector<Ref<Node>> of(const Tensors& y) {
    for (auto& t : y) visit(node(t));
    while (!inside_.empty()) {
      Node* n = inside_.back();
      inside_.pop_back();
      for (auto& e : n->edges) visit(e.get());
    }
    return std::move(found_);
  }

 private:
  void visit(Node* n) {
    if (!n || !seen_.insert(n).second) return;
    if (n->time <= start_ || n->edges.empty())
      found_.push_back(Ref<Node>::share(n));
    else
      inside_.push_back(n);
  }
  std::uint64_t start_;
  std::set<Node*> seen_;
  std::vector<Node*> inside_;
  std::vector<Ref<Node>> found_;
};

// Arguments as they come to the second run: under jit, equal launches would be merged with those of the
// first.
Tensor behind_barrier(const Tensor& x) {
  if (!context.recorder || is_traced(x)) return x;
  return apply("barrier", {x}, Forward{[](auto& v) { return launch(kernels::Barrier{}, v); }},
               Vjp{[](auto& dy) { return Grads{dy}; }}, linear);
}

// One run of f on leaves.
struct Run {
  Level level;
  std::uint64_t start = context.clock;
  Tensors leaves, outputs;
  Run(Journal& journal, const ListFunction& f, const Tensors& x) {
    leaves = x;
    for (auto& t : leaves)
      if (t && is_floating(t.dtype())) t = level.enter(t);
    const Restore<bool> recording(context.grad_enabled, true);
    outputs = journal.run(f, leaves);
  }
};

Tensors pull_again(Journal& journal, const ListFunction& f, const Tensors& x,
                   const std::vector<Ref<Node>>& outside, const Tensors& cotangents) {
  const bool record = context.grad_enabled;
  Tensors behind;
  for (auto& t : x) behind.push_back(behind_barrier(t));
  const Run run(journal, f, behind);
  std::vector<Node*> targets;
  for (auto& t : run.leaves)
    if (t && is_floating(t.dtype())) targets.push_back(node(t));
  for (auto& n : outside) targets.push_back(n.get());
  const Tensors g = gradients_at(run.outputs, targets, cotangents, record);
  Tensors out;
  auto next = g.begin();
  for (auto& t : run.leaves) out.push_back(t && is_floating(t.dtype()) ? *next++ : Tensor());
  out.insert(out.end(), next, g.end());
  return out;
}

Tensors recorded(const ListFunction& f, const Tensors& x) {
  const auto journal = std::make_shared<Journal>();
  std::vector<Ref<Node>> outside;
  Tensors y;
  {
    const Run run(*journal, f, x);
    if (std::any_of(run.outputs.begin(), run.outputs.end(), is_traced)) return run.level.leave(run.outputs);
    outside = Outside(run.start, run.leaves).of(run.outputs);
    for (auto& t : run.outputs) y.push_back(t.detach());
  }
  auto made = make_node<FunctionNode>("checkpoint");
  for (auto& t : x) made->lead_from(t, 0);
  for (auto& n : outside) made->lead_from_node(n.get());
  if (std::none_of(made->edges.begin(), made->edges.end(), [](auto& e) { return static_cast<bool>(e); }))
    return y;
  made->kept = x;
  made->saved = made->kept;
  made->pull = [f, journal, outside](const Tensors& kept, const Tensors& dy) {
    return pull_again(*journal, f, kept, outside, dy);
  };
  return join_outputs(made, y);
}

}  // namespace

Tensors checkpointed(const ListFunction& f, const Tensors& x) {
  std::uint64_t level = 0;
  bool inside = false;
  for (auto& t : x) level = std::max(level, t ? tracer_level(t) : 0);
  for (auto& t : x)
    inside = inside || (t && (as_dual(t, level) || (level && node(t) && node(t)->innermost > level)));
  if (inside || (!level && !context.grad_enabled)) return f(x);
  if (!level) return recorded(f, x);
  const Batches b = batches_of(level, x);
  const ListFunction over = [=](const Tensors& v) {
    return leave_batch(level, b.size, f(enter_batch(level, v)));
  };
  return enter_batch(level, checkpointed(over, b.values));
}

}  // namespace ramie::detail
