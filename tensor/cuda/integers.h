// Indices and labels of any integer dtype, as a kernel reads them.
#pragma once

#include <cuda_runtime.h>

#include <ramie/tensor/tensor.h>

namespace ramie::kernels {

struct Integers {
  const std::byte* data;
  DType dtype;

  explicit Integers(const View& v) : data(v.data), dtype(v.layout->dtype) {}
  __device__ std::int64_t operator[](std::int64_t i) const {
    switch (dtype) {
      case DType::bool_:
      case DType::uint8:
        return at<std::uint8_t>(i);
      case DType::int8:
        return at<std::int8_t>(i);
      case DType::int16:
        return at<std::int16_t>(i);
      case DType::uint32:
        return at<std::uint32_t>(i);
      case DType::int64:
        return at<std::int64_t>(i);
      default:
        return at<std::int32_t>(i);
    }
  }

 private:
  template <class T>
  __device__ std::int64_t at(std::int64_t i) const {
    return static_cast<std::int64_t>(reinterpret_cast<const T*>(data)[i]);
  }
};

}  // namespace ramie::kernels
