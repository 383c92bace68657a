#include <ramie/tensor/program/cuda/graph.h>

#include <cuda_runtime.h>

#include <algorithm>
#include <cstdlib>
#include <string_view>
#include <utility>

#include <ramie/tensor/cuda/blas.h>
#include <ramie/tensor/cuda/check.h>
#include <ramie/tensor/cuda/order.h>
#include <ramie/tensor/cuda/stage.h>
#include <ramie/tensor/error.h>

namespace ramie::gpu {
namespace {

// A graph that has served so many runs may be made anew; what moves sooner, and more than so often, is copied
// from then on.
constexpr std::uint64_t patience = 16;
constexpr int most_moves = 2;
constexpr std::int64_t widest_gaps = 4;  // times the bytes themselves: more is not copied

void copy_bytes(std::byte* to, const std::byte* from, std::size_t bytes, CUstream_st* stream) {
  if (!bytes) return;
  check(cudaMemcpyAsync(to, from, bytes, cudaMemcpyDeviceToDevice, stream), "jit",
        "copying a program's arguments or results");
}

// Work between begin and end goes into a graph.
class Recording {
 public:
  explicit Recording(CUstream_st* stream) : stream_(stream) {
    check(cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal), "jit", "starting a graph");
  }
  ~Recording() {
    if (stream_) cudaStreamEndCapture(stream_, &graph_);
    if (graph_) cudaGraphDestroy(graph_);
    cudaGetLastError();
  }
  Recording(const Recording&) = delete;
  Recording& operator=(const Recording&) = delete;

  cudaGraphExec_t end() {
    check(cudaStreamEndCapture(std::exchange(stream_, nullptr), &graph_), "jit", "ending a graph");
    cudaGraphExec_t ready = nullptr;
    check(cudaGraphInstantiate(&ready, graph_, 0), "jit", "making a graph ready");
    return ready;
  }

 private:
  CUstream_st* stream_;
  cudaGraph_t graph_ = nullptr;
};

struct OnStream {  // of a device, for a while
  OnStream(int device, CUstream_st* s) : restore(chosen_stream[device], s) {}
  Restore<CUstream_st*> restore;
};

// The bytes that a value spans, from its first element on.
std::pair<std::int64_t, std::int64_t> span_of(const Layout& l) {
  if (l.size == 0) return {0, 0};
  std::int64_t low = 0, high = 1;
  for (int i = 0; i < l.rank(); ++i) (l.strides[i] < 0 ? low : high) += (l.shape[i] - 1) * l.strides[i];
  const auto bytes = static_cast<std::int64_t>(size_of(l.dtype));
  return {low * bytes, high * bytes};
}

std::string why_not(const Program& p) {
  const char* wanted = std::getenv("RAMIE_CUDA_GRAPHS");
  if (wanted && std::string_view(wanted) == "0") return "RAMIE_CUDA_GRAPHS=0";
  return p.steps.empty() ? "the program launches nothing" : "";
}

}  // namespace

// ---- what the graph reads and leaves ---------------------------------------------------------------------

GraphRunner::GraphRunner(Executable& e)
    : executable_(e),
      program_(e.program()),
      device_(program_.device.index),
      home_(current_stream(device_)),
      slot_of_(program_.states.size(), -1),
      output_of_(program_.buffers.size(), -1),
      new_states_(program_.states.size()),
      statistics_{.why_none = why_not(program_)} {
  for (auto& b : program_.buffers)
    if (b.value) use(b.value);
  add_slots();
  add_outputs();
}
GraphRunner::~GraphRunner() {
  if (graph_) cudaGraphExecDestroy(graph_);  // once it has run
}

// Whether a variable's new value can stand where the old one is.
bool GraphRunner::replaces(const Program::State& s) const {
  if (!s.assigned || s.before.buffer == Program::none || s.after.buffer == Program::none) return false;
  return s.before.layout.dense && s.after.layout == s.before.layout && s.after.buffer != s.before.buffer;
}

void GraphRunner::add_slot(const Program::Operand& o, std::size_t number, bool state, bool written) {
  const auto [low, high] = span_of(o.layout);
  if (state) slot_of_[number] = static_cast<int>(slots_.size());
  slots_.push_back({o.buffer, number, state, written, low, high});
}

void GraphRunner::add_slots() {
  std::vector<bool> needed(program_.buffers.size());
  for (std::size_t i = 0; i < needed.size(); ++i)
    needed[i] = executable_.places_[i].first != executable_.places_[i].last;
  for (auto& s : program_.states)
    if (replaces(s)) needed[s.after.buffer] = true;
  for (std::size_t i = 0; i < program_.arguments.size(); ++i)
    if (const auto& a = program_.arguments[i]; a.buffer != Program::none && needed[a.buffer])
      add_slot(a, i, false, false);
  for (std::size_t i = 0; i < program_.states.size(); ++i) {
    const auto& s = program_.states[i];
    if (s.before.buffer != Program::none && (replaces(s) || needed[s.before.buffer]))
      add_slot(s.before, i, true, replaces(s));
  }
}

