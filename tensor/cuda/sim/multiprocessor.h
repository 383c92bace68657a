// Runs the blocks of a grid, one after the other. The threads of a block run in a loop on ONE fiber for as
// long as none of them waits. A thread that waits (__syncthreads, a shuffle, ...) keeps the fiber on which it
// stands, and the loop goes on with the next thread on another. So a kernel without barriers never switches a
// stack, and nothing has to be declared.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <deque>
#include <stdexcept>
#include <string>
#include <vector>

#include <ramie/tensor/cuda/sim/fiber.h>
#include <ramie/tensor/cuda/sim/language.h>
#include <ramie/tensor/cuda/sim/settings.h>

namespace ramie::sim {

struct BrokenRule : std::runtime_error {  // by a kernel, such as a barrier in divergent code
  using std::runtime_error::runtime_error;
};

struct Site {  // where a thread waits
  const char* what = "";
  const char* file = "";
  int line = 0;
};
bool same_text(const char* a, const char* b);
inline bool operator==(const Site& a, const Site& b) {
  return a.line == b.line && (a.file == b.file || same_text(a.file, b.file)) &&
         (a.what == b.what || same_text(a.what, b.what));
}

enum class State : std::uint8_t { running, at_barrier, at_warp, exited };

struct alignas(64) Thread {
  Fiber* fiber = nullptr;  // on which it is suspended
  Site site;
  unsigned mask = 0;  // of a warp operation, with what it gives and gets
  std::int8_t source = 0;
  State state = State::running;
  std::uint64_t posted = 0, received = 0;
  void (*exchange)(Thread* lanes, unsigned members) = nullptr;
};

struct Warp {
  unsigned waiting = 0;  // lanes
  unsigned gone = 0;     // lanes that exited or were never there
  unsigned syncs = 0;
};

// Static shared memory: one for each shared<T, Name>(), filled with noise when a block first uses it.
struct SharedArray {
  std::size_t bytes;
  void* memory = nullptr;
  std::uint64_t block = 0;
};

struct Kernel {
  void (*run)(const void* call);
  const void* call;
  std::size_t bytes;  // of the call
  int device = 0;
};

class Multiprocessor {
 public:
  void run_grid(Kernel kernel, dim3 grid, dim3 block, std::size_t shared_bytes);  // throws BrokenRule

  // What the device functions call, on behalf of the thread that runs.
  void* shared(SharedArray& array) {
    if (array.block != block_) [[unlikely]]
      renew(array);
    return array.memory;
  }
  void* dynamic_shared() { return shared_; }
  struct Votes {
    unsigned yes, all;
  };
  Votes barrier(const Site& site, bool vote = false);
  std::uint64_t warp_operation(const Site& site, unsigned mask, std::uint64_t value, int source,
                               void (*exchange)(Thread*, unsigned));
  int lane() const { return static_cast<int>(current_ % 32); }

  // For the race detector.
  struct Moment {
    std::uint64_t launch, block, barrier;
    unsigned warp_syncs, thread;
  };
  Moment now() const { return {launch_, block_, barriers_, warps_[current_ / 32].syncs, current_}; }
  bool is_shared(const void* p) const;
  bool is_stack(const void* p) const;  // of some thread
  const Fiber& running() const { return *running_; }
  const Kernel& kernel() const { return kernel_; }
  bool exchanging() const { return exchanging_; }

 private:
  static constexpr int fresh = -1, none = -2;
  void prepare(dim3 block, std::size_t shared_bytes);
  void prepare_block();
  void run_block();
  [[noreturn]] void abandon_block();
  static void fiber_main();
  void run_threads();
  Fiber* idle_fiber();
  int choose();
  void yield();
  void enter(unsigned thread) { current_ = thread, threadIdx = index_[thread]; }
  Fiber& resume(unsigned thread);
  void finish(unsigned thread);
  void release_barrier_if_complete();
  void release_warp_if_complete(unsigned thread);
  bool warp_is_complete(unsigned thread) const;
  void renew(SharedArray& array);
  [[noreturn]] void fail(const char* rule);
  std::string report() const;
  std::string describe(const Thread& t) const;
  std::size_t random(std::size_t n);
  template <class T>
  void shuffle(std::vector<T>& v);

  Kernel kernel_{};
  Order way_ = Order::forward;
  dim3 block_size_{0};
  std::vector<uint3> index_;     // threadIdx of each thread
  std::vector<unsigned> order_;  // in which threads start and are released
  std::vector<unsigned> ready_;  // suspended threads that may go on, from ready_head_
  std::vector<Thread> threads_;
  std::vector<Warp> warps_;
  std::size_t ready_head_ = 0, started_ = 0, exited_ = 0;
  unsigned at_barrier_ = 0, yes_ = 0;  // threads at the barrier, and their votes
  Votes votes_{};                      // of the last barrier
  unsigned current_ = 0;
  Fiber host_, *running_ = nullptr;
  std::deque<Fiber> fibers_;
  std::vector<Fiber*> idle_;
  void* shared_ = nullptr;  // dynamic
  std::size_t shared_bytes_ = 0, static_bytes_ = 0;
  std::vector<SharedArray*> arrays_;  // that this block uses
  std::uint64_t launch_ = 0, block_ = 0, barriers_ = 0;
  std::uint64_t random_ = 1;
  const char* broken_rule_ = nullptr;
  bool exchanging_ = false;  // what lanes have posted
};

// What a race detector has found in the grid that has run, where one is linked.
using EndOfGrid = std::string (*)();
inline constinit EndOfGrid end_of_grid = nullptr;

// The one there is, where a kernel runs; elsewhere null.
[[gnu::visibility(RAMIE_SIM_VISIBILITY)]] inline constinit Multiprocessor* sm = nullptr;

}  // namespace ramie::sim
