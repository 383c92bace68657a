// Tensors as the plain bytes that files and batches are made of.
#pragma once

#include <cstddef>
#include <cstring>

#include <ramie/tensor/tensor.h>

namespace ramie::data {

// The same values on the CPU, row-major and without gaps.
inline Tensor dense(const Tensor& x) {
  const Tensor y = transfer(x.detach(), cpu());
  if (y.layout().dense) return y;
  Tensor z = Tensor::empty(y.layout().compact());
  const std::size_t item = size_of(y.dtype());
  std::byte* to = z.view().data;
  for_each_offset(y.layout(), [&](std::int64_t at) {
    std::memcpy(to, y.view().data + at * static_cast<std::int64_t>(item), item);
    to += item;
  });
  return z;
}

}  // namespace ramie::data
