// Device memory for tests:
//
//   DeviceArray<float> x({1, 2, 3});
//   EXPECT_EQ(x.host(), ...);
#pragma once

#include <cuda_runtime.h>

#include <cstddef>
#include <vector>

#include <ramie/tensor/cuda/check.h>

namespace ramie {

template <class T>
class DeviceArray {
 public:
  explicit DeviceArray(std::size_t size) : size_(size) {
    gpu::check(cudaMalloc(reinterpret_cast<void**>(&data), size * sizeof(T)), "test", "memory");
  }
  explicit DeviceArray(const std::vector<T>& v) : DeviceArray(v.size()) { assign(v); }
  ~DeviceArray() { cudaFree(data); }
  DeviceArray(const DeviceArray&) = delete;
  DeviceArray& operator=(const DeviceArray&) = delete;

  void assign(const std::vector<T>& v) {
    gpu::check(cudaMemcpy(data, v.data(), size_ * sizeof(T), cudaMemcpyHostToDevice), "test", "copy");
  }
  std::vector<T> host(cudaStream_t stream = nullptr) const {
    std::vector<T> v(size_);
    gpu::check(cudaMemcpyAsync(v.data(), data, size_ * sizeof(T), cudaMemcpyDeviceToHost, stream), "test",
               "copy");
    gpu::check(cudaStreamSynchronize(stream), "test", "wait");
    return v;
  }

  T* data = nullptr;

 private:
  std::size_t size_;
};

}  // namespace ramie
