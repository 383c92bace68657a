// What tests want to know of the device that they run on.
#pragma once

#include <ramie/tensor/device.h>

namespace ramie {

// A simulated GPU takes thousands of times longer: tests of many steps take fewer there.
inline bool slow_device() {
  return default_device() != cpu() && describe(default_device()).find("simulated") != std::string::npos;
}

}  // namespace ramie
