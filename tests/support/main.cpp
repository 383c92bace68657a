// The main of tests that run on every device: RAMIE_TEST_DEVICE says where their tensors are made. Where that
// device is not there, the program ends with 77, which ctest shows as skipped. RAMIE_TEST_MODE=captured
// replays what they launch (captured.h).
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <string_view>

#include <ramie/tensor/device.h>
#include <ramie/tensor/error.h>

#include "support/captured.h"

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  const char* name = std::getenv("RAMIE_TEST_DEVICE");
  try {
    const ramie::Device device = ramie::parse_device(name ? name : "cpu");
    std::printf("device %s\n", ramie::describe(device).c_str());
    ramie::set_default_device(device);
  } catch (const ramie::Error& e) {
    std::printf("%s\n", e.what());
    return 77;
  }
  const char* mode = std::getenv("RAMIE_TEST_MODE");
  if (mode && std::string_view(mode) == "captured") ramie::capture_tests();
  return RUN_ALL_TESTS();
}
