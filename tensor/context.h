// All per-thread state in one constinit object, so that an access is one load without a guard or a call.
#pragma once

#include <atomic>
#include <cstdint>
#include <utility>

#include <ramie/tensor/device.h>

namespace ramie {

class Recorder;
struct Graph;

inline constexpr int size_classes = 160;

struct Context {
  struct Block {
    Block* next;
  };
  Block* free[size_classes] = {};  // this thread's cache of the pool
  std::atomic<std::uint32_t> free_count[size_classes] =
      {};  // written by its thread alone, read by statistics
  bool caching =
      false;      // between the thread's first use of the pool and its end; else all goes to the shared pool
  Device device;  // where tensors without inputs are made
  bool grad_enabled = true;
  bool destroying = false;
  Recorder* recorder = nullptr;  // who writes launches down, while a program is captured
  bool jit_disabled = false;
  bool anomaly = false;     // each op is checked for NaN
  Graph* dead = nullptr;    // graph nodes that wait to be destroyed
  std::uint64_t clock = 0;  // the time of the youngest node (Lamport)
};
inline constinit thread_local Context context;

// Sets a member of the context and puts it back.
template <class T>
class Restore {
 public:
  Restore(T& slot, T value) : slot_(slot), before_(std::exchange(slot, value)) {}
  ~Restore() { slot_ = before_; }
  Restore(const Restore&) = delete;
  Restore& operator=(const Restore&) = delete;

 private:
  T& slot_;
  T before_;
};

}  // namespace ramie