// An old value is saved before it is replaced, where it is needed at the end.
int GraphRunner::output_at(const Program::Operand& o) {
  if (o.buffer == Program::none) return -1;
  const auto& b = program_.buffers[o.buffer];
  if (b.kind != Program::Kind::state || output_of_[o.buffer] >= 0) return output_of_[o.buffer];
  const auto number = static_cast<std::size_t>(b.number);
  if (!replaces(program_.states[number])) return -1;
  return add_output({o.buffer, program_.states[number].before.layout, slot_of_[number], true});
}
int GraphRunner::add_output(Output output) {
  const auto number = static_cast<int>(outputs_.size());
  output_of_[output.buffer] = number;
  outputs_.push_back(std::move(output));
  return number;
}

void GraphRunner::add_outputs() {
  for (auto& f : executable_.fresh_) {
    const auto* over = f.over >= 0 ? &program_.states[static_cast<std::size_t>(f.over)] : nullptr;
    const bool in_place = over && replaces(*over) && over->after.buffer == f.buffer;
    add_output({f.buffer, f.layout, in_place ? slot_of_[static_cast<std::size_t>(f.over)] : -1, false});
  }
  const auto give = [&](const Program::Operand& o) {
    if (const int at = output_at(o); at >= 0) outputs_[static_cast<std::size_t>(at)].given = true;
  };
  for (auto& r : program_.results) give(r);
  for (std::size_t i = 0; i < program_.states.size(); ++i) {
    const auto& s = program_.states[i];
    if (s.assigned && !replaces(s)) give(s.after);
    if (!replaces(s)) continue;
    const int from = output_at(s.after);
    const bool there = from >= 0 && !outputs_[static_cast<std::size_t>(from)].staged &&
                       outputs_[static_cast<std::size_t>(from)].slot == slot_of_[i];
    if (!there) replacements_.push_back({s.after, static_cast<std::size_t>(slot_of_[i])});
  }
}

// ---- addresses -------------------------------------------------------------------------------------------

const Tensor& GraphRunner::value_of(const Slot& s, const Given& given) const {
  return s.state ? given.cells[s.number]->value : *given.arguments[s.number];
}
bool GraphRunner::fits(const Slot& s, const Given& given) const {
  if (s.own) return true;
  const Tensor& value = value_of(s, given);
  return value.view().data == s.bound && (!s.written || value.donatable());
}

Tensor GraphRunner::empty_at_home(const Layout& layout) const {
  const OnStream at(device_, home_);
  return Tensor::empty(layout, program_.device);
}

// False: it moves in every run and is not to be copied.
bool GraphRunner::rebind(Slot& s, const Given& given) {
  const Tensor& value = value_of(s, given);
  s.moves = s.bound && runs_ - captured_at_ < patience ? s.moves + 1 : 0;
  if (s.moves > most_moves) {
    if (s.high - s.low > widest_gaps * static_cast<std::int64_t>(value.layout().bytes())) return false;
    s.own = empty_at_home({uint8, {s.high - s.low}});
  } else if (s.written && !value.donatable()) {  // who holds it keeps it
    use(value);
    const Tensor copy = Tensor::empty(value.layout(), program_.device);
    copy_bytes(copy.view().data, value.view().data, value.layout().bytes(), current_stream(device_));
    given.cells[s.number]->value = copy;
  }
  s.bound = s.own ? s.own.view().data - s.low : value.view().data;
  return true;
}

bool GraphRunner::bind(const Given& given) {
  const auto fit = [&](const Slot& s) { return fits(s, given); };
  if (bound_ && std::all_of(slots_.begin(), slots_.end(), fit)) [[likely]]
    return true;
  bound_ = false;
  select(device_);
  for (auto& s : slots_) {
    if (!fit(s) && !rebind(s, given)) {
      statistics_.why_none = "a value with wide gaps lies elsewhere in each run: pass a copy of it";
      return false;
    }
    executable_.place(s.buffer, s.bound);
  }
  for (auto& o : outputs_) {
    if (!o.place && (o.staged || o.slot < 0)) o.place = empty_at_home(o.layout);
    if (!o.staged) executable_.place(o.buffer, address_of(o));
  }
  return bound_ = capture();
}

std::byte* GraphRunner::address_of(const Output& o) const {
  return o.place ? o.place.view().data : slots_[static_cast<std::size_t>(o.slot)].bound;
}

// ---- the graph -------------------------------------------------------------------------------------------

