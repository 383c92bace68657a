#include <ramie/tensor/program/executable.h>

#include <fmt/format.h>

#include <ramie/tensor/error.h>
#include <ramie/tensor/program/edit.h>
#include <ramie/tensor/program/memory.h>
#if RAMIE_CUDA
#include <ramie/tensor/program/cuda/graph.h>
#endif

namespace ramie {
namespace {

Layout bytes_layout(std::size_t bytes) { return {uint8, {static_cast<std::int64_t>(bytes)}}; }

// The state over whose old value a step's output may be written: its own, which this step reads last.
int overwritten_state(const Program& p, const Program::Step& step, std::size_t output) {
  const int from = output < step.over.size() ? step.over[output] : -1;
  if (from < 0) return -1;
  const auto& donor = p.buffers[step.in[static_cast<std::size_t>(from)].buffer];
  return donor.kind == Program::Kind::state ? donor.number : -1;
}

}  // namespace

Executable::Executable(std::shared_ptr<const Program> program) : program_(std::move(program)) {
  places_.resize(program_->buffers.size());
  find_fresh();
  allocate_all();
  bind_views();
#if RAMIE_CUDA
  if (program_->device != cpu()) graph_ = std::make_unique<gpu::GraphRunner>(*this);
#endif
}
Executable::~Executable() = default;

GraphStatistics Executable::graph() const {
#if RAMIE_CUDA
  if (graph_) return graph_->statistics();
#endif
  return {.why_none = "the program runs on the CPU"};
}

void Executable::find_fresh() {
  const std::vector<bool> kept = find_kept(*program_);
  fresh_of_.assign(program_->buffers.size(), -1);
  for (auto& step : program_->steps)
    for (std::size_t k = 0; k < step.out.size(); ++k) {
      const auto& o = step.out[k];
      if (!kept[o.buffer]) continue;
      fresh_of_[o.buffer] = static_cast<int>(fresh_.size());
      fresh_.push_back({o.buffer, o.layout, overwritten_state(*program_, step, k)});
    }
  states_.resize(program_->states.size());
  for (std::size_t i = 0; i < states_.size(); ++i) in_place_.push_back(find_in_place(i));
}

// The fresh buffer that is the state's new value and may be written over the old one; -1: there is none.
int Executable::find_in_place(std::size_t state) const {
  const auto& after = program_->states[state].after;
  const int at = after.buffer == Program::none ? -1 : fresh_of_[after.buffer];
  const bool over = at >= 0 && fresh_[static_cast<std::size_t>(at)].over == static_cast<int>(state);
  return over && after.whole(*program_) ? at : -1;
}

void Executable::allocate() {
  const Program& p = *program_;
  if (p.memory) arena_ = Tensor::empty(bytes_layout(p.memory->arena), p.device);
  std::byte* base = arena_ ? arena_.view().data : nullptr;
  guard_.emplace(p, base);
  for (auto& step : p.steps)
    for (auto& o : step.out) {
      if (fresh_of_[o.buffer] >= 0) continue;
      if (!p.memory) own_.push_back(Tensor::empty(bytes_layout(p.buffers[o.buffer].bytes), p.device));
      places_[o.buffer].data = p.memory ? base + p.memory->offset[o.buffer] : own_.back().view().data;
    }
  for (std::size_t i = 0; i < p.buffers.size(); ++i)
    if (p.buffers[i].kind == Program::Kind::constant) places_[i].data = p.buffers[i].value.storage().data;
}

void Executable::allocate_all() try { allocate(); } catch (const Error& e) {
  const MemoryPlan plan = program_->memory ? *program_->memory : plan_memory(*program_);
  fail("jit", fmt::format("a program of {} launches needs {} bytes for what it computes on the way. {}",
                          program_->steps.size(), plan.arena, e.what()));
}

// A launch becomes a function pointer and a row of views.
void Executable::bind_views() {
  const Program& p = *program_;
  std::size_t count = 0;
  for (auto& s : p.steps) count += s.out.size() + s.in.size();
  views_.reserve(count);
  std::vector<std::vector<Use>> uses(p.buffers.size());
  for (std::size_t i = 0; i < p.steps.size(); ++i) {
    const auto& s = p.steps[i];
    View* row = views_.data() + views_.size();
    if (!p.memory && s.launch.workspace)
      own_.push_back(Tensor::empty(bytes_layout(s.launch.workspace), p.device));
    std::byte* scratch = !s.launch.workspace ? nullptr
                         : p.memory          ? arena_.view().data + p.memory->workspace[i]
                                             : own_.back().view().data;
    calls_.push_back({s.launch.run, s.launch.kernel.get(), scratch, row, row + s.out.size()});
    for (auto* list : {&s.out, &s.in})
      for (auto& o : *list) {
        std::byte* data = places_[o.buffer].data;  // null: known when it runs
        views_.push_back({data ? data + o.offset : nullptr, &o.layout});
        uses[o.buffer].push_back({&views_.back(), o.offset});
      }
  }
  for (std::size_t i = 0; i < uses.size(); ++i) {
    places_[i].first = static_cast<std::uint32_t>(uses_.size());
    uses_.insert(uses_.end(), uses[i].begin(), uses[i].end());
    places_[i].last = static_cast<std::uint32_t>(uses_.size());
  }
}

void Executable::place(std::uint32_t buffer, std::byte* data) {
  Place& p = places_[buffer];
  if (p.data == data) return;
  p.data = data;
  for (std::uint32_t i = p.first; i < p.last; ++i) uses_[i].view->data = data + uses_[i].offset;
}

void Executable::take_fresh(std::span<Cell* const> cells) {
  for (auto& f : fresh_) {
    const Tensor* old = f.over >= 0 ? &cells[static_cast<std::size_t>(f.over)]->value : nullptr;
    const bool in_place = old && detail::donated(*old);
    if (!in_place) f.tensor = Tensor::empty(f.layout, program_->device);
    place(f.buffer, (in_place ? *old : f.tensor).view().data);
  }
}

void Executable::launch_all() const {
  const Device device = program_->device;
  guard_->start();
  for (std::size_t i = 0; i < calls_.size(); ++i) {
    const Call& c = calls_[i];
    guard_->before(i);
    c.run(c.kernel, device, c.workspace, c.out, c.in);
    guard_->after(i);
  }
}

// What is kept, as a Tensor: of a buffer of its own, or of one that is there anyway.
Tensor Executable::tensor_at(const Program::Operand& o, std::span<const Tensor* const> arguments,
                             std::span<Cell* const> cells) const {
  if (o.buffer == Program::none) return {};
  const auto& b = program_->buffers[o.buffer];
  const auto number = static_cast<std::size_t>(b.number);
  const auto fresh = [&]() -> const Tensor& {
    const Fresh& f = fresh_[static_cast<std::size_t>(fresh_of_[o.buffer])];
    return f.tensor ? f.tensor : cells[static_cast<std::size_t>(f.over)]->value;
  };
  const Tensor& base = b.kind == Program::Kind::argument   ? *arguments[number]
                       : b.kind == Program::Kind::state    ? cells[number]->value
                       : b.kind == Program::Kind::constant ? b.value
                                                           : fresh();
  const std::ptrdiff_t at =
      b.kind == Program::Kind::constant ? b.value.storage().data - b.value.view().data : 0;
  if (o.offset + at == 0 && o.layout == base.layout()) return base.detach();
  return base.alias(o.layout, (o.offset + at) / static_cast<std::ptrdiff_t>(size_of(base.dtype())));
}

// Whether the variable's new value lies where the old one did, so that the cell holds it already.
bool Executable::stays(std::size_t state) const {
  const int at = in_place_[state];
  return at >= 0 && !fresh_[static_cast<std::size_t>(at)].tensor;
}

void Executable::run(std::span<const Tensor* const> arguments, std::span<Cell* const> cells,
                     std::span<Tensor> results) {
#if RAMIE_CUDA
  if (graph_) return graph_->run(arguments, cells, results);
#endif
  run_launches(arguments, cells, results);
}

void Executable::run_launches(std::span<const Tensor* const> arguments, std::span<Cell* const> cells,
                              std::span<Tensor> results) {
  const Program& p = *program_;
  for (std::size_t i = 0; i < p.arguments.size(); ++i)
    if (p.arguments[i].buffer != Program::none) place(p.arguments[i].buffer, arguments[i]->view().data);
  for (std::size_t i = 0; i < p.states.size(); ++i)
    if (const auto& before = p.states[i].before; before.buffer != Program::none)
      place(before.buffer, cells[i]->value.view().data);
  const Dropped at_end{fresh_};
  take_fresh(cells);
  launch_all();
  for (std::size_t i = 0; i < p.results.size(); ++i) results[i] = tensor_at(p.results[i], arguments, cells);
  for (std::size_t i = 0; i < p.states.size(); ++i)
    if (p.states[i].assigned && !stays(i)) states_[i] = tensor_at(p.states[i].after, arguments, cells);
  for (std::size_t i = 0; i < p.states.size(); ++i)
    if (p.states[i].assigned && !stays(i)) cells[i]->value = std::move(states_[i]);
}

}  // namespace ramie
