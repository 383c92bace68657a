// Stacks that can be left and entered again.
#pragma once

#include <cstddef>

#if defined(__SANITIZE_ADDRESS__)
#define RAMIE_SIM_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define RAMIE_SIM_ASAN 1
#endif
#endif
#ifdef RAMIE_SIM_ASAN
#include <sanitizer/common_interface_defs.h>
#endif

// Saves the registers that a callee must keep on this stack, stores the stack in *from, and does the reverse
// on `to`.
extern "C" void ramie_sim_swap_stacks(void** from, void* to);

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

#ifdef RAMIE_SIM_ASAN
inline constinit Fiber* left = nullptr;  // the fiber that the last switch left
inline void leaving(Fiber& from, const Fiber& to) {
  left = &from;
  __sanitizer_start_switch_fiber(&from.fake_stack, to.bottom, to.size);
}
inline void arrived(Fiber& self) {
  __sanitizer_finish_switch_fiber(self.fake_stack, &left->bottom, &left->size);
}
#else
inline void leaving(Fiber&, const Fiber&) {}
inline void arrived(Fiber&) {}  // the first thing that an entry calls
#endif

// Leaves one stack for another; returns when somebody switches back.
inline void switch_fiber(Fiber& from, Fiber& to) {
  leaving(from, to);
  ramie_sim_swap_stacks(&from.stack_pointer, to.stack_pointer);
  arrived(from);
}

}  // namespace ramie::sim
