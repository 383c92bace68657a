// The memory plan of a program: every temporary gets a place in one arena, for as long as it is needed.
//
//   MemoryPlan plan = plan_memory(program);     // plan.arena bytes; at least plan.alive are in use at one
//   time
//
// Results and new states do not lie in the arena: the caller keeps them.
#pragma once

#include <ramie/tensor/program/program.h>

namespace ramie {

inline constexpr std::size_t arena_alignment = 256;  // a CUDA kernel's; a CPU's cache lines are shorter

MemoryPlan plan_memory(const Program& program);

// The steps between which a buffer is in use; first == -1: none.
struct Life {
  int first = -1, last = -1;
};
std::vector<Life> find_lives(const Program& program);
// Whether a buffer is a result or a new state.
std::vector<bool> find_kept(const Program& program);

}  // namespace ramie
