#include <algorithm>
#include <bit>
#include <cstring>
#include <new>
#include <utility>

#include <ramie/tensor/cuda/sim/multiprocessor.h>
#include <ramie/tensor/cuda/sim/settings.h>

namespace ramie::sim {
namespace {

// Noise (a NaN, or -1), so that what was never written shows. Exactly so many bytes, so that ASan sees one
// too many.
void* noisy(std::size_t bytes) {
  void* p = nullptr;
  if (bytes && posix_memalign(&p, 128, bytes)) throw std::bad_alloc();
  return p;
}

}  // namespace

bool same_text(const char* a, const char* b) { return std::strcmp(a, b) == 0; }

// ---- grids and blocks -------------------------------------------------------------------------------------

void Multiprocessor::run_grid(Kernel kernel, dim3 grid, dim3 block, std::size_t shared_bytes) {
  const struct Current {
    explicit Current(Multiprocessor* m) { sm = m; }
    ~Current() { sm = nullptr; }
  } current(this);
  kernel_ = kernel, gridDim = grid, blockDim = block;
  way_ = settings().order;
  prepare(block, shared_bytes);
  const std::size_t blocks = std::size_t{grid.x} * grid.y * grid.z;
  std::vector<std::size_t> shuffled;
  if (way_ == Order::random && blocks > 1) {
    for (std::size_t b = 0; b < blocks; ++b) shuffled.push_back(b);
    shuffle(shuffled);
  }
  for (std::size_t i = 0; i < blocks; ++i) {
    const std::size_t b = !shuffled.empty() ? shuffled[i] : way_ == Order::reverse ? blocks - 1 - i : i;
    blockIdx = {static_cast<unsigned>(b % grid.x), static_cast<unsigned>(b / grid.x % grid.y),
                static_cast<unsigned>(b / grid.x / grid.y)};
    run_block();
  }
  if (end_of_grid)
    if (const std::string text = end_of_grid(); !text.empty()) throw BrokenRule(text);
}

void Multiprocessor::prepare(dim3 block, std::size_t shared_bytes) {
  const unsigned n = block.x * block.y * block.z;
  ++launch_;
  if (shared_bytes != shared_bytes_) {
    std::free(shared_);
    shared_ = noisy(shared_bytes);
    shared_bytes_ = shared_bytes;
  }
  if (index_.size() != n || block_size_.x != block.x || block_size_.y != block.y) {
    block_size_ = block;
    index_.resize(n);
    order_.resize(n);
    threads_.assign(n, {});
    warps_.resize((n + 31) / 32);
    for (unsigned t = 0; t < n; ++t) index_[t] = {t % block.x, t / block.x % block.y, t / block.x / block.y};
  }
  if (launch_ == 1) random_ = settings().seed * 0x9E3779B97F4A7C15u | 1;
  for (unsigned t = 0; t < n; ++t) order_[t] = way_ == Order::reverse ? n - 1 - t : t;
}

void Multiprocessor::prepare_block() {
  ++block_;
  if (way_ == Order::random) shuffle(order_);
  std::fill(warps_.begin(), warps_.end(), Warp{});
  if (const std::size_t odd = threads_.size() % 32) warps_.back().gone = ~0u << odd;
  if (shared_bytes_) std::memset(shared_, 0xFF, shared_bytes_);
  static_bytes_ = 0;
  arrays_.clear();
  for (Thread& t : threads_) t.state = State::running;
  ready_.clear();
  ready_head_ = started_ = exited_ = 0;
  at_barrier_ = yes_ = 0;
}

void Multiprocessor::run_block() {
  prepare_block();
  switch_fiber(host_, *(running_ = idle_fiber()));
  if (broken_rule_ || exited_ != threads_.size()) abandon_block();
}

// The suspended threads are dropped where they stand; no destructor runs.
void Multiprocessor::abandon_block() {
  const char* rule = std::exchange(broken_rule_, nullptr);
  const std::string text = (rule ? rule : "deadlock: no thread can go on") + report();
  idle_.clear();
  for (Fiber& f : fibers_) {
    start_at(f, fiber_main);
    idle_.push_back(&f);
  }
  throw BrokenRule(text);
}

void Multiprocessor::fail(const char* rule) {
  broken_rule_ = rule;
  switch_fiber(*running_, host_);
  std::abort();  // never reached
}

// ---- shared memory ----------------------------------------------------------------------------------------

void Multiprocessor::renew(SharedArray& array) {
  if (!array.memory) array.memory = noisy(array.bytes);
  std::memset(array.memory, 0xFF, array.bytes);
  array.block = block_;
  arrays_.push_back(&array);
  static_bytes_ += array.bytes;
  if (static_bytes_ > shared_default) fail("more than 48 KiB of static shared memory");
  const std::size_t limit = shared_bytes_ > shared_default ? shared_opt_in : shared_default;
  if (static_bytes_ + shared_bytes_ > limit)
    fail("more shared memory, static and dynamic, than a block may have");
}

bool Multiprocessor::is_shared(const void* p) const {
  const auto within = [p](const void* from, std::size_t bytes) {
    return p >= from && p < static_cast<const char*>(from) + bytes;
  };
  return within(shared_, shared_bytes_) ||
         std::any_of(arrays_.begin(), arrays_.end(),
                     [&](const SharedArray* a) { return within(a->memory, a->bytes); });
}

bool Multiprocessor::is_stack(const void* p) const {
  return std::any_of(fibers_.begin(), fibers_.end(), [p](const Fiber& f) {
    return p >= f.bottom && p < static_cast<const char*>(f.bottom) + f.size;
  });
}

// ---- threads ----------------------------------------------------------------------------------------------

Fiber* Multiprocessor::idle_fiber() {
  if (idle_.empty()) {
    fibers_.push_back(new_fiber(fibers_.size()));
    start_at(fibers_.back(), fiber_main);
    return &fibers_.back();
  }
  Fiber* f = idle_.back();
  idle_.pop_back();
  return f;
}

void Multiprocessor::fiber_main() {
  arrived(*sm->running_);
  for (;;) sm->run_threads();
}

// Threads that do not wait run here, one after the other.
void Multiprocessor::run_threads() {
  int next;
  do {
    enter(order_[started_++]);
    kernel_.run(kernel_.call);
    finish(current_);
    next = choose();
  } while (next == fresh);
  Fiber& self = *running_;
  idle_.push_back(&self);
  switch_fiber(self, next == none ? host_ : resume(static_cast<unsigned>(next)));
}

inline Fiber& Multiprocessor::resume(unsigned thread) {
  enter(thread);
  return *(running_ = threads_[thread].fiber);
}

// The next thread: one that may go on, or a fresh one, or none.
[[gnu::always_inline]] inline int Multiprocessor::choose() {
  const std::size_t waiting = ready_.size() - ready_head_;
  const bool more = started_ < order_.size();
  if (waiting && way_ == Order::random) {
    if (more && random(2)) return fresh;
    std::swap(ready_[ready_head_], ready_[ready_head_ + random(waiting)]);
  }
  if (waiting) return static_cast<int>(ready_[ready_head_++]);
  ready_.clear();
  ready_head_ = 0;
  return more ? fresh : none;
}

// The current thread waits: run another.
[[gnu::always_inline]] inline void Multiprocessor::yield() {
  Fiber& from = *running_;
  threads_[current_].fiber = &from;
  const int next = choose();
  Fiber& to = next == none    ? host_
              : next == fresh ? *(running_ = idle_fiber())
                              : resume(static_cast<unsigned>(next));
  if (&to != &from) switch_fiber(from, to);
}

void Multiprocessor::finish(unsigned thread) {
  threads_[thread].state = State::exited;
  Warp& warp = warps_[thread / 32];
  warp.gone |= 1u << thread % 32;
  ++exited_;
  if (at_barrier_) release_barrier_if_complete();
  for (unsigned left = warp.waiting; left; left &= left - 1)
    release_warp_if_complete(thread / 32 * 32 + static_cast<unsigned>(std::countr_zero(left)));
}

// ---- barriers ---------------------------------------------------------------------------------------------

Multiprocessor::Votes Multiprocessor::barrier(const Site& site, bool vote) {
  Thread& self = threads_[current_];
  self.state = State::at_barrier;
  self.site = site;
  ++at_barrier_;
  yes_ += vote;
  release_barrier_if_complete();
  yield();
  return votes_;
}

// Threads that have exited need not come (sm_70 and later).
void Multiprocessor::release_barrier_if_complete() {
  if (at_barrier_ + exited_ != threads_.size()) return;
  const Site* site = nullptr;
  ready_.clear();
  ready_head_ = 0;
  for (const unsigned t : order_) {
    if (threads_[t].state != State::at_barrier) continue;
    if (!site) site = &threads_[t].site;
    if (!(threads_[t].site == *site)) fail("barrier in divergent code");
    ready_.push_back(t);
  }
  for (const unsigned t : ready_) threads_[t].state = State::running;
  votes_ = {yes_, at_barrier_};
  at_barrier_ = yes_ = 0;
  ++barriers_;
}

// ---- operations of a warp ---------------------------------------------------------------------------------

std::uint64_t Multiprocessor::warp_operation(const Site& site, unsigned mask, std::uint64_t value, int source,
                                             void (*exchange)(Thread*, unsigned)) {
  Thread& self = threads_[current_];
  self.state = State::at_warp;
  self.site = site;
  self.mask = mask;
  self.posted = value;
  self.source = static_cast<std::int8_t>(source);
  self.exchange = exchange;
  const unsigned bit = 1u << current_ % 32;
  if (!(mask & bit)) fail("a thread is not in the mask that it gives");
  warps_[current_ / 32].waiting |= bit;
  release_warp_if_complete(current_);
  yield();
  return self.received;
}

// Whether all that the thread's mask names wait at the same place, or have exited. Those that wait elsewhere
// may still come; if they never do, that is a deadlock.
bool Multiprocessor::warp_is_complete(unsigned thread) const {
  const Warp& warp = warps_[thread / 32];
  const Thread& self = threads_[thread];
  if (((warp.waiting | warp.gone) & self.mask) != self.mask) return false;
  for (unsigned left = self.mask & ~warp.gone; left; left &= left - 1) {
    const Thread& t = threads_[thread / 32 * 32 + static_cast<unsigned>(std::countr_zero(left))];
    if (t.mask != self.mask || !(t.site == self.site)) return false;
  }
  return true;
}

void Multiprocessor::release_warp_if_complete(unsigned thread) {
  if (!warp_is_complete(thread)) return;
  Warp& warp = warps_[thread / 32];
  const unsigned first = thread / 32 * 32, members = threads_[thread].mask & ~warp.gone;
  Thread* lanes = &threads_[first];
  warp.waiting &= ~members;
  if (const auto exchange = threads_[thread].exchange) {
    exchanging_ = true;
    exchange(lanes, members);
    exchanging_ = false;
  } else {
    ++warp.syncs;  // only __syncwarp orders memory
  }
  const bool reverse = way_ == Order::reverse;
  for (unsigned left = members; left;) {
    const auto lane = static_cast<unsigned>(reverse ? 31 - std::countl_zero(left) : std::countr_zero(left));
    left &= ~(1u << lane);
    lanes[lane].state = State::running;
    ready_.push_back(first + lane);
  }
}

// ---- reports ----------------------------------------------------------------------------------------------

// Who waits where, neighbours in one line.
std::string Multiprocessor::report() const {
  std::string text = "\n  in block (" + std::to_string(blockIdx.x) + "," + std::to_string(blockIdx.y) + "," +
                     std::to_string(blockIdx.z) + ")";
  for (std::size_t i = 0, j; i < threads_.size(); i = j) {
    const std::string what = describe(threads_[i]);
    for (j = i + 1; j < threads_.size() && describe(threads_[j]) == what;) ++j;
    text += "\n  threads " + std::to_string(i) + ".." + std::to_string(j - 1) + ": " + what;
  }
  return text;
}

std::string Multiprocessor::describe(const Thread& t) const {
  if (t.state == State::exited) return "exited";
  if (t.state == State::running) return "ready";
  std::string text = "wait at ";
  text.append(t.site.file).append(":").append(std::to_string(t.site.line)).append(": ").append(t.site.what);
  if (t.state == State::at_barrier) return text;
  text += ", mask 0x";
  for (int shift = 28; shift >= 0; shift -= 4) text += "0123456789abcdef"[t.mask >> shift & 15];
  return text;
}

// ---- chance -----------------------------------------------------------------------------------------------

std::size_t Multiprocessor::random(std::size_t n) {  // xorshift64
  random_ ^= random_ << 13;
  random_ ^= random_ >> 7;
  random_ ^= random_ << 17;
  return random_ % n;
}

template <class T>
void Multiprocessor::shuffle(std::vector<T>& v) {
  for (std::size_t i = v.size(); i > 1; --i) std::swap(v[i - 1], v[random(i)]);
}

}  // namespace ramie::sim
