#include <ramie/tensor/cuda/stream.h>

#include <atomic>
#include <mutex>
#include <vector>

#include <ramie/tensor/cuda/check.h>
#include <ramie/tensor/cuda/stage.h>
#include <ramie/tensor/launch.h>

namespace ramie {
namespace {

// Streams are never destroyed, since memory in the pool may belong to them: they are lent.
struct Lent {
  std::mutex mutex;
  std::vector<CUstream_st*> idle;
};
Lent& lent(int device) {
  static auto* all = new Lent[gpu::most_devices];
  return all[device];
}

CUstream_st* make_stream(int device) {
  gpu::select(device);
  CUstream_st* s = nullptr;
  gpu::check(cudaStreamCreateWithFlags(&s, cudaStreamNonBlocking), "stream", "making one");
  return s;
}

CUstream_st* borrow(Device d) {
  require_available(d);
  auto& [mutex, idle] = lent(d.index);
  const std::lock_guard lock(mutex);
  if (idle.empty()) return make_stream(d.index);
  CUstream_st* s = idle.back();
  idle.pop_back();
  return s;
}

bool is_done(cudaError_t state, const char* op) {
  if (state == cudaErrorNotReady) return false;
  gpu::check(state, op, "asking whether it is done");
  return true;
}

}  // namespace

Stream::Stream(Device device) : device_(device), handle_(borrow(device)) {}
Stream::~Stream() {
  auto& [mutex, idle] = lent(device_.index);
  const std::lock_guard lock(mutex);
  idle.push_back(handle_);
}
void Stream::synchronize() const { gpu::wait(device_.index, handle_); }
bool Stream::done() const { return is_done(cudaStreamQuery(handle_), "stream"); }
void Stream::wait(const Event& event) {
  gpu::select(device_.index);
  gpu::check(cudaStreamWaitEvent(handle_, event.handle(), 0), "stream", "waiting for an event");
}

Event::Event(Device device) : device_(device) {
  require_available(device);
  gpu::select(device.index);
  gpu::check(cudaEventCreateWithFlags(&handle_, cudaEventDefault), "event", "making one");
  record();
}
Event::~Event() { cudaEventDestroy(handle_); }
void Event::record() {
  gpu::select(device_.index);
  gpu::check(cudaEventRecord(handle_, gpu::current_stream(device_.index)), "event", "recording it");
}
void Event::synchronize() const { gpu::check(cudaEventSynchronize(handle_), "event", "waiting for it"); }
bool Event::done() const { return is_done(cudaEventQuery(handle_), "event"); }
double Event::milliseconds_since(const Event& start) const {
  synchronize();
  float ms = 0;
  gpu::check(cudaEventElapsedTime(&ms, start.handle_, handle_), "event", "measuring time");
  return ms;
}

namespace gpu {

CUstream_st* default_stream(int device) {
  static std::atomic<CUstream_st*> streams[most_devices];
  static std::mutex mutex;
  if (auto* s = streams[device].load(std::memory_order_acquire)) return s;
  const std::lock_guard lock(mutex);
  if (!streams[device]) streams[device] = make_stream(device);
  return streams[device];
}

void wait_for(int device, CUstream_st* waiting, CUstream_st* other) {
  select(device);
  cudaEvent_t mark = nullptr;
  check(cudaEventCreateWithFlags(&mark, cudaEventDisableTiming), "stream", "marking another stream");
  const cudaError_t recorded = cudaEventRecord(mark, other);
  const cudaError_t waits = recorded == cudaSuccess ? cudaStreamWaitEvent(waiting, mark, 0) : recorded;
  cudaEventDestroy(mark);  // once it has happened
  check(waits, "stream", "waiting for another stream");
}

Cuda stage(Device device, const char* op, std::byte* workspace) {
  select(device.index);
  return {workspace, current_stream(device.index), op, fault_word(device.index)};
}

}  // namespace gpu
}  // namespace ramie
