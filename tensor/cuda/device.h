// The GPUs of this process.
#pragma once

#include <cstdint>
#include <string>

struct CUstream_st;

namespace ramie::gpu {

inline constexpr int most_devices = 16;

int device_count() noexcept;       // 0 where there is no GPU or no driver
std::string why_no_device();       // why the count is 0
std::string describe(int device);  // "NVIDIA H200, compute capability 9.0, 139.8 GiB"
bool simulated();                  // the kernels run on the CPU, as C++

void select(int device);                     // makes it the one that this thread's CUDA calls are about
void synchronize(int device);                // waits for all its work; throws what went wrong meanwhile
void wait(int device, CUstream_st* stream);  // for one stream; throws likewise

// Where kernels report bad values, as the address of a text: one word of host memory for each device.
std::uint64_t* fault_word(int device);

}  // namespace ramie::gpu
