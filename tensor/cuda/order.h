// When work on the current stream may touch memory of others.
//
//   Order order(0);
//   order.writes(block);     // after all that was asked of it before ...
//   cudaGraphLaunch(...);
//   order.end();             // ... and before all that its own stream does with it from now on
#pragma once

#include <vector>

#include <ramie/tensor/cuda/pool.h>

namespace ramie::gpu {

// The block's own stream waits for the others that have read it.
void settle(Block& block);

class Order {
 public:
  explicit Order(int device);
  ~Order();  // ends it, also after an exception
  Order(const Order&) = delete;
  Order& operator=(const Order&) = delete;

  CUstream_st* stream() const { return current_; }
  void with(CUstream_st* other) {
    if (other != current_) [[unlikely]]
      join(other);
  }
  void writes(Block& block) {
    if (block.readers[0]) [[unlikely]]
      settle(block);
    with(block.stream);
  }
  void end();

 private:
  void join(CUstream_st* other);
  const int device_;
  CUstream_st* const current_;
  std::vector<CUstream_st*> others_;
};

}  // namespace ramie::gpu
