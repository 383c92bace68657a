// The caching memory pool of GPUs, ordered by streams: a block that is freed is used again by the same stream
// at once, without waiting, since work in a stream is done in order. cudaMalloc, which stops the whole
// device, is called only while a program warms up.
//
//   memory_stats(cuda(0)).in_use;      // bytes held by tensors
//   empty_cache(cuda(0));              // gives what is cached back to the driver
//
// Small blocks are cut from segments of 2 MiB, large ones are segments of their own. When the device is full,
// the pool gives back what it caches and tries once more; then the error says how much was asked, held and
// free.
//
// A captured graph must find its memory where it was, and nobody else in it: it owns a PrivatePool.
#pragma once

#include <cstddef>
#include <memory>

#include <ramie/tensor/device.h>
#include <ramie/tensor/pool.h>
#include <ramie/tensor/storage.h>

struct CUstream_st;
struct CUevent_st;

namespace ramie::gpu {

class Pool;
struct Segment;

struct Block {
  std::byte* data = nullptr;
  Pool* pool = nullptr;  // null: pinned host memory
  Segment* segment = nullptr;
  CUstream_st* stream = nullptr;  // whose work may use it again at once
  int size_class = 0;
  Block* next = nullptr;         // in a free list
  CUstream_st* readers[2] = {};  // other streams that it was shared with
  CUevent_st* copied = nullptr;  // pinned memory: the end of the last copy from it
};

// A block of the device's pool, or of the thread's private one, for the current stream.
Block* take(int device, std::size_t bytes);
void release(Block* block) noexcept;
// Another stream is about to use the block: it waits for the block's own, which will wait for it before the
// memory is used again.
void share(Block& block, CUstream_st* reader);

// While a scope is open, this thread's device memory comes from here; blocks return here, and go back to the
// driver when the pool and all its blocks are gone.
class PrivatePool {
 public:
  explicit PrivatePool(Device device);
  ~PrivatePool();
  PrivatePool(const PrivatePool&) = delete;
  PrivatePool& operator=(const PrivatePool&) = delete;
  MemoryStats stats() const;

  class Scope {
   public:
    explicit Scope(PrivatePool& pool);
    ~Scope();
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    Pool* before_;
  };

 private:
  Pool* pool_;
};

MemoryStats memory_stats(int device);
void empty_cache(int device);

}  // namespace ramie::gpu
