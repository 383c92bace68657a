#include <ramie/autograd/jit.h>

#include <fmt/format.h>

#include <ramie/autograd/node.h>
#include <ramie/tensor/cpu/parallel.h>
#include <ramie/tensor/error.h>
#include <ramie/tensor/precision.h>

namespace ramie {
namespace {

constinit thread_local int reasons_for_eager = 0;

}  // namespace
namespace detail {

// The settings of the thread are part of every key: kernels carry them as attributes.
void Signature::start(const std::type_info& types) {
  key.clear();
  tensors.clear();
  cells.clear();
  raw_cells.clear();
  tracked = false;
  key.type(types);
  key.device(context.device);
  key.word(static_cast<std::uint64_t>(precision()) << 33 | std::uint64_t{context.grad_enabled} << 32 |
           static_cast<std::uint32_t>(threads()));
}

void Signature::tensor(const Tensor& x) {
  tensors.push_back(&x);
  key.word(static_cast<bool>(x));
  if (!x) return;
  key.layout(x.layout());
  key.device(x.device());
  tracked = tracked || (x.graph() && (context.grad_enabled || x.graph()->traced));
}

std::vector<std::shared_ptr<Cell>> Signature::held_cells() const {
  std::vector<std::shared_ptr<Cell>> out;
  for (auto* c : cells) out.push_back(*c);
  return out;
}

bool runs_eagerly() {
  return context.recorder || context.jit_disabled || context.anomaly || reasons_for_eager > 0;
}
void run_eagerly(int more) { reasons_for_eager += more; }

bool awaits_backward(const Tensor& x) {
  const Node* n = x ? node(x) : nullptr;
  return n && !n->used_up && n->outermost == 0;
}

}  // namespace detail

std::vector<Tensor> run(const Program& program, const std::vector<Tensor>& arguments) {
  if (arguments.size() != program.arguments.size())
    fail("run",
         fmt::format("the program takes {} arguments, not {}.", program.arguments.size(), arguments.size()));
  if (!program.states.empty())
    fail("run", "the program uses variables: call the jitted function that it belongs to.");
  std::vector<const Tensor*> pointers;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const auto& wanted = program.arguments[i];
    if (static_cast<bool>(arguments[i]) != (wanted.buffer != Program::none))
      fail("run", fmt::format("argument {} is {}defined, unlike the one that was recorded.", i,
                              arguments[i] ? "" : "un"));
    if (arguments[i] && arguments[i].layout() != wanted.layout)
      fail("run", fmt::format("argument {} is {}, but the program was recorded for {}.", i,
                              str(arguments[i].layout()), str(wanted.layout)));
    if (arguments[i] && arguments[i].device() != program.device)
      fail("run", fmt::format("argument {} is on {}, but the program was recorded on {}. Move it there, or "
                              "record the function there.",
                              i, str(arguments[i].device()), str(program.device)));
    pointers.push_back(&arguments[i]);
  }
  std::vector<Tensor> results(program.results.size());
  Executable(std::make_shared<const Program>(program)).run(pointers, {}, results);
  return results;
}

}  // namespace ramie
