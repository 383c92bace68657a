// Kernels compiled at run time, by NVIDIA's library for that.
//
//   if (nvrtc::available()) {
//     std::string binary = nvrtc::compile(source, 90);          // for compute capability 9.0
//     const Module module(binary);
//     launch(module.kernel("scale"), ...);
//   }
//
// Sources may include the headers of device_headers.h, and nothing else.
#pragma once

#include <string>

namespace ramie::gpu {

namespace nvrtc {

bool available();            // false in builds without it, under the simulator, or with RAMIE_NVRTC=0
std::string version();       // "13.0"
int capability(int device);  // 90 for 9.0
// All that the result depends on beside the source.
std::string describe(int capability);
// Machine code, or, for GPUs younger than the library, PTX. Throws Error with the compiler's text.
std::string compile(const std::string& source, int capability);

}  // namespace nvrtc

class Module {
 public:
  explicit Module(const std::string& binary);  // throws if the driver refuses it
  ~Module();  // NOLINT(performance-trivially-destructible): it unloads, where there is NVRTC
  Module(const Module&) = delete;
  Module& operator=(const Module&) = delete;
  const void* kernel(const char* name) const;  // for cudaLaunchKernel

 private:
  void* library_ = nullptr;
};

}  // namespace ramie::gpu
