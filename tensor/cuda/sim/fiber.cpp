#include <sys/mman.h>

#include <cstdint>
#include <new>

#include <ramie/tensor/cuda/sim/fiber.h>

#ifdef RAMIE_SIM_ASAN
#include <sanitizer/asan_interface.h>
#endif

#ifndef __x86_64__
#error "The simulated device needs these fifteen instructions for this processor."
#endif
asm(R"(
.text
.globl ramie_sim_swap_stacks
.hidden ramie_sim_swap_stacks
.type ramie_sim_swap_stacks, @function
ramie_sim_swap_stacks:
  pushq %rbp; pushq %rbx; pushq %r12; pushq %r13; pushq %r14; pushq %r15
  movq %rsp, (%rdi)
  movq %rsi, %rsp
  popq %r15; popq %r14; popq %r13; popq %r12; popq %rbx; popq %rbp
  ret
.size ramie_sim_swap_stacks, .-ramie_sim_swap_stacks
)");

namespace ramie::sim {

Fiber new_fiber(std::size_t number) {
  constexpr std::size_t page = 4096;
  void* base = mmap(nullptr, page + stack_bytes, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (base == MAP_FAILED) throw std::bad_alloc();
  mprotect(base, page, PROT_NONE);  // a stack overflow stops here
  // The tops of the stacks lie apart, or they would all compete for one set of the cache.
  return {nullptr, static_cast<char*>(base) + page, stack_bytes - number * 320 % page, nullptr};
}

void start_at(Fiber& fiber, void (*entry)()) {
#ifdef RAMIE_SIM_ASAN
  __asan_unpoison_memory_region(fiber.bottom, fiber.size);
#endif
  const auto end = reinterpret_cast<std::uintptr_t>(fiber.bottom) + fiber.size;
  auto** top = reinterpret_cast<void**>(end & ~std::uintptr_t{15});
  *--top = nullptr;  // where the entry would return to: debuggers end the stack here
  *--top = reinterpret_cast<void*>(entry);
  for (int i = 0; i < 6; ++i) *--top = nullptr;  // six registers
  fiber.stack_pointer = top;
  fiber.fake_stack = nullptr;
}

}  // namespace ramie::sim
