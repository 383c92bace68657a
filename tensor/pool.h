// The caching memory pool: four size classes per power of two, blocks aligned to 64 bytes. A thread takes
// from and gives to its own lists, without locks; surplus spills to a shared pool, so that a thread that
// produces sees again what a thread that consumes has freed. Blocks of 2 MiB and more ask for huge pages.
//
//   memory_stats().in_use;     // bytes held by tensors and graphs
//   empty_cache();             // gives what this thread and the shared pool cache back to the system
//
// Sanitizer builds poison free blocks and the gap behind each block's content.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <new>

#include <ramie/tensor/context.h>

#if defined(__SANITIZE_ADDRESS__)
#define RAMIE_POISONS_POOL 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define RAMIE_POISONS_POOL 1
#endif
#endif
#ifdef RAMIE_POISONS_POOL
#include <sanitizer/asan_interface.h>
#endif

namespace ramie {

struct MemoryStats {
  std::size_t in_use = 0;          // bytes in blocks that somebody holds
  std::size_t cached = 0;          // bytes in blocks that wait to be used again
  std::size_t peak = 0;            // the most bytes ever taken from the system at one time
  std::uint64_t system_calls = 0;  // how often a block was taken from the system; constant in a steady state
};
MemoryStats memory_stats(Device device = cpu());
void empty_cache(Device device = cpu());

namespace detail {

// The last class stands for all that no machine has: taking from it fails.
constexpr int class_of(std::size_t bytes) {
  const std::size_t units = ((bytes ? bytes : 1) + 63) / 64 - 1;
  const int width = static_cast<int>(std::bit_width(units)), shift = width > 3 ? width - 3 : 0;
  const int c = 4 * shift + static_cast<int>(units >> shift);
  return c < size_classes ? c : size_classes - 1;
}
constexpr std::size_t class_bytes(int c) {
  const int shift = c / 4 > 1 ? c / 4 - 1 : 0;
  return 64 * ((static_cast<std::size_t>(c - 4 * shift) + 1) << shift);
}
// How many blocks of a class a thread keeps: a mebibyte of them, but no less than four.
constexpr std::uint32_t cache_limit(int c) {
  const std::size_t blocks = (std::size_t{1} << 20) / class_bytes(c);
  return blocks < 4 ? 4 : blocks > 256 ? 256 : static_cast<std::uint32_t>(blocks);
}
struct CacheLimits {
  std::uint32_t of[size_classes];
  constexpr CacheLimits() : of() {
    for (int c = 0; c < size_classes; ++c) of[c] = cache_limit(c);
  }
};
inline constexpr CacheLimits cache_limits;

void* take_slow(
    int c, std::size_t bytes);  // from the shared pool, else the system; throws Error when there is no memory
void spill(int c);              // half of this thread's blocks of the class to the shared pool, or all

inline void poison([[maybe_unused]] void* p, [[maybe_unused]] std::size_t bytes) {
#ifdef RAMIE_POISONS_POOL
  ASAN_POISON_MEMORY_REGION(p, bytes);
#endif
}
inline void unpoison([[maybe_unused]] void* p, [[maybe_unused]] std::size_t bytes) {
#ifdef RAMIE_POISONS_POOL
  ASAN_UNPOISON_MEMORY_REGION(p, bytes);
#endif
}
inline void count(int c, std::int32_t by) {
  auto& n = context.free_count[c];
  n.store(n.load(std::memory_order_relaxed) + static_cast<std::uint32_t>(by), std::memory_order_relaxed);
}

// A block of at least `bytes`, which must be of the class c.
inline void* pool_take(int c, std::size_t bytes) {
  void* p = context.free[c];
  if (p) [[likely]] {
    unpoison(p, sizeof(Context::Block));
    context.free[c] = context.free[c]->next;
    count(c, -1);
  } else {
    p = take_slow(c, bytes);
  }
  unpoison(p, bytes);
  return p;
}
inline void pool_give(int c, void* p) {
  unpoison(p, sizeof(Context::Block));  // of less content than that, the rest is gap
  context.free[c] = ::new (p) Context::Block{context.free[c]};
  count(c, +1);
  poison(p, class_bytes(c) + 64);
  if (context.free_count[c].load(std::memory_order_relaxed) > cache_limits.of[c] || !context.caching)
      [[unlikely]]
    spill(c);
}

// Objects whose size is known when compiling.
template <class T, class... A>
T* pool_new(A&&... arguments) {
  constexpr int c = class_of(sizeof(T));
  void* p = pool_take(c, sizeof(T));
  try {
    return ::new (p) T(static_cast<A&&>(arguments)...);
  } catch (...) {
    pool_give(c, p);
    throw;
  }
}
template <class T>
void pool_delete(T* p) {
  p->~T();
  pool_give(class_of(sizeof(T)), p);
}

}  // namespace detail
}  // namespace ramie
