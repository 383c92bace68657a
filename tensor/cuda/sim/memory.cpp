#include <cstdlib>
#include <cstring>

#include <ramie/tensor/cuda/sim/settings.h>
#include <ramie/tensor/cuda/sim/state.h>

using namespace ramie::sim;

namespace ramie::sim {

const Allocation* find(const void* p, std::size_t bytes) {
  const auto* c = static_cast<const char*>(p);
  const auto& memory = devices().memory;
  auto it = memory.upper_bound(c);
  if (it == memory.begin()) return nullptr;
  --it;
  return c + bytes <= it->first + it->second.bytes ? &it->second : nullptr;
}

namespace {

// Exactly so many bytes: the address sanitizer's red zone starts behind the last one. Filled with noise.
cudaError_t allocate(void** p, std::size_t bytes, int device) {
  if (bytes == 0) return *p = nullptr, cudaSuccess;
  if (posix_memalign(p, device == Allocation::host ? 4096 : 256, bytes))
    return failed(cudaErrorMemoryAllocation);
  std::memset(*p, 0xFF, bytes);
  devices().memory[static_cast<char*>(*p)] = {bytes, device};
  return cudaSuccess;
}

cudaError_t release(void* p, bool host) {
  if (!p) return cudaSuccess;
  const auto it = devices().memory.find(static_cast<char*>(p));
  if (it == devices().memory.end() || (it->second.device == Allocation::host) != host)
    return failed(cudaErrorInvalidValue);
  if (!host) devices().used[static_cast<std::size_t>(it->second.device)] -= it->second.bytes;
  devices().memory.erase(it);
  std::free(p);
  return cudaSuccess;
}

bool is_device(const Allocation* a) { return a && a->device != Allocation::host; }

// Whether the kind says what the pointers are, and device memory is not overrun.
bool agrees(const void* to, const void* from, std::size_t bytes, cudaMemcpyKind kind) {
  const Allocation *t = find(to, 1), *f = find(from, 1);
  if ((is_device(t) && !find(to, bytes)) || (is_device(f) && !find(from, bytes))) return false;
  if (kind == cudaMemcpyDefault) return true;
  return is_device(t) == (kind == cudaMemcpyHostToDevice || kind == cudaMemcpyDeviceToDevice) &&
         is_device(f) == (kind == cudaMemcpyDeviceToHost || kind == cudaMemcpyDeviceToDevice);
}

// As the real ones: memory that is not page-locked is read before the call returns, and written before it
// returns.
cudaError_t copy(void* to, const void* from, std::size_t bytes, CUstream_st& stream) {
  if (!stream.capture && !find(from, 1)) {
    auto staged = std::make_shared<std::string>(static_cast<const char*>(from), bytes);
    return submit(stream, [=] { std::memcpy(to, staged->data(), bytes); });
  }
  const cudaError_t error = submit(stream, [=] { std::memcpy(to, from, bytes); });
  if (!stream.capture && !find(to, 1)) stream.drain();
  return error;
}

}  // namespace
}  // namespace ramie::sim

cudaError_t cudaMalloc(void** p, std::size_t bytes) {
  const Lock locked = lock();
  if (settings().devices == 0) return failed(cudaErrorNoDevice);
  if (capture_forbids()) return failed(cudaErrorStreamCaptureUnsupported);
  std::size_t& used = devices().used[static_cast<std::size_t>(current_device())];
  if (bytes > settings().memory - used) return failed(cudaErrorMemoryAllocation);
  const cudaError_t error = allocate(p, bytes, current_device());
  if (error == cudaSuccess) used += bytes;
  return error;
}
cudaError_t cudaFree(void* p) {
  const Lock locked = lock();
  if (!p) return cudaSuccess;
  if (capture_forbids()) return failed(cudaErrorStreamCaptureUnsupported);
  for (int d = 0; d < settings().devices; ++d) drain(d);
  return release(p, false);
}
cudaError_t cudaMemGetInfo(std::size_t* free, std::size_t* total) {
  const Lock locked = lock();
  if (settings().devices == 0) return failed(cudaErrorNoDevice);
  *total = settings().memory;
  *free = *total - devices().used[static_cast<std::size_t>(current_device())];
  return cudaSuccess;
}

cudaError_t cudaHostAlloc(void** p, std::size_t bytes, unsigned) {
  const Lock locked = lock();
  if (settings().devices == 0) return failed(cudaErrorNoDevice);
  return allocate(p, bytes, Allocation::host);
}
cudaError_t cudaMallocHost(void** p, std::size_t bytes) { return cudaHostAlloc(p, bytes, 0); }
cudaError_t cudaFreeHost(void* p) {
  const Lock locked = lock();
  for (int d = 0; d < settings().devices; ++d) drain(d);
  return release(p, true);
}
cudaError_t cudaHostGetDevicePointer(void** device, void* host, unsigned) {
  const Lock locked = lock();
  const Allocation* a = find(host, 1);
  if (!a || is_device(a)) return failed(cudaErrorInvalidValue);
  *device = host;
  return cudaSuccess;
}
cudaError_t cudaPointerGetAttributes(cudaPointerAttributes* attributes, const void* p) {
  const Lock locked = lock();
  const Allocation* a = find(p, 1);
  void* address = const_cast<void*>(p);
  *attributes = !a ? cudaPointerAttributes{cudaMemoryTypeUnregistered, -2, nullptr, address}
                : is_device(a)
                    ? cudaPointerAttributes{cudaMemoryTypeDevice, a->device, address, nullptr}
                    : cudaPointerAttributes{cudaMemoryTypeHost, current_device(), address, address};
  return cudaSuccess;
}

cudaError_t cudaMemcpyAsync(void* to, const void* from, std::size_t bytes, cudaMemcpyKind kind,
                            cudaStream_t stream) {
  const Lock locked = lock();
  if (bytes == 0) return cudaSuccess;
  if (!agrees(to, from, bytes, kind)) return failed(cudaErrorInvalidValue);
  return copy(to, from, bytes, stream_of(stream));
}
cudaError_t cudaMemcpy(void* to, const void* from, std::size_t bytes, cudaMemcpyKind kind) {
  const cudaError_t error = cudaMemcpyAsync(to, from, bytes, kind, nullptr);
  return error ? error : cudaStreamSynchronize(nullptr);
}
cudaError_t cudaMemsetAsync(void* p, int value, std::size_t bytes, cudaStream_t stream) {
  const Lock locked = lock();
  if (bytes == 0) return cudaSuccess;
  if (!is_device(find(p, bytes))) return failed(cudaErrorInvalidValue);
  return submit(stream_of(stream), [=] { std::memset(p, value, bytes); });
}
cudaError_t cudaMemset(void* p, int value, std::size_t bytes) {
  const cudaError_t error = cudaMemsetAsync(p, value, bytes, nullptr);
  return error ? error : cudaStreamSynchronize(nullptr);
}
