#include <ramie/tensor/cuda/pool.h>

#include <fmt/format.h>

#include <algorithm>
#include <mutex>
#include <vector>

#include <ramie/tensor/cuda/check.h>
#include <ramie/tensor/cuda/device.h>
#include <ramie/tensor/cuda/order.h>
#include <ramie/tensor/cuda/pinned.h>
#include <ramie/tensor/cuda/stream.h>
#include <ramie/tensor/error.h>
#if RAMIE_SIM
#include <ramie/tensor/cuda/sim/settings.h>
#endif

namespace ramie::gpu {
namespace {

constexpr std::size_t segment_bytes = std::size_t{2} << 20;

// Blocks start at multiples of 256 bytes, as those of cudaMalloc do.
std::size_t block_bytes(int c) { return (detail::class_bytes(c) + 255) / 256 * 256; }
std::size_t reserved_bytes(int c) {
  const std::size_t bytes = block_bytes(c);
  return bytes <= segment_bytes / 2 ? segment_bytes
                                    : (bytes + segment_bytes - 1) / segment_bytes * segment_bytes;
}

// Only simulated memory is the sanitizer's to watch; not where work comes after its memory was given back.
void watch([[maybe_unused]] std::byte* p, [[maybe_unused]] std::size_t used, [[maybe_unused]] int c) {
#if RAMIE_SIM
  if (sim::settings().lazy_streams) return detail::unpoison(p, block_bytes(c));
  detail::poison(p, block_bytes(c));
  detail::unpoison(p, used);
#endif
}

}  // namespace

// What was taken from the driver at one time, cut into blocks of one class.
struct Segment {
  std::byte* data;
  std::size_t bytes;
  std::vector<Block> blocks;
  std::size_t held = 0;  // of its blocks
};

class Pool {
 public:
  explicit Pool(int device) : device_(device) {}

  Block* take(std::size_t bytes, CUstream_st* stream) {
    const int c = detail::class_of(bytes);
    const std::lock_guard lock(mutex_);
    Block*& list = lists_of(stream)[c];
    if (!list) refill(list, c, bytes, stream);
    Block* b = std::exchange(list, list->next);
    ++b->segment->held;
    stats_.in_use += block_bytes(c), stats_.cached -= block_bytes(c);
    watch(b->data, bytes, c);
    return b;
  }
  void give(Block* b) {
    const std::lock_guard lock(mutex_);
    watch(b->data, 0, b->size_class);
    push(lists_of(b->stream)[b->size_class], b);
    --b->segment->held;
    stats_.in_use -= block_bytes(b->size_class), stats_.cached += block_bytes(b->size_class);
  }
  void empty_cache() {
    const std::lock_guard lock(mutex_);
    give_back();
  }
  MemoryStats stats() {
    const std::lock_guard lock(mutex_);
    return stats_;
  }
  int device() const { return device_; }

 private:
  struct Lists {
    CUstream_st* stream;
    Block* of_class[size_classes] = {};
  };
  Block** lists_of(CUstream_st* stream) {  // streams are few
    for (Lists& l : free_)
      if (l.stream == stream) return l.of_class;
    return free_.emplace_back(Lists{stream}).of_class;
  }
  static void push(Block*& list, Block* b) { b->next = std::exchange(list, b); }

