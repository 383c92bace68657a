#include <ramie/tensor/ops/fused_reduce.h>

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include <ramie/tensor/cpu/parallel.h>
#include <ramie/tensor/error.h>
#include <ramie/tensor/ops/fused_plan.h>

namespace ramie::kernels {
namespace {

constexpr std::int64_t piece = 1024;  // elements that are reduced at a time
// For a piece, the longest of which is a row, and for running totals.
constexpr std::size_t buffer_bytes = ReducePass::max_chunk * 8 + FusedPlan::apart + 128;

std::vector<ReducePass> passes_of(const Layout& x, const Reduce& r) {
  std::vector<ReducePass> passes;
  const auto add = [&](const ReducePass& p, bool) { passes.push_back(p); };
  if (x.size != 0) for_each_reduce_pass(x.shape, r.axes, r.outputs(x).size, add);
  return passes;
}
std::int64_t elements_of_task(const ReducePass& p) { return std::min(p.n, p.rows) * p.inner; }
std::size_t scratch_of(const ReducePass& p, DType t) {
  return (static_cast<std::size_t>(p.results()) * size_of(t) + 63) / 64 * 64;
}

// The instruction's place among the results, of which it is made the last if it is none.
std::size_t result_of(Chain& c, const FusedReduce::Tail& t) {
  const auto it = std::find(c.results.begin(), c.results.end(), t.instruction);
  const auto place = static_cast<std::size_t>(it - c.results.begin());
  if (it == c.results.end()) {
    c.results.push_back(t.instruction);
    c.outputs.push_back(t.value.compact());
  }
  return place;
}
std::vector<std::size_t> results_of(Chain& c, const std::vector<FusedReduce::Tail>& tails) {
  std::vector<std::size_t> places;
  for (auto& t : tails) places.push_back(result_of(c, t));
  return places;
}

}  // namespace

bool FusedReduce::fits(const Layout& value, const Reduce& reduce) {
  const auto passes = passes_of(value, reduce);
  return passes.empty() || passes[0].chunks() == 1;
}

FusedReduce::FusedReduce(Chain chain, std::vector<Tail> tails)
    : results_(chain.results.size()),
      values_(results_of(chain, tails)),
      fused_(std::move(chain)),
      tails_(std::move(tails)) {
  check();
  for (auto& t : tails_) totals_.push_back(t.reduce.outputs(t.value));
  passes_ = passes_of(tails_[0].value, tails_[0].reduce);
}

void FusedReduce::check() const {
  if (tails_.empty() || tails_.size() > max_tails)
    fail(name, fmt::format("{} reductions: 1 to {} may end a chain.", tails_.size(), max_tails));
  for (auto& t : tails_) {
    if (t.value.shape != tails_[0].value.shape || t.reduce.axes != tails_[0].reduce.axes)
      fail(name,
           fmt::format("reductions of {} over axes {} and of {} over axes {}: all must be of one shape and "
                       "over the same axes.",
                       str(tails_[0].value), str(tails_[0].reduce.axes), str(t.value), str(t.reduce.axes)));
    if (!fits(t.value, t.reduce))
      fail(name,
           fmt::format("the rows of {} are too wide to be reduced over axes {} piece by piece: reduce it by "
                       "itself.",
                       str(t.value), str(t.reduce.axes)));
  }
}

std::string FusedReduce::attributes() const {
  std::string text = fused_.attributes();
  for (auto& t : tails_) text += fmt::format(", {} {}", t.reduce.name, t.reduce.attributes());
  return text;
}
double FusedReduce::flops(const Layouts& y, const Layouts& x) const {
  return fused_.flops(y, x) + static_cast<double>(tails_.size()) * static_cast<double>(tails_[0].value.size);
}

std::vector<Layout> FusedReduce::outputs(std::span<const Tensor> x) const {
  std::vector<Layout> y = fused_.outputs(x);
  y.resize(results_);
  y.insert(y.end(), totals_.begin(), totals_.end());
  return y;
}
bool FusedReduce::may_overwrite(std::size_t result, std::size_t input) const {
  return is_stored(result) && fused_.may_overwrite(result, input);
}
std::vector<int> FusedReduce::donors(std::size_t inputs) const {
  std::vector<int> from = fused_.donors(inputs);
  from.resize(results_);
  from.resize(results_ + totals_.size(), -1);
  return from;
}
std::size_t FusedReduce::workspace(std::span<const Tensor>) const {
  std::size_t bytes = 0;
  for (auto& t : tails_)
    for (auto& p : passes_) bytes += &p == &passes_.back() ? 0 : scratch_of(p, t.value.dtype);
  return bytes;
}

// ---- on the CPU
// --------------------------------------------------------------------------------------------

// Computes and reduces some tasks of the first pass, one after the other.
class FusedReduce::Worker {
 public:
  Worker(const FusedReduce& f, std::byte* const* to, std::int64_t task, const View* y, const View* x)
      : f_(f),
        p_(f.passes_[0]),
        to_(to),
        walk_(f.fused_.plan(), p_.element(task), places(p_.element(task), y), x) {}

