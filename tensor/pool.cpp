#include <ramie/tensor/pool.h>

#include <fmt/format.h>
#include <sys/mman.h>

#include <algorithm>
#include <cstdlib>
#include <mutex>
#include <vector>

#include <ramie/tensor/error.h>
#if RAMIE_CUDA
#include <ramie/tensor/cuda/pool.h>
#endif

#ifdef RAMIE_POISONS_POOL
// Free blocks are linked through their poisoned bytes; the leak sanitizer should follow the links there too.
extern "C" __attribute__((weak)) const char* __lsan_default_options() { return "use_poisoned=1"; }
#endif

namespace ramie {
namespace {

using detail::class_bytes;
using Block = Context::Block;

constexpr std::size_t huge_page = std::size_t{2} << 20;

struct Shared {
  std::mutex mutex;
  Block* free[size_classes] = {};
  std::size_t free_count[size_classes] = {};
  std::vector<const Context*> threads;
  std::size_t held = 0, peak = 0;  // bytes taken from the system
  std::uint64_t system_calls = 0;
};
Shared& shared() {
  static auto* s = new Shared;  // never destroyed: tensors may outlive every static
  return *s;
}

Block* pop(Block*& list) {
  Block* b = list;
  detail::unpoison(b, sizeof(Block));
  list = b->next;
  return b;
}
void push(Block*& list, Block* b) {
  detail::unpoison(b, sizeof(Block));
  b->next = list;
  list = b;
  detail::poison(b, sizeof(Block));
}

// Moves n blocks of a class from this thread to the shared pool.
void hand_over(Shared& s, int c, std::uint32_t n) {
  for (; n > 0; --n, ++s.free_count[c]) {
    push(s.free[c], pop(context.free[c]));
    detail::count(c, -1);
  }
}

// Enters a thread's context into the list of all, and empties its cache when the thread ends.
struct Registration {
  Registration() {
    std::scoped_lock lock(shared().mutex);
    shared().threads.push_back(&context);
    context.caching = true;
  }
  ~Registration() {
    std::scoped_lock lock(shared().mutex);
    context.caching = false;
    for (int c = 0; c < size_classes; ++c) hand_over(shared(), c, context.free_count[c]);
    std::erase(shared().threads, &context);
  }
};
// Takes effect once: what a thread frees after its Registration is gone passes through to the shared pool.
void register_thread() { thread_local Registration registration; }

void release(Shared& s, Block*& list, int c) {
  while (list) {
    void* p = pop(list);
    detail::unpoison(p, class_bytes(c) + 64);
    std::free(p);
    s.held -= class_bytes(c);
  }
}
void release_all(Shared& s) {
  for (int c = 0; c < size_classes; ++c) {
    release(s, s.free[c], c);
    release(s, context.free[c], c);
    s.free_count[c] = 0;
    context.free_count[c].store(0, std::memory_order_relaxed);
  }
}

// 64 bytes more than the class says, so that a storage's header does not push a round size up a class.
void* from_system(std::size_t bytes) {
  const std::size_t size = bytes + 64, align = bytes >= huge_page ? huge_page : 64;
  void* p = std::aligned_alloc(align, (size + align - 1) / align * align);
  if (p && bytes >= huge_page) madvise(p, size / huge_page * huge_page, MADV_HUGEPAGE);
  return p;
}
[[noreturn]] void out_of_memory(const Shared& s, std::size_t bytes) {
  fail("memory",
       fmt::format("no {} bytes to be had: {} are held. Use a smaller batch or model, or free tensors first.",
                   bytes, s.held));
}
void* allocate(Shared& s, int c, std::size_t bytes) {
  if (c == size_classes - 1) out_of_memory(s, bytes);
  void* p = from_system(class_bytes(c));
  if (!p) {
    release_all(s);
    p = from_system(class_bytes(c));
  }
  if (!p) out_of_memory(s, bytes);
  s.held += class_bytes(c);
  s.peak = std::max(s.peak, s.held);
  ++s.system_calls;
  detail::poison(p, class_bytes(c) + 64);
  return p;
}

}  // namespace

namespace detail {

void* take_slow(int c, std::size_t bytes) {
  register_thread();
  Shared& s = shared();
  std::scoped_lock lock(s.mutex);
  if (!s.free[c]) return allocate(s, c, bytes);
  // A batch, so that a thread which only takes does not lock every time.
  const std::size_t batch =
      context.caching ? std::min<std::size_t>(s.free_count[c] - 1, cache_limit(c) / 4) : 0;
  for (std::size_t n = batch; n > 0; --n, --s.free_count[c]) {
    push(context.free[c], pop(s.free[c]));
    count(c, +1);
  }
  --s.free_count[c];
  return pop(s.free[c]);
}

void spill(int c) {
  register_thread();
  Shared& s = shared();
  std::scoped_lock lock(s.mutex);
  const std::uint32_t n = context.free_count[c].load(std::memory_order_relaxed);
  if (!context.caching)
    hand_over(s, c, n);
  else if (n > cache_limit(c))
    hand_over(s, c, n - n / 2);
}

}  // namespace detail

MemoryStats memory_stats(Device device) {
  require_available(device);
#if RAMIE_CUDA
  if (device != cpu()) return gpu::memory_stats(device.index);
#endif
  Shared& s = shared();
  std::scoped_lock lock(s.mutex);
  MemoryStats stats{.peak = s.peak, .system_calls = s.system_calls};
  for (int c = 0; c < size_classes; ++c) {
    std::size_t blocks = s.free_count[c];
    for (auto* thread : s.threads) blocks += thread->free_count[c].load(std::memory_order_relaxed);
    stats.cached += blocks * class_bytes(c);
  }
  stats.cached =
      std::min(stats.cached, s.held);  // a block that changes threads meanwhile may be counted twice
  stats.in_use = s.held - stats.cached;
  return stats;
}

void empty_cache(Device device) {
  require_available(device);
#if RAMIE_CUDA
  if (device != cpu()) return gpu::empty_cache(device.index);
#endif
  std::scoped_lock lock(shared().mutex);
  release_all(shared());
}

}  // namespace ramie
