// Kernels that are wrong on purpose.
#pragma once

#include <cuda_runtime.h>

namespace ramie::planted {

enum class Bug {
  none,
  missing_syncthreads,
  missing_syncwarp,
  wrong_mask,
  not_in_own_mask,
  divergent_barrier,
  skipped_barrier,
  lane_missing,
  early_exit,  // allowed
  shared_overflow,
  dynamic_shared_overflow,
  device_overflow,
  misaligned,
  unwritten_shared,
  blocks_meet,   // two blocks write one place
  host_memory,   // a kernel reads what only the host can
  others_local,  // a thread reads another's local variable
};

// Sums 64 floats into out[0] by one block of 64 threads: correctly for none and early_exit.
void sum64(Bug bug, const float* x, float* out, CUstream_st* stream = nullptr);
void empty(dim3 grid, dim3 block, std::size_t shared_bytes, CUstream_st* stream = nullptr);
// out[0] = 1 after asking for so much static and dynamic shared memory.
void static_40k(std::size_t dynamic_bytes, int* out);
// out[i] = block i's number, in 8 blocks of 32.
void block_numbers(int* out);

}  // namespace ramie::planted
