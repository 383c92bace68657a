// The headers that kernels compiled at run time include, as texts: CMake makes them of the files themselves
// (cmake/RamieCuda.cmake), so that such a kernel has the very formulas that all others have.
#pragma once

#include <span>

namespace ramie::gpu {

struct DeviceHeader {
  const char *name, *text;  // name: as it is included
};
std::span<const DeviceHeader> device_headers();

}  // namespace ramie::gpu
