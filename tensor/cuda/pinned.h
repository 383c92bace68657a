// Page-locked host memory, from which a GPU copies by itself while the host goes on. A block is used again
// only when the last copy from it is done.
#pragma once

#include <ramie/tensor/cuda/pool.h>
#include <ramie/tensor/tensor.h>

namespace ramie {

// x on the CPU, in page-locked memory: x.to(cuda(0)) then neither waits nor copies twice.
Tensor pinned(const Tensor& x);

namespace gpu {

Block* take_pinned(std::size_t bytes);
void release_pinned(Block* block) noexcept;
void copies_from(Block& block, CUstream_st* stream);  // a copy out of it has just been given to the stream

}  // namespace gpu
}  // namespace ramie
