// Tensors of four axes as naive kernels address them, on all devices, and what walks over them on the CPU.
#pragma once

#include <array>
#include <cstdint>

#include <ramie/tensor/tensor.h>

namespace ramie::kernels::naive {

template <class T>
struct Grid {
  T* data;
  std::array<std::int64_t, 4> shape, strides;
  constexpr explicit Grid(View v) : data(v.as<T>()) {
    for (int i = 0; i < 4; ++i) shape[i] = v.shape(i), strides[i] = v.layout->strides[i];
  }
  constexpr T& operator()(std::int64_t i, std::int64_t j, std::int64_t k, std::int64_t l) const {
    return data[i * strides[0] + j * strides[1] + k * strides[2] + l * strides[3]];
  }
};

// Calls f(i, j, k, l) for every index.
template <class F>
void for_each_index(const Shape& s, F f) {
  for (std::int64_t i = 0; i < s[0]; ++i)
    for (std::int64_t j = 0; j < s[1]; ++j)
      for (std::int64_t k = 0; k < s[2]; ++k)
        for (std::int64_t l = 0; l < s[3]; ++l) f(i, j, k, l);
}

}  // namespace ramie::kernels::naive
