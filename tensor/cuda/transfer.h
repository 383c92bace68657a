// Copies between devices. They are given to the GPU's current stream and do not wait, but where the CPU is to
// read the result.
#pragma once

#include <ramie/tensor/tensor.h>

namespace ramie::gpu {

// y = x: both without gaps and alike, on different devices.
void copy(const Tensor& y, const Tensor& x);

}  // namespace ramie::gpu