bool GraphRunner::capture() try {
  blas::prepare();
  const Stream stream(cuda(device_));
  Recording recording(stream.handle());
  {
    const StreamScope on(stream);
    executable_.launch_all();
  }
  save_and_replace(stream.handle());
  CUgraphExec_st* old = std::exchange(graph_, recording.end());
  if (old) cudaGraphExecDestroy(old);
  ++statistics_.captures;
  captured_at_ = runs_;
  return true;
} catch (const Error& e) {
  statistics_.why_none = e.what();
  return false;
}

void GraphRunner::save_and_replace(CUstream_st* stream) const {
  for (auto& o : outputs_)
    if (o.staged)
      copy_bytes(address_of(o), slots_[static_cast<std::size_t>(o.slot)].bound, o.layout.bytes(), stream);
  for (auto& r : replacements_) {
    const int at = output_of_[r.by.buffer];
    const std::byte* from =
        at >= 0 ? address_of(outputs_[static_cast<std::size_t>(at)]) : executable_.places_[r.by.buffer].data;
    copy_bytes(slots_[r.slot].bound, from + r.by.offset, r.by.layout.bytes(), stream);
  }
}

// ---- a run -----------------------------------------------------------------------------------------------

void GraphRunner::wait(Order& order, const Given& given) const {
  order.with(home_);
  for (auto& s : slots_) {
    const Tensor& value = value_of(s, given);
    Block* block = value.storage().block;
    if (s.written && !s.own && block)
      order.writes(*block);
    else
      use(value);
  }
}

struct GraphRunner::Copies {  // fresh memory for what the caller gets, for the time of a run
  explicit Copies(GraphRunner& r) : runner(r) {
    for (auto& o : runner.outputs_)
      if (o.given) o.copy = Tensor::empty(o.layout, runner.program_.device);
    for (auto& s : runner.slots_)
      if (s.own && s.written)
        s.next = Tensor::empty(runner.program_.states[s.number].before.layout, runner.program_.device);
  }
  ~Copies() {
    for (auto& o : runner.outputs_) o.copy = Tensor();
    for (auto& s : runner.slots_) s.next = Tensor();
  }
  Copies(const Copies&) = delete;
  Copies& operator=(const Copies&) = delete;
  GraphRunner& runner;
};

void GraphRunner::launch(CUstream_st* stream, const Given& given) {
  select(device_);
  for (auto& s : slots_)
    if (s.own)
      copy_bytes(s.own.view().data, value_of(s, given).view().data + s.low,
                 static_cast<std::size_t>(s.high - s.low), stream);
  check(cudaGraphLaunch(graph_, stream), "jit", "launching a program's graph");
  ++statistics_.launches;
  for (auto& o : outputs_)
    if (o.given) copy_bytes(o.copy.view().data, address_of(o), o.layout.bytes(), stream);
  for (auto& s : slots_)
    if (s.next) copy_bytes(s.next.view().data, s.own.view().data, s.next.layout().bytes(), stream);
}

Tensor GraphRunner::tensor_at(const Program::Operand& o, const Given& given) const {
  const int at = o.buffer == Program::none ? -1 : output_of_[o.buffer];
  if (at < 0) return executable_.tensor_at(o, given.arguments, given.cells);
  const Tensor& base = outputs_[static_cast<std::size_t>(at)].copy;
  if (o.offset == 0 && o.layout == base.layout()) return base;
  return base.alias(o.layout, o.offset / static_cast<std::ptrdiff_t>(size_of(base.dtype())));
}

void GraphRunner::give(const Given& given, std::span<Tensor> results) {
  const auto& states = program_.states;
  for (std::size_t i = 0; i < results.size(); ++i) results[i] = tensor_at(program_.results[i], given);
  for (std::size_t i = 0; i < states.size(); ++i)
    if (states[i].assigned && !replaces(states[i])) new_states_[i] = tensor_at(states[i].after, given);
  for (std::size_t i = 0; i < states.size(); ++i)
    if (states[i].assigned && !replaces(states[i]))
      given.cells[i]->value = std::exchange(new_states_[i], Tensor());
  for (auto& s : slots_)
    if (s.next) given.cells[s.number]->value = std::exchange(s.next, Tensor());
}

void GraphRunner::run(std::span<const Tensor* const> arguments, std::span<Cell* const> cells,
                      std::span<Tensor> results) {
  const Given given{arguments, cells};
  const bool whole = statistics_.why_none.empty() && runs_++ > 0 && bind(given);
  Order order(device_);
  wait(order, given);
  if (whole) {
    const Copies copies(*this);
    launch(order.stream(), given);
    give(given, results);
  } else {
    executable_.run_launches(arguments, cells, results);
  }
  order.end();
}

}  // namespace ramie::gpu
