#include <algorithm>
#include <numeric>

#include <ramie/tensor/ops/fused_reduce.h>
#include <ramie/tensor/program/edit.h>
#include <ramie/tensor/program/passes.h>

namespace ramie::passes {
namespace {

using kernels::Cast, kernels::Chain, kernels::Elementwise, kernels::Fused, kernels::FusedReduce,
    kernels::Reduce;

// ---- which steps become one
// --------------------------------------------------------------------------------

// Groups of elementwise steps and of reductions of their values, in an order in which they can run: each
// after those that it reads from.
class Groups {
 public:
  explicit Groups(const Program& p)
      : program_(p),
        writer_(find_writers(p)),
        group_(p.steps.size()),
        order_(p.steps.size()),
        mark_(p.steps.size()) {
    std::iota(order_.begin(), order_.end(), 0);
    group_ = place_ = order_;
    for (int i : order_) members_.push_back({i}), elementwise_.push_back(is_elementwise(step(i)));
    for (auto& [writer, reader] : find_pairs()) merge(group_of(writer), group_of(reader));
  }
  // f(steps of a group)
  template <class F>
  void for_each(const F& f) const {
    for (int g : order_)
      if (g >= 0) f(members_[at(g)]);
  }

 private:
  // How far apart joined steps may be. Nearly all are neighbours, and so the pass is linear.
  static constexpr int farthest = 256;

  static std::size_t at(int i) { return static_cast<std::size_t>(i); }
  const Program::Step& step(int i) const { return program_.steps[at(i)]; }
  int writer(const Program::Operand& o) const { return o.buffer == Program::none ? -1 : writer_[o.buffer]; }
  int group_of(int step) const { return step < 0 ? -1 : group_[at(step)]; }
  const std::vector<int>& members(int group) const { return members_[at(group)]; }

  // Neighbours first: a step belongs to what is computed with it, and not to what it happens to read from
  // afar.
  std::vector<std::pair<int, int>> find_pairs() const {
    std::vector<std::pair<int, int>> pairs;
    for (int i = 0; i < static_cast<int>(group_.size()); ++i)
      for (auto& o : step(i).in)
        if (joins(i, o)) pairs.emplace_back(writer(o), i);
    const auto nearer = [](auto& a, auto& b) { return a.second - a.first < b.second - b.first; };
    std::stable_sort(pairs.begin(), pairs.end(), nearer);
    return pairs;
  }

  bool is_elementwise(const Program::Step& s) const {
    return (kernel_of<Elementwise>(s) || kernel_of<Cast>(s)) && s.out[0].whole(program_) &&
           std::all_of(s.in.begin(), s.in.end(),
                       [&](auto& o) { return o.layout.size == s.out[0].layout.size; });
  }
  // Whether step i and the one that writes its operand may be in one group.
  bool joins(int i, const Program::Operand& o) const {
    const int from = writer(o);
    return from >= 0 && elementwise_[at(from)] && o.whole(program_) &&
           o.layout.dtype == step(from).out[0].layout.dtype && (elementwise_[at(i)] || is_tail(step(i)));
  }
  static bool is_tail(const Program::Step& s) {
    const auto* reduce = kernel_of<Reduce>(s);
    return reduce && FusedReduce::fits(s.in[0].layout, *reduce);
  }
  std::vector<const Program::Step*> tails(int group) const {
    std::vector<const Program::Step*> out;
    for (int i : members(group))
      if (!elementwise_[at(i)]) out.push_back(&step(i));
    return out;
  }
  bool tails_fit(int a, int b) const {
    const auto x = tails(a), y = tails(b);
    if (x.empty() || y.empty()) return true;
    return x.size() + y.size() <= FusedReduce::max_tails &&
           x[0]->in[0].layout.shape == y[0]->in[0].layout.shape &&
           kernel_of<Reduce>(*x[0])->axes == kernel_of<Reduce>(*y[0])->axes;
  }

