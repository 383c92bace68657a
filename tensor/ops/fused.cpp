#include <ramie/tensor/ops/fused.h>

#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include <ramie/tensor/cpu/parallel.h>
#include <ramie/tensor/error.h>
#include <ramie/tensor/ops/fused_plan.h>
#if RAMIE_CUDA
#include <ramie/tensor/cuda/fused_kernel.h>
#endif

namespace ramie::kernels {

int Chain::Instruction::tensors() const {
  const auto* e = std::get_if<Elementwise>(&kernel);
  return e ? e->op->operands - std::popcount(e->is_number) : 1;
}
bool Chain::Instruction::reads(std::size_t value) const {
  const auto end = operands.begin() + tensors();
  return std::find(operands.begin(), end, value) != end;
}
const char* Chain::Instruction::name() const {
  return std::visit([](auto& k) { return k.name; }, kernel);
}
bool Chain::Instruction::operator==(const Instruction& o) const {
  return kernel == o.kernel && dtype == o.dtype &&
         std::equal(operands.begin(), operands.begin() + tensors(), o.operands.begin());
}

std::string Chain::text() const {
  std::string names;
  for (const auto& i : instructions) names += (names.empty() ? "" : ", ") + std::string(i.name());
  return names;
}

namespace {

DType result_dtype(const Elementwise& k, std::span<const Layout> x) {
  return x.size() == 1   ? k.outputs(x[0]).dtype
         : x.size() == 2 ? k.outputs(x[0], x[1]).dtype
                         : k.outputs(x[0], x[1], x[2]).dtype;
}
DType result_dtype(const Cast& k, std::span<const Layout>) { return k.to; }

void check_instruction(const Chain& c, std::size_t k) {
  const auto& i = c.instructions[k];
  const auto n = static_cast<std::size_t>(i.tensors());
  std::array<Layout, most_operands> x;
  for (std::size_t t = 0; t < n; ++t) {
    if (i.operands[t] >= c.inputs.size() + k)
      fail(Fused::name, fmt::format("instruction {} ({}) reads the value {}, which comes later.", k, i.name(),
                                    i.operands[t]));
    x[t] = Layout(c.dtype(i.operands[t]), {});
  }
  const DType given =
      std::visit([&](auto& kernel) { return result_dtype(kernel, std::span(x).first(n)); }, i.kernel);
  if (given != i.dtype)
    fail(Fused::name,
         fmt::format("instruction {} ({}) gives {}, not {}.", k, i.name(), name(given), name(i.dtype)));
}

void check_result(const Chain& c, std::size_t r) {
  const Layout& y = c.outputs[r];
  const auto k = c.results[r];
  if (k >= c.instructions.size() || c.instructions[k].dtype != y.dtype || y.size != c.size() || !y.dense)
    fail(Fused::name,
         fmt::format("output {} is {}: it is no dense layout of instruction {}'s value.", r, str(y), k));
  if (std::find(c.results.begin() + static_cast<std::ptrdiff_t>(r) + 1, c.results.end(), k) !=
      c.results.end())
    fail(Fused::name, fmt::format("the value of instruction {} is a result twice.", k));
}

}  // namespace

void Chain::check() const {
  if (inputs.empty() || inputs.size() > max_inputs || instructions.empty() ||
      instructions.size() > max_instructions || results.size() != outputs.size())
    fail(Fused::name,
         fmt::format("{} inputs, {} instructions, {} results, {} outputs: a chain has 1 to {} inputs, 1 "
                     "to {} instructions, and as many results as outputs.",
                     inputs.size(), instructions.size(), results.size(), outputs.size(), max_inputs,
                     max_instructions));
  for (const Layout& x : inputs)
    if (x.size != size())
      fail(Fused::name, fmt::format("inputs of different sizes: {} and {}.", str(inputs[0]), str(x)));
  for (std::size_t k = 0; k < instructions.size(); ++k) check_instruction(*this, k);
  for (std::size_t r = 0; r < results.size(); ++r) check_result(*this, r);
}

Fused::Fused(Chain chain) : chain_(std::move(chain)) {
  chain_.check();
  plan_ = std::make_shared<const FusedPlan>(chain_);
#if RAMIE_CUDA
  gpu_ = std::make_shared<const gpu::FusedKernel>(chain_);
#endif
}

double Fused::flops(const Layouts&, const Layouts&) const {
  const auto ops = std::count_if(chain_.instructions.begin(), chain_.instructions.end(),
                                 [](auto& i) { return std::holds_alternative<Elementwise>(i.kernel); });
  return static_cast<double>(ops) * static_cast<double>(chain_.size());
}

std::vector<Layout> Fused::outputs(std::span<const Tensor> x) const {
  const auto fits = [](const Tensor& t, const Layout& l) {
    return t.layout() == l || (t.layout().same(l) && t.layout().dense && l.dense);
  };
  if (!std::equal(x.begin(), x.end(), chain_.inputs.begin(), chain_.inputs.end(), fits))
    fail(name, "the inputs have other layouts than the chain was made for.");
  return chain_.outputs;
}
bool Fused::may_overwrite(std::size_t result, std::size_t input) const {
  return plan_->donors(result) >> input & 1;
}
std::vector<int> Fused::donors(std::size_t) const {
  std::vector<int> from;
  for (std::uint32_t r = 0, taken = 0; r < chain_.results.size(); ++r) {
    const std::uint32_t free = plan_->donors(r) & ~taken;
    from.push_back(free ? std::countr_zero(free) : -1);
    if (free) taken |= 1u << from.back();
  }
  return from;
}

void Fused::run_piece(std::int64_t begin, std::int64_t end, const View* y, const View* x) const noexcept {
  std::byte* at[Chain::max_instructions];
  for (std::size_t i = 0; i < chain_.outputs.size(); ++i)
    at[i] = y[i].data + begin * static_cast<std::int64_t>(size_of(chain_.outputs[i].dtype));
  plan_->run(begin, end, at, x);
}
void Fused::run(Cpu, const View* y, const View* x) const noexcept {
  const std::int64_t n = chain_.size();
  if (n <= plan_->grain()) return n ? run_piece(0, n, y, x) : void();
  parallel_for(n, plan_->grain(), [&](std::int64_t begin, std::int64_t end) { run_piece(begin, end, y, x); });
}

}  // namespace ramie::kernels
