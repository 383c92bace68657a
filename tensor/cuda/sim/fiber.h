// Stacks that can be left and entered again.
#pragma once

#include <cstddef>

namespace ramie::sim {

inline constexpr std::size_t stack_bytes = 256 * 1024;  // of address space; a page or two are touched

struct Fiber {
  void* stack_pointer = nullptr;
  const void* bottom = nullptr;  // of its stack, and its size: what the address sanitizer wants to know
  std::size_t size = 0;
  void* fake_stack = nullptr;
};

// A new stack, the number'th; it is never given back.
Fiber new_fiber(std::size_t number);
// The next switch to the fiber calls entry, which never returns. What its stack held is forgotten.
void start_at(Fiber& fiber, void (*entry)());
// Leaves one stack for another; returns when somebody switches back.
void switch_fiber(Fiber& from, Fiber& to);
// The first thing that an entry does.
void arrived(Fiber& self);

}  // namespace ramie::sim