  // b reads a. They can be one unless b needs something else that needs a.
  void merge(int a, int b) {
    if (a == b || place_[at(b)] - place_[at(a)] > farthest) return;
    if (members(a).size() + members(b).size() > Chain::max_instructions || inputs(a, b) > Chain::max_inputs)
      return;
    if (!tails_fit(a, b)) return;
    ++search_;
    for (int p = place_[at(b)]; p > place_[at(a)]; --p)
      if (const int g = order_[at(p)]; g == b || (g >= 0 && mark_[at(g)] == search_))
        if (!mark_sources(g, a, g == b)) return;
    move_together(a, b);
    for (int i : members(b)) group_[at(i)] = a;
    std::vector<int> both;
    std::merge(members(a).begin(), members(a).end(), members(b).begin(), members(b).end(),
               std::back_inserter(both));
    members_[at(a)] = std::move(both);
    members_[at(b)].clear();
  }
  // Marks the groups that g reads. False if one of them is a, otherwise than as a part of one group with it.
  bool mark_sources(int g, int a, bool may_join) {
    for (int i : members(g))
      for (auto& o : step(i).in) {
        const int from = group_of(writer(o));
        if (from == a && !(may_join && joins(i, o))) return false;
        if (from >= 0) mark_[at(from)] = search_;
      }
    return true;
  }
  // In the place of a, what lies between and b needs; then the two as a; then the rest.
  void move_together(int a, int b) {
    const auto first = order_.begin() + place_[at(a)], last = order_.begin() + place_[at(b)];
    *last = -1;
    const auto middle =
        std::stable_partition(first + 1, last + 1, [&](int g) { return g >= 0 && mark_[at(g)] == search_; });
    std::rotate(first, first + 1, middle);
    for (auto p = first; p <= last; ++p)
      if (*p >= 0) place_[at(*p)] = static_cast<int>(p - order_.begin());
  }
  std::size_t inputs(int a, int b) const {
    std::vector<const Program::Operand*> seen;
    for (int group : {a, b})
      for (int i : members(group))
        for (auto& o : step(i).in)
          if (const int from = group_of(writer(o)); from != a && from != b)
            if (std::none_of(seen.begin(), seen.end(), [&](auto* s) { return same(*s, o); }))
              seen.push_back(&o);
    return seen.size();
  }

  const Program& program_;
  std::vector<int> writer_, group_;
  std::vector<bool> elementwise_;
  std::vector<std::vector<int>> members_;  // of each group, in order
  std::vector<int> order_, place_;         // of the groups; -1: nothing is in that place any more
  std::vector<int> mark_;                  // the last search that has come by
  int search_ = 0;
};

// ---- one step of a group
// -----------------------------------------------------------------------------------

template <class K>
Launch launch_of(K kernel, Device device) {
  const std::size_t scratch = detail::scratch_bytes(kernel, device, std::span<const Tensor>());
  return make_launch(std::move(kernel), device, scratch);
}

// A group as a chain, and the reductions that it ends in. A value that others need is a result.
class Fuse {
 public:
  Fuse(const Program& p, const std::vector<int>& members, const std::vector<int>& readers)
      : readers_(readers) {
    for (int i : members) {
      const Program::Step* s = &p.steps[static_cast<std::size_t>(i)];
      (kernel_of<Reduce>(*s) ? tails_ : steps_).push_back(s);
    }
    for (auto* s : steps_)
      for (auto& o : s->in)
        if (place_of(o) < 0 && writer_of(o) < 0) in_.push_back(o);
    for (auto& o : in_) chain_.inputs.push_back(o.layout);
    for (auto* s : steps_) add(*s);
  }
  // Without outputs if nobody needs it.
  Program::Step operator()() && {
    const Device device = steps_[0]->launch.device;
    if (!tails_.empty()) return reduced(device);
    if (out_.empty()) return {};
    return {launch_of(Fused(std::move(chain_)), device), std::move(out_), std::move(in_)};
  }

