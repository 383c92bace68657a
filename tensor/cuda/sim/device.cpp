#include <cstring>
#include <utility>

#include <ramie/tensor/cuda/sim/settings.h>
#include <ramie/tensor/cuda/sim/state.h>

namespace ramie::sim {
namespace {

thread_local int selected = 0;
thread_local cudaError_t last_error = cudaSuccess;

Devices* make() {
  auto* all = new Devices;  // never destroyed: others' destructors may still free memory
  for (int d = 0; d < settings().devices; ++d) {
    all->used.push_back(0);
    all->null_streams.push_back(std::make_unique<CUstream_st>());
    all->null_streams.back()->device = d;
    all->null_streams.back()->blocking = true;
  }
  return all;
}

bool exists(int device) { return device >= 0 && device < settings().devices; }

}  // namespace

Devices& devices() {
  static Devices* all = make();
  return *all;
}
int current_device() { return selected; }
cudaError_t failed(cudaError_t error) { return last_error = error; }
cudaError_t fault_or_success() { return devices().faulted ? failed(cudaErrorLaunchFailure) : cudaSuccess; }

}  // namespace ramie::sim

using namespace ramie::sim;

// ---- errors -----------------------------------------------------------------------------------------------

cudaError_t cudaGetLastError() {
  const Lock locked = lock();
  if (last_error == cudaErrorLaunchFailure) devices().faulted = false;
  return std::exchange(last_error, cudaSuccess);
}
cudaError_t cudaPeekAtLastError() { return last_error; }

namespace {
struct Text {
  cudaError_t error;
  const char *name, *text;
};
constexpr Text texts[] = {
    {cudaSuccess, "cudaSuccess", "no error"},
    {cudaErrorInvalidValue, "cudaErrorInvalidValue", "invalid argument"},
    {cudaErrorMemoryAllocation, "cudaErrorMemoryAllocation", "out of memory"},
    {cudaErrorInvalidConfiguration, "cudaErrorInvalidConfiguration", "invalid configuration argument"},
    {cudaErrorInvalidMemcpyDirection, "cudaErrorInvalidMemcpyDirection", "invalid copy direction for memcpy"},
    {cudaErrorInsufficientDriver, "cudaErrorInsufficientDriver",
     "CUDA driver version is insufficient for CUDA runtime version"},
    {cudaErrorNoDevice, "cudaErrorNoDevice", "no CUDA-capable device is detected"},
    {cudaErrorInvalidDevice, "cudaErrorInvalidDevice", "invalid device ordinal"},
    {cudaErrorInvalidResourceHandle, "cudaErrorInvalidResourceHandle", "invalid resource handle"},
    {cudaErrorIllegalState, "cudaErrorIllegalState",
     "the operation cannot be performed in the present state"},
    {cudaErrorNotReady, "cudaErrorNotReady", "device not ready"},
    {cudaErrorIllegalAddress, "cudaErrorIllegalAddress", "an illegal memory access was encountered"},
    {cudaErrorLaunchFailure, "cudaErrorLaunchFailure", "unspecified launch failure"},
    {cudaErrorStreamCaptureUnsupported, "cudaErrorStreamCaptureUnsupported",
     "operation not permitted when stream is capturing"},
    {cudaErrorStreamCaptureInvalidated, "cudaErrorStreamCaptureInvalidated",
     "operation failed due to a previous error during capture"},
};
const Text& text_of(cudaError_t error) {
  static constexpr Text unknown = {cudaErrorUnknown, "cudaErrorUnknown", "unknown error"};
  for (const Text& t : texts)
    if (t.error == error) return t;
  return unknown;
}
}  // namespace

const char* cudaGetErrorName(cudaError_t error) { return text_of(error).name; }
const char* cudaGetErrorString(cudaError_t error) {
  thread_local std::string told;
  const Lock locked = lock();
  if (error != cudaErrorLaunchFailure || devices().fault.empty()) return text_of(error).text;
  told = devices().fault;
  return told.c_str();
}

