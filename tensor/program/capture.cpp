#include <ramie/tensor/program/capture.h>

#include <fmt/format.h>

#include <algorithm>
#include <atomic>

#include <ramie/tensor/error.h>

namespace ramie {
namespace {

std::uint32_t next_serial() {
  static std::atomic<std::uint32_t> serials = 0;
  return serials.fetch_add(1, std::memory_order_relaxed) + 1;
}

}  // namespace

Capture::Capture(std::span<const std::shared_ptr<Cell>> cells)
    : serial_(next_serial()),
      recording_(context.recorder, this),
      argument_cells_(cells.begin(), cells.end()) {
  program_.device = context.device;
}
Capture::~Capture() {
  results_.clear();  // while this is the recorder: what they hold is forgotten here
  by_cell_.clear();
  seen_.clear();
}

std::uint32_t Capture::name(Storage& storage, Program::Buffer buffer, std::byte* base, const char* made_by) {
  storage.serial = serial_;
  storage.id = static_cast<std::uint32_t>(program_.buffers.size());
  program_.buffers.push_back(std::move(buffer));
  named_.push_back({base, made_by});
  return storage.id;
}

// Under a new name: handles that were copied before remain constants.
Tensor Capture::enter(const Tensor& x, Program::Kind kind, std::size_t number) {
  if (!x) return x;
  Tensor inside = x.renamed();
  name(inside.storage(), {kind, x.layout().bytes(), {}, static_cast<int>(number)}, inside.view().data,
       kind == Program::Kind::argument ? "an argument" : "a variable");
  return inside;
}

Tensor Capture::argument(const Tensor& x) {
  Tensor inside = enter(x, Program::Kind::argument, program_.arguments.size());
  program_.arguments.push_back(inside ? operand(inside) : Program::Operand());
  if (inside) program_.device = inside.device();
  return inside;
}
void Capture::result(const Tensor& x) { results_.push_back(x ? x.detach() : x); }

// A tensor from outside: its value is kept, and is the same in every run.
std::uint32_t Capture::constant(const Tensor& x) {
  leads_outside_ = leads_outside_ || (x.graph() && context.grad_enabled);
  auto [at, fresh] = constants_.try_emplace(&x.storage(), static_cast<std::uint32_t>(named_.size()));
  if (fresh) {
    std::byte* base = x.storage().data;
    program_.buffers.push_back({Program::Kind::constant, x.layout().bytes(), x.detach()});
    named_.push_back({base, "a constant"});
  }
  return at->second;
}

Program::Operand Capture::operand(const Tensor& x) {
  if (!x) return {};
  const Storage& s = x.storage();
  const std::uint32_t id = s.serial == serial_ ? s.id : constant(x);
  return {id, x.view().data - named_[id].base, x.layout()};
}

void Capture::append(Launch launch, std::span<const Tensor> out, std::span<const Tensor> in) {
  Program::Step step{std::move(launch), {}, {}};
  for (auto& t : in) step.in.push_back(operand(t));
  for (auto& t : out) {
    name(t.storage(), {Program::Kind::temporary, t.layout().bytes()}, t.view().data, step.launch.name);
    step.out.push_back(operand(t));
  }
  program_.device = step.launch.device;
  program_.steps.push_back(std::move(step));
}

Capture::Seen& Capture::seen(const std::shared_ptr<Cell>& cell) {
  auto [at, fresh] = by_cell_.try_emplace(cell.get(), nullptr);
  if (fresh) {
    const Tensor inside = enter(cell->value, Program::Kind::state, seen_.size());
    at->second = &seen_.emplace_back(Seen{cell, inside, inside});
  }
  return *at->second;
}
const Tensor& Capture::get(const std::shared_ptr<Cell>& cell) { return seen(cell).now; }
void Capture::set(const std::shared_ptr<Cell>& cell, Tensor value) {
  Seen& s = seen(cell);
  s.now = std::move(value);
  s.assigned = !s.now.same(s.before);  // put back as it was: nothing has changed
}

void Capture::read(const char* op, const Tensor& x) {
  if (!x || x.storage().serial != serial_) return;  // a constant's bytes are known
  const char* from = named_[x.storage().id].made_by;
  if (std::string_view(op) == "to")
    fail(op, fmt::format("{} (from {}) cannot change its device inside a jitted function: a program runs on "
                         "one device. Move it before the call.",
                         str(x.layout()), from));
  fail(op, fmt::format("the value of {} (from {}) is not known while a jitted function is recorded. Return "
                       "it and read it outside, keep it in a Variable, choose by where() instead of if, or "
                       "run op by op under DisableJit.",
                       str(x.layout()), from));
}

void Capture::forget(const Storage& storage) {
  if (storage.serial == serial_) named_[storage.id].alive = false;
}

// Variables that were made inside and are gone: nobody else can read them.
void Capture::drop_local_cells() {
  for (auto& s : seen_) {
    if (s.cell.use_count() > 1) continue;
    if (s.before)
      fail("jit", "the function destroys a variable that it was given: the next call would not find it.");
    s.now = Tensor();
  }
}

void Capture::check_shapes() const {
  for (auto& s : seen_) {
    if (!s.assigned || !s.before || !s.now || s.before.layout().same(s.now.layout())) continue;
    fail("jit", fmt::format("the function changes a variable from {} to {}, so that every call would be "
                            "recorded anew. Keep its shape and dtype, or assign it outside.",
                            str(s.before.layout()), str(s.now.layout())));
  }
}

void Capture::add_states() {
  std::size_t number = 0;
  for (auto& s : seen_) {
    if (s.before) program_.buffers[s.before.storage().id].number = static_cast<int>(number);
    if (s.cell.use_count() == 1) continue;
    const auto slot = std::find(argument_cells_.begin(), argument_cells_.end(), s.cell);
    const bool given = slot != argument_cells_.end();
    if (s.now) s.now = s.now.detach();
    program_.states.push_back({s.cell, given ? static_cast<int>(slot - argument_cells_.begin()) : -1,
                               operand(s.before), operand(s.now), s.assigned});
    s.before = Tensor();  // so that only its holders outside are left
    ++number;
  }
}

// What is still held, and is no result, would not be known to the next run.
void Capture::check_leaks() const {
  std::vector<bool> kept(named_.size());
  for (auto& o : program_.results)
    if (o.buffer != Program::none) kept[o.buffer] = true;
  for (auto& s : program_.states)
    if (s.after.buffer != Program::none) kept[s.after.buffer] = true;
  for (std::uint32_t id = 0; id < named_.size(); ++id) {
    const Program::Kind kind = program_.buffers[id].kind;
    if (kind != Program::Kind::constant && named_[id].alive && !kept[id]) leaked(id);
  }
}
void Capture::leaked(std::uint32_t id) const {
  fail("jit", fmt::format("a value made inside (by {}) is still held outside after the call, where later "
                          "calls would not renew it. Return it, or keep it in a Variable.",
                          named_[id].made_by));
}

Program Capture::finish() {
  drop_local_cells();
  check_shapes();
  add_states();
  for (auto& r : results_) program_.results.push_back(operand(r));
  check_leaks();
  commit();
  return std::move(program_);
}

void Capture::commit() {
  for (auto& s : seen_)
    if (s.assigned) s.cell->value = s.now ? s.now.detach() : s.now;
}

}  // namespace ramie
