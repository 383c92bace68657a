#include <ramie/tensor/ops/fused_reduce.h>

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include <ramie/tensor/cpu/parallel.h>
#include <ramie/tensor/error.h>
#include <ramie/tensor/ops/fused_plan.h>

namespace ramie::kernels {
namespace {

constexpr std::size_t buffer_bytes = 1 << 17;
constexpr std::int64_t batch = 4096;  // elements: of short tasks so many are taken together

std::vector<ReducePass> passes_of(const Layout& x, const Reduce& r) {
  std::vector<ReducePass> passes;
  if (x.size != 0)
    for_each_reduce_pass(x.shape, r.axes, r.outputs(x).size,
                         [&](const ReducePass& p, bool) { passes.push_back(p); });
  return passes;
}
std::int64_t elements_of_task(const ReducePass& p) { return std::min(p.n, p.rows) * p.inner; }

// The instruction's place among the results. It is made the last if it is none.
std::size_t result_of(Chain& c, std::uint16_t instruction, const Layout& value) {
  const auto it = std::find(c.results.begin(), c.results.end(), instruction);
  const auto place = static_cast<std::size_t>(it - c.results.begin());
  if (it == c.results.end()) {
    c.results.push_back(instruction);
    c.outputs.push_back(value);
  }
  return place;
}

}  // namespace

bool FusedReduce::fits(const Layout& value, const Reduce& reduce) {
  const auto passes = passes_of(value, reduce);
  return passes.empty() ||
         (passes[0].chunks() == 1 &&
          static_cast<std::size_t>(elements_of_task(passes[0])) * size_of(value.dtype) <= buffer_bytes);
}

FusedReduce::FusedReduce(Chain chain, std::uint16_t instruction, const Layout& value, Reduce reduce)
    : stored_(std::find(chain.results.begin(), chain.results.end(), instruction) != chain.results.end()),
      value_(result_of(chain, instruction, value)),
      fused_(std::move(chain)),
      layout_(value),
      total_(reduce.outputs(value)),
      reduce_(std::move(reduce)),
      passes_(passes_of(value, reduce_)) {
  if (!fits(value, reduce_))
    fail(name, fmt::format("the reduction of {} over axes {} has too large blocks: reduce it by itself.",
                           str(value), str(reduce_.axes)));
}

bool FusedReduce::operator==(const FusedReduce& o) const {
  return fused_ == o.fused_ && stored_ == o.stored_ && value_ == o.value_ && layout_ == o.layout_ &&
         reduce_ == o.reduce_;
}
std::string FusedReduce::attributes() const {
  return fmt::format("{}, {} {}", fused_.attributes(), reduce_.name, reduce_.attributes());
}
double FusedReduce::flops(const Layouts& y, const Layouts& x) const {
  return fused_.flops(y, x) + static_cast<double>(layout_.size);
}

std::vector<Layout> FusedReduce::outputs(std::span<const Tensor> x) const {
  std::vector<Layout> y = fused_.outputs(x);
  y.resize(results());
  y.push_back(total_);
  return y;
}
bool FusedReduce::may_overwrite(std::size_t result, std::size_t input) const {
  return result < results() && fused_.may_overwrite(result, input);
}
std::vector<int> FusedReduce::donors(std::size_t inputs) const {
  std::vector<int> from = fused_.donors(inputs);
  from.resize(results());
  from.push_back(-1);
  return from;
}
std::size_t FusedReduce::workspace(std::span<const Tensor>) const { return reduce_.workspace(layout_); }

void FusedReduce::run(Cpu cpu, const View* y, const View* x) const noexcept {
  const View& total = y[results()];
  if (layout_.size == 0) return std::memset(total.data, 0, total_.bytes()), void();
  if (passes_.empty()) return run_alone(y, x);
  const std::byte* from = nullptr;
  std::byte* scratch = cpu.workspace;
  for (const ReducePass& p : passes_) {
    std::byte* to = &p == &passes_.back() ? total.data : scratch;
    from ? reduce_all(reduce_.op, layout_.dtype, p, to, from) : run_first(p, to, y, x);
    from = to;
    scratch += (static_cast<std::size_t>(p.results()) * size_of(layout_.dtype) + 63) / 64 * 64;
  }
}

// Axes of length 1 alone: the value is the total.
void FusedReduce::run_alone(const View* y, const View* x) const {
  fused_.run(Cpu{}, y, x);  // if it is not stored as well, the two are the same output
  if (stored_) std::memcpy(y[results()].data, y[value_].data, total_.bytes());
}

void FusedReduce::run_first(const ReducePass& p, std::byte* to, const View* y, const View* x) const {
  const std::int64_t task = elements_of_task(p), together = std::max<std::int64_t>(1, batch / task),
                     batches = (p.tasks() + together - 1) / together,
                     grain = std::max<std::int64_t>(1, fused_.plan().grain() / (together * task));
  parallel_for(batches, grain, [&](std::int64_t begin, std::int64_t end) {
    for (; begin < end; ++begin)
      run_tasks(p, to, y, x, begin * together, std::min((begin + 1) * together, p.tasks()));
  });
}

void FusedReduce::run_tasks(const ReducePass& p, std::byte* to, const View* y, const View* x,
                            std::int64_t begin, std::int64_t end) const {
  alignas(64) std::byte buffer[buffer_bytes];
  std::byte* at[Chain::max_instructions];
  const std::int64_t first = p.element(begin);
  for (std::size_t i = 0; i < results(); ++i)
    at[i] = y[i].data + first * static_cast<std::int64_t>(size_of(fused_.chain().outputs[i].dtype));
  if (!stored_) at[value_] = buffer;
  fused_.plan().run(first, p.element(end), at, x);
  reduce_part(reduce_.op, layout_.dtype, p, to, at[value_], begin, end);
}

}  // namespace ramie::kernels
