// The main of tests that run on every device: RAMIE_TEST_DEVICE says where their tensors are made. Where that
// device is not there, the program ends with 77, which ctest shows as skipped.
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>

#include <ramie/tensor/device.h>
#include <ramie/tensor/error.h>

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
  return RUN_ALL_TESTS();
}
