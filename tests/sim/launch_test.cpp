// Launches that a device refuses.
#include <gtest/gtest.h>

#include "sim/device_array.h"
#include "sim/planted.h"
#include "support/error.h"

namespace ramie {
namespace {

std::string refusal(dim3 grid, dim3 block, std::size_t shared_bytes) {
  return error_text([&] { planted::empty(grid, block, shared_bytes); });
}

TEST(Launch, TooManyThreads) {
  EXPECT_EQ(refusal(1, 1025, 0),
            "[empty] CUDA kernel empty_kernel: invalid configuration argument: grid (1,1,1), block "
            "(1025,1,1), 0 bytes of "
            "shared memory");
}

TEST(Launch, ShapesThatDoNotExist) {
  const std::pair<dim3, dim3> shapes[] = {{0, 32},         {{1, 0}, 32},  {1, 0},
                                          {1, {1, 1, 65}}, {1, {33, 32}}, {{1, 65536}, 1}};
  for (const auto& [grid, block] : shapes)
    EXPECT_NE(refusal(grid, block, 0).find("invalid configuration argument"), std::string::npos);
  EXPECT_EQ(refusal({2, 3, 2}, {4, 8, 32}, 0), "no error");
}

// launch_kernel asks for more than 48 KiB by itself.
TEST(Launch, SharedMemory) {
  EXPECT_EQ(refusal(1, 32, 48 * 1024), "no error");
  EXPECT_EQ(refusal(1, 32, 227 * 1024), "no error");
  EXPECT_NE(refusal(1, 32, 227 * 1024 + 1).find("invalid argument"), std::string::npos);
}

TEST(Launch, StaticAndDynamicSharedMemoryTogether) {
  const DeviceArray<int> out(1);
  planted::static_40k(8 * 1024, out.data);
  EXPECT_EQ(out.host()[0], 1);
  EXPECT_NE(error_text([&] { planted::static_40k(9 * 1024, out.data); }).find("more shared memory"),
            std::string::npos);
}

TEST(Launch, TheLastErrorIsRememberedUntilItIsAskedFor) {
  EXPECT_EQ(cudaSetDevice(77), cudaErrorInvalidDevice);
  EXPECT_EQ(cudaPeekAtLastError(), cudaErrorInvalidDevice);
  EXPECT_EQ(cudaGetLastError(), cudaErrorInvalidDevice);
  EXPECT_EQ(cudaGetLastError(), cudaSuccess);
}

}  // namespace
}  // namespace ramie
