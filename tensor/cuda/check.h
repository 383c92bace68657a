// Every CUDA call's result is checked.
#pragma once

#include <cuda_runtime.h>

namespace ramie::gpu {

// Throws Error("[op] what: <CUDA's text>"), and advice where there is some.
[[noreturn]] void throw_error(cudaError_t error, const char* op, const char* what);
inline void check(cudaError_t error, const char* op, const char* what) {
  if (error != cudaSuccess) [[unlikely]]
    throw_error(error, op, what);
}

}  // namespace ramie::gpu
