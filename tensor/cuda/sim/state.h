// What the simulated devices hold; for the .cpp files of this folder.
#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include <ramie/tensor/cuda/sim/runtime.h>

namespace ramie::sim {
using Work = std::function<void()>;
}

struct CUgraph_st {
  std::vector<ramie::sim::Work> nodes;
};
struct CUgraphExec_st {
  std::vector<ramie::sim::Work> nodes;
};

struct CUstream_st {
  int device = 0;
  bool blocking = false;                 // waits for the null stream, and that for it
  std::deque<ramie::sim::Work> pending;  // of lazy streams
  CUgraph_st* capture = nullptr;         // where work goes instead of being run
  bool capture_owner = false;            // not one that joined through an event
  bool invalidated = false;              // by a call that cannot be captured
  std::thread::id capturing_thread;
  cudaStreamCaptureMode mode{};

  bool step();  // runs the oldest work; false where there is none
  void drain();
};

namespace ramie::sim {

// A record of an event: waits are for the record that was the last when they were asked for.
struct Mark {
  CUstream_st* stream;
  bool done = false;
  std::chrono::steady_clock::time_point time{};
};

struct Allocation {
  std::size_t bytes;
  int device;  // host: page-locked memory of the host
  static constexpr int host = -1;
};

struct Devices {
  std::recursive_mutex mutex;  // every call of the runtime holds it, and so does a kernel that runs
  std::map<const char*, Allocation> memory;
  std::vector<std::size_t> used;  // bytes, of each device
  std::vector<std::unique_ptr<CUstream_st>> null_streams;
  std::vector<std::unique_ptr<CUstream_st>> streams;
  std::unordered_map<const void*, std::size_t> shared_limits;  // that kernels were allowed
  bool faulted = false;  // a kernel has broken a rule, and nobody has been told
  std::string fault;     // what it did
};
Devices& devices();

using Lock = std::unique_lock<std::recursive_mutex>;
inline Lock lock() { return Lock(devices().mutex); }

cudaError_t failed(cudaError_t error);  // remembers it as the thread's last
int current_device();
CUstream_st& stream_of(cudaStream_t stream);  // null: the current device's
const Allocation* find(const void* p, std::size_t bytes);
// Runs, queues or captures. cudaErrorLaunchFailure where a kernel broke a rule.
cudaError_t submit(CUstream_st& stream, Work work);
cudaError_t fault_or_success();
bool capture_forbids();  // whether this thread captures and so may not allocate or wait for the device
void drain(int device);

}  // namespace ramie::sim

struct CUevent_st {
  int device = 0;
  bool timed = true;
  std::shared_ptr<ramie::sim::Mark> mark{};  // the last record
  CUgraph_st* captured = nullptr;            // where that record is in
};
