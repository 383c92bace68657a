#include <algorithm>

#include <ramie/tensor/program/edit.h>
#include <ramie/tensor/program/passes.h>

namespace ramie::passes {

// From the last step to the first: a step stays if a later one, or the caller, reads what it writes. So does
// a step that looks at values and may throw.
void dead_code(Program& p) {
  std::vector<bool> needed = find_kept(p), dead(p.steps.size());
  for (std::size_t i = p.steps.size(); i-- > 0;) {
    const auto& step = p.steps[i];
    dead[i] = !step.launch.type->checks &&
              std::none_of(step.out.begin(), step.out.end(), [&](auto& o) { return needed[o.buffer]; });
    if (dead[i]) continue;
    for (auto& o : step.in)
      if (o.buffer != Program::none) needed[o.buffer] = true;
  }
  remove_steps(p, dead);
}

}  // namespace ramie::passes