  // Short ones together.
  void run(std::int64_t begin, std::int64_t end) {
    const std::int64_t together = piece / elements_of_task(p_);
    if (together == 0) {
      for (; begin < end; ++begin) run_block(begin);
      return;
    }
    for (std::int64_t last; begin < end; begin = last) {
      last = std::min(begin + together, end);
      compute(p_.element(last) - p_.element(begin));
      for (std::size_t t = 0; t < f_.tails_.size(); ++t)
        reduce_part(f_.tails_[t].reduce.op, dtype(t), p_, to_[t], value_[t], begin, last);
    }
  }

 private:
  // Results are written where they belong, other values into a buffer.
  std::byte* const* places(std::int64_t element, const View* y) {
    const Chain& c = f_.fused_.chain();
    for (std::size_t r = 0; r < c.results.size(); ++r)
      at_[r] = f_.is_stored(r) ? y[r].data + element * static_cast<std::int64_t>(size_of(c.outputs[r].dtype))
                               : buffer_[r - f_.results_];
    return at_;
  }
  // The next n elements; value_ is where the reduced ones are.
  void compute(std::int64_t n) {
    for (std::size_t t = 0; t < f_.tails_.size(); ++t) {
      const std::size_t v = f_.values_[t];
      if (!f_.is_stored(v)) walk_.place(v, at_[v]);
      value_[t] = at_[v];
    }
    walk_.run(n);
    for (std::size_t r = 0; r < f_.results_; ++r)
      at_[r] += n * static_cast<std::int64_t>(size_of(f_.fused_.chain().outputs[r].dtype));
  }
  void run_block(std::int64_t task) {
    const std::int64_t left = (p_.element(task + 1) - p_.element(task)) / p_.inner, fold = p_.fold_of(left),
                       step = fold * ReducePass::together(static_cast<std::size_t>(fold * p_.inner)),
                       steps = std::max<std::int64_t>(1, piece / (step * p_.inner)) * step;
    const std::int64_t first = std::min(left, steps - step + fold);
    add({first, p_.inner, fold, true, first == left}, task);
    for (std::int64_t at = first, rows; at < left; at += rows) {
      rows = std::min(left - at, steps);
      add({rows, p_.inner, fold, false, at + rows == left}, task);
    }
  }
  void add(const ReducePiece& rows, std::int64_t task) {
    compute(rows.rows * rows.width);
    for (std::size_t t = 0; t < f_.tails_.size(); ++t) {
      const auto bytes = p_.inner * static_cast<std::int64_t>(size_of(dtype(t)));
      reduce_piece(f_.tails_[t].reduce.op, dtype(t), rows, to_[t] + task * bytes, lanes_[t], value_[t]);
    }
  }
  DType dtype(std::size_t tail) const { return f_.tails_[tail].value.dtype; }

  const FusedReduce& f_;
  const ReducePass& p_;
  std::byte* const* to_;
  std::byte *at_[Chain::max_instructions], *value_[max_tails];
  FusedPlan::Walk walk_;
  alignas(64) std::byte buffer_[max_tails][buffer_bytes], lanes_[max_tails][buffer_bytes];
};

void FusedReduce::run_first(std::byte* const* to, const View* y, const View* x) const {
  const ReducePass& p = passes_[0];
  const std::int64_t grain = std::max<std::int64_t>(1, fused_.plan().grain() / elements_of_task(p));
  parallel_for(p.tasks(), grain,
               [&](std::int64_t begin, std::int64_t end) { Worker(*this, to, begin, y, x).run(begin, end); });
}

void FusedReduce::run(Cpu cpu, const View* y, const View* x) const noexcept {
  if (tails_[0].value.size == 0) {
    for (std::size_t t = 0; t < tails_.size(); ++t) std::memset(y[results_ + t].data, 0, totals_[t].bytes());
    return;
  }
  if (passes_.empty()) return run_alone(y, x);
  std::byte* to[max_tails];
  std::byte* scratch = cpu.workspace;
  const auto target = [&](const ReducePass& p, std::size_t t) {
    std::byte* const next = &p == &passes_.back() ? y[results_ + t].data : scratch;
    if (next == scratch) scratch += scratch_of(p, tails_[t].value.dtype);
    return next;
  };
  for (std::size_t t = 0; t < tails_.size(); ++t) to[t] = target(passes_[0], t);
  run_first(to, y, x);
  for (auto p = passes_.begin() + 1; p != passes_.end(); ++p)
    for (std::size_t t = 0; t < tails_.size(); ++t) {
      const std::byte* from = std::exchange(to[t], target(*p, t));
      reduce_all(tails_[t].reduce.op, tails_[t].value.dtype, *p, to[t], from);
    }
}

// Axes of length 1 alone: the values are the totals.
void FusedReduce::run_alone(const View* y, const View* x) const {
  View out[Chain::max_instructions];
  std::copy(y, y + results_, out);
  for (std::size_t t = tails_.size(); t-- > 0;)
    if (!is_stored(values_[t])) out[values_[t]] = y[results_ + t];
  fused_.run(Cpu{}, out, x);
  for (std::size_t t = 0; t < tails_.size(); ++t)
    if (const View& total = y[results_ + t]; total.data != out[values_[t]].data)
      std::memcpy(total.data, out[values_[t]].data, totals_[t].bytes());
}

}  // namespace ramie::kernels
