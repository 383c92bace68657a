// A counted buffer. On the CPU, header and data share one block of the pool; elsewhere the header stands here
// and the data in a block of that device's pool.
#pragma once

#include <cstddef>

#include <ramie/tensor/counted.h>
#include <ramie/tensor/device.h>
#include <ramie/tensor/pool.h>

namespace ramie {

namespace gpu {
struct Block;
}

// `serial` and `id` are a recorder's name for the buffer: no map, and no confusion when an address is used
// again. A storage with an `original` is a second name for that one's bytes.
struct Storage : Counted {
  int size_class = 0;
  std::uint32_t serial = 0, id = 0;
  std::byte* data = nullptr;
  gpu::Block* block = nullptr;  // of device memory or pinned host memory; null for the CPU's pool
  Ref<Storage> original;

  static Ref<Storage> make(std::size_t bytes) {
    const int c = detail::class_of(bytes);
    Ref<Storage> s(::new (detail::pool_take(c, bytes + 64)) Storage);
    s->size_class = c;
    s->data = reinterpret_cast<std::byte*>(s.get()) + 64;
    return s;
  }
  static Ref<Storage> rename(const Ref<Storage>& original) {
    Ref<Storage> s = make(0);
    s->original = original->original ? original->original : original;  // never a chain
    s->data = original->data;
    s->block = s->original->block;
    return s;
  }
#if RAMIE_CUDA
  static Ref<Storage> make(std::size_t bytes, Device device);  // cuda/pool.cpp
  static Ref<Storage> make_pinned(std::size_t bytes);          // host memory that a GPU reads by itself
#endif
  void destroy();
};
static_assert(sizeof(Storage) <= 64);

}  // namespace ramie