  void refill(Block*& list, int c, std::size_t asked, CUstream_st* stream) {
    auto s = std::make_unique<Segment>(Segment{nullptr, reserved_bytes(c), {}});
    s->data = reserve(s->bytes, asked);
    s->blocks.resize(std::max<std::size_t>(1, s->bytes / block_bytes(c)));
    std::byte* at = s->data;
    for (Block& b : s->blocks) {
      b = {.data = at, .pool = this, .segment = s.get(), .stream = stream, .size_class = c};
      watch(at, 0, c);
      push(list, &b);
      at += block_bytes(c), stats_.cached += block_bytes(c);
    }
    segments_.push_back(std::move(s));
  }
  std::byte* reserve(std::size_t bytes, std::size_t asked) {
    std::byte* p = from_driver(bytes);
    if (!p) give_back(), p = from_driver(bytes);
    if (!p) out_of_memory(asked);
    reserved_ += bytes;
    stats_.peak = std::max(stats_.peak, reserved_);
    return p;
  }
  std::byte* from_driver(std::size_t bytes) {
    void* p = nullptr;
    select(device_);
    const cudaError_t error = cudaMalloc(&p, bytes);
    ++stats_.system_calls;
    if (error == cudaErrorMemoryAllocation) return cudaGetLastError(), nullptr;
    check(error, "memory", "taking memory from the driver");
    return static_cast<std::byte*>(p);
  }
  // Segments of which nobody holds a block. cudaFree waits for the device.
  void give_back() {
    for (Lists& l : free_)
      for (Block*& list : l.of_class) drop_unheld(list);
    std::erase_if(segments_, [&](auto& s) {
      if (s->held) return false;
      reserved_ -= s->bytes;
      stats_.cached -= s->blocks.size() * block_bytes(s->blocks[0].size_class);
      to_driver(*s);
      return true;
    });
  }
  static void drop_unheld(Block*& list) {
    for (Block** at = &list; *at;) {
      if ((*at)->segment->held)
        at = &(*at)->next;
      else
        *at = (*at)->next;
    }
  }
  void to_driver(const Segment& s) {
#if RAMIE_SIM
    detail::unpoison(s.data, s.bytes);
#endif
    select(device_);
    cudaFree(s.data);
  }
  [[noreturn]] void out_of_memory(std::size_t asked) {
    std::size_t free = 0, total = 0;
    cudaMemGetInfo(&free, &total);
    const auto mib = [](std::size_t bytes) { return static_cast<double>(bytes) / (1 << 20); };
    fail("memory",
         fmt::format("{} is full: {:.1f} MiB were asked for, tensors hold {:.1f} MiB, {:.1f} MiB are cached "
                     "in parts too small or of other streams, and {:.1f} of {:.1f} MiB are free. Use smaller "
                     "batches, or free tensors first.",
                     str(cuda(device_)), mib(asked), mib(stats_.in_use), mib(stats_.cached), mib(free),
                     mib(total)));
  }

  const int device_;
  std::mutex mutex_;
  std::vector<Lists> free_;
  std::vector<std::unique_ptr<Segment>> segments_;
  MemoryStats stats_;
  std::size_t reserved_ = 0;

 public:
  bool abandoned = false;  // a private pool whose owner is gone: it dies with its last block
  ~Pool() { give_back(); }
};

namespace {

Pool& pool_of(int device) {
  static auto* pools = [] {
    auto* all = new std::vector<std::unique_ptr<Pool>>;
    for (int i = 0; i < most_devices; ++i) all->push_back(std::make_unique<Pool>(i));
    return all;
  }();
  return *(*pools)[static_cast<std::size_t>(device)];
}

constinit thread_local Pool* private_pool = nullptr;

void delete_if_abandoned(Pool* p) {
  if (p->abandoned && p->stats().in_use == 0) delete p;
}

}  // namespace

Block* take(int device, std::size_t bytes) {
  select(device);
  Pool& p = private_pool && private_pool->device() == device ? *private_pool : pool_of(device);
  return p.take(bytes, current_stream(device));
}

void release(Block* b) noexcept {
  if (!b->pool) return release_pinned(b);
  try {
    settle(*b);
  } catch (...) {  // the device is lost: nothing will run on it again
  }
  Pool* p = b->pool;
  p->give(b);
  if (p->abandoned) delete_if_abandoned(p);
}

void settle(Block& b) {
  if (!b.readers[0]) return;
  for (auto& reader : b.readers)
    if (reader) wait_for(b.pool->device(), b.stream, std::exchange(reader, nullptr));
}

void share(Block& b, CUstream_st* reader) {
  static std::mutex readers;
  const std::lock_guard lock(readers);
  const int device = b.pool->device();
  wait_for(device, reader, b.stream);
  for (auto& slot : b.readers) {
    if (slot == reader) return;
    if (!slot) return void(slot = reader);
  }
  wait_for(device, b.stream, b.readers[1]);  // more than two: the own stream waits for one of them now
  b.readers[1] = reader;
}

PrivatePool::PrivatePool(Device device) : pool_((require_available(device), new Pool(device.index))) {}
PrivatePool::~PrivatePool() {
  pool_->abandoned = true;
  delete_if_abandoned(pool_);
}
MemoryStats PrivatePool::stats() const { return pool_->stats(); }
PrivatePool::Scope::Scope(PrivatePool& pool) : before_(std::exchange(private_pool, pool.pool_)) {}
PrivatePool::Scope::~Scope() { private_pool = before_; }

MemoryStats memory_stats(int device) { return pool_of(device).stats(); }
void empty_cache(int device) { pool_of(device).empty_cache(); }

}  // namespace ramie::gpu

namespace ramie {

Ref<Storage> Storage::make(std::size_t bytes, Device device) {
  Ref<Storage> s = make(0);
  s->block = gpu::take(device.index, bytes);
  s->data = s->block->data;
  return s;
}

}  // namespace ramie
