#include <algorithm>

#include <ramie/tensor/program/edit.h>
#include <ramie/tensor/program/passes.h>

namespace ramie::passes {
namespace {

constexpr std::size_t most_bytes = std::size_t{1} << 20;  // of a value: larger ones are made anew in each run

bool can_fold(const Program& p, const Program::Step& step) {
  const bool known = std::all_of(step.in.begin(), step.in.end(), [&](auto& o) {
    return o.buffer != Program::none && p.buffers[o.buffer].kind == Program::Kind::constant;
  });
  return known && !step.launch.type->checks && std::all_of(step.out.begin(), step.out.end(), [&](auto& o) {
           return p.buffers[o.buffer].bytes <= most_bytes;
         });
}

void compute(Program& p, const Program::Step& step) {
  std::vector<View> in, out;
  for (auto& o : step.in) in.push_back({p.buffers[o.buffer].value.storage().data + o.offset, &o.layout});
  for (auto& o : step.out) {
    auto& b = p.buffers[o.buffer];
    b.kind = Program::Kind::constant;
    b.value = Tensor::empty(o.layout, step.launch.device);
    out.push_back({b.value.view().data, &o.layout});
  }
  const Tensor scratch =
      Tensor::empty({uint8, {static_cast<std::int64_t>(step.launch.workspace)}}, step.launch.device);
  step.launch.run(step.launch.kernel.get(), step.launch.device, scratch.view().data, out.data(), in.data());
}

}  // namespace

void constant_folding(Program& p) {
  std::vector<bool> folded(p.steps.size());
  for (std::size_t i = 0; i < p.steps.size(); ++i) {
    folded[i] = can_fold(p, p.steps[i]);
    if (folded[i]) compute(p, p.steps[i]);
  }
  remove_steps(p, folded);
}

}  // namespace ramie::passes
