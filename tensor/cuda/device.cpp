#include <ramie/tensor/cuda/device.h>

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <mutex>

#include <ramie/tensor/cuda/check.h>
#include <ramie/tensor/device.h>
#include <ramie/tensor/error.h>

namespace ramie::gpu {
namespace {

struct Found {
  int count = 0;
  std::string why;
};
Found find_devices() {
  Found f;
  const cudaError_t error = cudaGetDeviceCount(&f.count);
  if (error == cudaSuccess && f.count > 0) return f;
  cudaGetLastError();
  f.count = 0;
  f.why = error == cudaSuccess || error == cudaErrorNoDevice
              ? "the machine has no CUDA device, or CUDA_VISIBLE_DEVICES hides it"
          : error == cudaErrorInsufficientDriver
              ? "there is no NVIDIA driver, or it is older than this build's CUDA"
              : std::string("CUDA says: ") + cudaGetErrorString(error);
  return f;
}
const Found& found() {
  static const Found f = find_devices();
  return f;
}

constinit thread_local int selected = -1;

std::uint64_t* make_fault_word() {
  void* p = nullptr;
  check(cudaHostAlloc(&p, sizeof(std::uint64_t), cudaHostAllocMapped | cudaHostAllocPortable), "device",
        "page-locked memory for faults");
  return ::new (p) std::uint64_t(0);
}

void throw_fault(int device) {
  volatile std::uint64_t* word = fault_word(device);
  const std::uint64_t text = *word;
  if (!text) return;
  *word = 0;
  throw Error(reinterpret_cast<const char*>(text));  // NOLINT(performance-no-int-to-ptr): as it was stored
}

}  // namespace

int device_count() noexcept {
  try {
    return std::min(found().count, most_devices);
  } catch (...) {
    return 0;
  }
}
std::string why_no_device() { return found().why; }

std::string describe(int device) {
  cudaDeviceProp p;
  check(cudaGetDeviceProperties(&p, device), "device", "its properties");
  return fmt::format("{}, compute capability {}.{}, {:.1f} GiB", p.name, p.major, p.minor,
                     static_cast<double>(p.totalGlobalMem) / (1 << 30));
}

bool simulated() {
#if RAMIE_SIM
  return true;
#else
  return false;
#endif
}

void select(int device) {
  if (selected == device) [[likely]]
    return;
  require_available(cuda(device));
  check(cudaSetDevice(device), "device", "selecting it");
  selected = device;
}

void synchronize(int device) {
  select(device);
  check(cudaDeviceSynchronize(), "synchronize", "waiting for the GPU");
  throw_fault(device);
}

void wait(int device, CUstream_st* stream) {
  select(device);
  check(cudaStreamSynchronize(stream), "synchronize", "waiting for a stream");
  throw_fault(device);
}

std::uint64_t* fault_word(int device) {
  static std::atomic<std::uint64_t*> words[most_devices];
  static std::mutex mutex;
  if (auto* word = words[device].load(std::memory_order_acquire)) return word;
  const std::lock_guard lock(mutex);
  if (!words[device]) words[device] = make_fault_word();
  return words[device];
}

}  // namespace ramie::gpu