// ---- devices ----------------------------------------------------------------------------------------------

cudaError_t cudaGetDeviceCount(int* count) {
  *count = settings().devices;
  return *count ? cudaSuccess : failed(cudaErrorNoDevice);
}
cudaError_t cudaGetDevice(int* device) {
  *device = selected;
  return cudaSuccess;
}
cudaError_t cudaSetDevice(int device) {
  if (!exists(device)) return failed(cudaErrorInvalidDevice);
  selected = device;
  return cudaSuccess;
}

// A small device of the H200's kind: with few multiprocessors, so that grids that fill it stay small.
cudaError_t cudaGetDeviceProperties(cudaDeviceProp* properties, int device) {
  if (!exists(device)) return failed(cudaErrorInvalidDevice);
  *properties = {.name = "simulated device",
                 .totalGlobalMem = settings().memory,
                 .totalConstMem = 64 * 1024,
                 .sharedMemPerBlock = shared_default,
                 .sharedMemPerBlockOptin = shared_opt_in,
                 .sharedMemPerMultiprocessor = shared_opt_in + 1024,
                 .regsPerBlock = 65536,
                 .regsPerMultiprocessor = 65536,
                 .warpSize = 32,
                 .maxThreadsPerBlock = static_cast<int>(max_threads),
                 .maxThreadsPerMultiProcessor = 2048,
                 .maxBlocksPerMultiProcessor = 32,
                 .maxThreadsDim = {1024, 1024, 64},
                 .maxGridSize = {2147483647, 65535, 65535},
                 .major = 9,
                 .minor = 0,
                 .multiProcessorCount = 4,
                 .l2CacheSize = 50 << 20,
                 .memoryBusWidth = 64,
                 .asyncEngineCount = 1,
                 .unifiedAddressing = 1,
                 .canMapHostMemory = 1,
                 .concurrentKernels = 1,
                 .integrated = 0};
  return cudaSuccess;
}

cudaError_t cudaDeviceGetAttribute(int* value, cudaDeviceAttr attribute, int device) {
  cudaDeviceProp p;
  if (const cudaError_t error = cudaGetDeviceProperties(&p, device)) return error;
  switch (attribute) {
    case cudaDevAttrMaxThreadsPerBlock:
      *value = p.maxThreadsPerBlock;
      break;
    case cudaDevAttrMaxSharedMemoryPerBlock:
      *value = static_cast<int>(p.sharedMemPerBlock);
      break;
    case cudaDevAttrMultiProcessorCount:
      *value = p.multiProcessorCount;
      break;
    case cudaDevAttrL2CacheSize:
      *value = p.l2CacheSize;
      break;
    case cudaDevAttrMaxThreadsPerMultiProcessor:
      *value = p.maxThreadsPerMultiProcessor;
      break;
    case cudaDevAttrComputeCapabilityMajor:
      *value = p.major;
      break;
    case cudaDevAttrComputeCapabilityMinor:
      *value = p.minor;
      break;
    case cudaDevAttrMaxSharedMemoryPerMultiprocessor:
      *value = static_cast<int>(p.sharedMemPerMultiprocessor);
      break;
    case cudaDevAttrMaxSharedMemoryPerBlockOptin:
      *value = static_cast<int>(p.sharedMemPerBlockOptin);
      break;
    default:
      return failed(cudaErrorInvalidValue);
  }
  return cudaSuccess;
}

cudaError_t cudaDeviceCanAccessPeer(int* can, int device, int peer) {
  if (!exists(device) || !exists(peer)) return failed(cudaErrorInvalidDevice);
  *can = 0;  // copies between devices work all the same
  return cudaSuccess;
}
cudaError_t cudaDeviceEnablePeerAccess(int, unsigned) { return failed(cudaErrorInvalidDevice); }
cudaError_t cudaDriverGetVersion(int* version) { return *version = 13000, cudaSuccess; }
cudaError_t cudaRuntimeGetVersion(int* version) { return *version = 13000, cudaSuccess; }
