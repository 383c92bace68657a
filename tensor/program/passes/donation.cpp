#include <ramie/tensor/program/edit.h>
#include <ramie/tensor/program/passes.h>

namespace ramie::passes {
namespace {

// Decides for each output over which input it may be written.
class Donor {
 public:
  explicit Donor(Program& p)
      : program_(p), lives_(find_lives(p)), kept_(find_kept(p)), state_of_(p.buffers.size(), -1) {
    for (std::size_t i = 0; i < p.states.size(); ++i) {
      const auto& s = p.states[i];
      if (s.assigned && s.after.buffer != Program::none && s.after.whole(p))
        state_of_[s.after.buffer] = static_cast<int>(i);
    }
    for (std::size_t i = 0; i < p.steps.size(); ++i)
      if (p.steps[i].launch.type->checks) last_check_ = static_cast<int>(i);
  }
  void run() {
    for (std::size_t i = 0; i < program_.steps.size(); ++i) mark(static_cast<int>(i), program_.steps[i]);
  }

 private:
  void mark(int at, Program::Step& step) const {
    step.over.assign(step.out.size(), -1);
    for (std::size_t k = 0; k < step.out.size(); ++k)
      for (std::size_t j = 0; j < step.in.size() && step.over[k] < 0; ++j)
        if (offers(step, k, j) && fits(at, step, k, j)) step.over[k] = static_cast<int>(j);
  }
  // What the kernel allows: the donors that it names, or any input if it works element by element.
  static bool offers(const Program::Step& step, std::size_t output, std::size_t input) {
    const auto& donors = step.launch.donors;
    if (output < donors.size()) return donors[output] == static_cast<int>(input);
    return donors.empty() && step.launch.type->in_place && step.out.size() == 1;
  }
  bool fits(int at, const Program::Step& step, std::size_t output, std::size_t input) const {
    const auto &to = step.out[output], &from = step.in[input];
    if (from.buffer == Program::none || lives_[from.buffer].last != at || kept_[from.buffer]) return false;
    if (!to.layout.same(from.layout) || !to.whole(program_) || !from.whole(program_)) return false;
    for (std::size_t j = 0; j < step.in.size(); ++j)  // read elsewhere in another order: not in place
      if (j != input && step.in[j].buffer == from.buffer && step.in[j].layout != from.layout) return false;
    const auto& donor = program_.buffers[from.buffer];
    if (donor.kind == Program::Kind::temporary) return !kept_[to.buffer];
    // A variable's old value, by its own new one, when nothing can fail any more.
    return donor.kind == Program::Kind::state && state_of_[to.buffer] == donor.number && at >= last_check_;
  }
  Program& program_;
  std::vector<Life> lives_;
  std::vector<bool> kept_;
  std::vector<int> state_of_;
  int last_check_ = -1;
};

}  // namespace

void donation(Program& p) { Donor(p).run(); }

}  // namespace ramie::passes
