#include <unordered_map>

#include <ramie/tensor/program/edit.h>
#include <ramie/tensor/program/passes.h>

namespace ramie::passes {
namespace {

std::size_t mixed(std::size_t hash, std::size_t value) { return (hash ^ value) * 0x9E3779B97F4A7C15u; }

std::size_t hash_of(const Program::Step& step) {
  std::size_t h = mixed(step.launch.type->id->hash_code(), step.in.size());
  for (auto& o : step.in) h = mixed(mixed(h, o.buffer), static_cast<std::size_t>(o.offset) + 1);
  return h;
}

bool equal(const Program::Step& a, const Program::Step& b) {
  const auto* type = a.launch.type;
  if (*type->id != *b.launch.type->id || !type->equal || a.in.size() != b.in.size()) return false;
  for (std::size_t i = 0; i < a.in.size(); ++i)
    if (!same(a.in[i], b.in[i])) return false;
  return type->equal(a.launch.kernel.get(), b.launch.kernel.get());
}

}  // namespace

// Kernels are functions of their inputs, random ones too, whose keys are inputs: of equal ones the first
// does.
void common_subexpressions(Program& p) {
  Replacements merged(p.buffers.size());
  std::vector<bool> gone(p.steps.size());
  std::unordered_multimap<std::size_t, std::size_t> seen;
  for (std::size_t i = 0; i < p.steps.size(); ++i) {
    auto& step = p.steps[i];
    for (auto& o : step.in) o = merged.follow(o);
    const std::size_t h = hash_of(step);
    const auto [first, last] = seen.equal_range(h);
    auto at = first;
    while (at != last && !equal(p.steps[at->second], step)) ++at;
    gone[i] = at != last;
    if (!gone[i]) {
      seen.emplace(h, i);
      continue;
    }
    for (std::size_t k = 0; k < step.out.size(); ++k)
      merged.add(step.out[k].buffer, p.steps[at->second].out[k]);
  }
  merged.apply(p);
  remove_steps(p, gone);
}

}  // namespace ramie::passes
