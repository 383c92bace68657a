// The race detector. Kernels compiled with -fsanitize=thread, but linked with the functions of race_hooks.cpp
// in place of the thread sanitizer's, report each access to memory. Two accesses to one place by two threads,
// one of them a write, race where no barrier stands between them, in whatever order the simulated device ran
// them. A kernel that races fails, and so does one that reads shared memory which no thread of its block has
// written, or touches memory that a kernel may not touch.
#pragma once

#include <cstddef>
#include <string>

#include <ramie/tensor/cuda/sim/multiprocessor.h>

namespace ramie::sim {

enum class AccessKind { read, write, atomic_read, atomic_write };

// One access of the thread that runs; pc is the place in the kernel. Outside of kernels nothing is noted.
void note_access(const void* p, std::size_t bytes, AccessKind kind, const void* pc);

// "tensor/ops/reduce.cu:57", or the address where nothing is known of it.
std::string source_line(const void* pc);

}  // namespace ramie::sim
