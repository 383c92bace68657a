// What launch() needs to run a kernel on a GPU.
#pragma once

#include <ramie/tensor/cuda/pool.h>
#include <ramie/tensor/cuda/stream.h>
#include <ramie/tensor/tensor.h>

namespace ramie {
struct Cuda;
}

namespace ramie::gpu {

// This thread's stream of the device, selected.
Cuda stage(Device device, const char* op, std::byte* workspace);

inline bool on_current_stream(const Tensor& x) {
  const Block* block = x.storage().block;
  return !block || block->stream == current_stream(x.device().index);
}

// The current stream is about to read x: where x belongs to another stream, it waits for that one, and x's
// memory is used again only after this one.
inline void use(const Tensor& x) {
  if (!on_current_stream(x)) [[unlikely]]
    share(*x.storage().block, current_stream(x.device().index));
}

struct Scratch {  // device memory for the time of one launch
  Scratch(Device device, std::size_t bytes)
      : block(bytes ? take(device.index, bytes) : nullptr), data(block ? block->data : nullptr) {}
  ~Scratch() {
    if (block) release(block);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  Block* block;
  std::byte* data;
};

}  // namespace ramie::gpu