 private:
  Program::Step reduced(Device device) {
    std::vector<FusedReduce::Tail> tails;
    for (auto* s : tails_) {
      const Program::Operand& value = s->in[0];
      tails.push_back({static_cast<std::uint16_t>(writer_of(value)), value.layout, *kernel_of<Reduce>(*s)});
      out_.push_back(s->out[0]);
    }
    return {launch_of(FusedReduce(std::move(chain_), std::move(tails)), device), std::move(out_),
            std::move(in_)};
  }
  void add(const Program::Step& s) {
    const Program::Operand& y = s.out[0];
    const auto number = static_cast<std::uint16_t>(chain_.instructions.size());
    Chain::Instruction i{Cast{y.layout.dtype}, {}, y.layout.dtype};
    if (const auto* e = kernel_of<Elementwise>(s)) i.kernel = *e;
    std::transform(s.in.begin(), s.in.end(), i.operands.begin(), [&](auto& o) { return value_of(o); });
    chain_.instructions.push_back(i);
    if (readers_[y.buffer] == readers_here(y.buffer)) return;
    chain_.results.push_back(number);
    chain_.outputs.push_back(y.layout);
    out_.push_back(y);
  }
  std::uint16_t value_of(const Program::Operand& o) const {
    const int writer = writer_of(o);
    return static_cast<std::uint16_t>(writer < 0 ? place_of(o) : static_cast<int>(in_.size()) + writer);
  }
  int place_of(const Program::Operand& o) const {
    const auto it = std::find_if(in_.begin(), in_.end(), [&](auto& x) { return same(x, o); });
    return it == in_.end() ? -1 : static_cast<int>(it - in_.begin());
  }
  int writer_of(const Program::Operand& o) const {
    const auto writes = [&](auto* s) { return s->out[0].buffer == o.buffer; };
    const auto it = std::find_if(steps_.begin(), steps_.end(), writes);
    return it == steps_.end() ? -1 : static_cast<int>(it - steps_.begin());
  }
  int readers_here(std::uint32_t buffer) const {
    int n = 0;
    for (auto* list : {&steps_, &tails_})
      for (auto* s : *list)
        for (auto& o : s->in) n += o.buffer == buffer;
    return n;
  }

  const std::vector<int>& readers_;
  std::vector<const Program::Step*> steps_, tails_;
  Chain chain_;
  std::vector<Program::Operand> out_, in_;
};

// ---- over which input a result may be written
// --------------------------------------------------------------

// The donation pass decides; here the best candidate is named: a variable's old value for its new one, or
// else an input that is needed no more.
class Donors {
 public:
  explicit Donors(const Program& p) : program_(p), lives_(find_lives(p)), kept_(find_kept(p)) {}
  std::vector<int> operator()(int at, const Program::Step& s) const {
    std::vector<int> from(s.out.size(), -1);
    for (std::size_t r = 0; r < s.out.size(); ++r)
      for (int i = 0; i < static_cast<int>(s.in.size()); ++i)
        if (std::find(from.begin(), from.end(), i) == from.end() &&
            fits(at, s, r, static_cast<std::size_t>(i)))
          from[r] = i;
    return from;
  }

 private:
  bool fits(int at, const Program::Step& s, std::size_t r, std::size_t i) const {
    const std::uint32_t id = s.in[i].buffer;
    if (!may_overwrite(s, r, i) || lives_[id].last != at || kept_[id]) return false;
    const auto& b = program_.buffers[id];
    if (b.kind == Program::Kind::temporary) return !kept_[s.out[r].buffer];
    if (b.kind != Program::Kind::state) return false;
    return program_.states[static_cast<std::size_t>(b.number)].after.buffer == s.out[r].buffer;
  }
  static bool may_overwrite(const Program::Step& s, std::size_t r, std::size_t i) {
    if (const auto* f = kernel_of<Fused>(s)) return f->may_overwrite(r, i);
    return kernel_of<FusedReduce>(s)->may_overwrite(r, i);
  }

  const Program& program_;
  std::vector<Life> lives_;
  std::vector<bool> kept_;
};

}  // namespace

// Chains of elementwise steps become one, which leaves out the memory between them, and reduces its value
// while that is in the cache.
void fusion(Program& p) {
  const Groups groups(p);
  const std::vector<int> readers = count_readers(p);
  std::vector<Program::Step> steps;
  groups.for_each([&](const std::vector<int>& members) {
    if (members.size() == 1) return steps.push_back(std::move(p.steps[static_cast<std::size_t>(members[0])]));
    Program::Step fused = Fuse(p, members, readers)();
    if (!fused.out.empty()) steps.push_back(std::move(fused));
  });
  p.steps = std::move(steps);
  const Donors donors(p);
  for (std::size_t i = 0; i < p.steps.size(); ++i)
    if (kernel_of<Fused>(p.steps[i]) || kernel_of<FusedReduce>(p.steps[i]))
      p.steps[i].launch.donors = donors(static_cast<int>(i), p.steps[i]);
}

}  // namespace ramie::passes
