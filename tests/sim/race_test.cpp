// The race detector: the planted kernels here are instrumented (see CMakeLists.txt).
#include <gtest/gtest.h>

#include "sim/device_array.h"
#include "sim/orders.h"
#include "sim/planted.h"
#include "support/error.h"

namespace ramie {
namespace {

using planted::Bug;

std::string error_of(Bug bug) {
  const DeviceArray<float> x(std::vector<float>(64, 1.0f)), out(1);
  return error_text([&] { planted::sum64(bug, x.data, out.data); });
}

TEST(Race, CorrectKernelsPassInEveryOrder) {
  sim::in_every_order([] {
    EXPECT_EQ(error_of(Bug::none), "no error");
    EXPECT_EQ(error_of(Bug::early_exit), "no error");
    const DeviceArray<int> out(8);
    planted::block_numbers(out.data);
  });
}

TEST(Race, AMissingBarrierIsFoundInEveryOrder) {
  sim::in_every_order([] {
    for (const Bug bug : {Bug::missing_syncthreads, Bug::missing_syncwarp}) {
      const std::string error = error_of(bug);
      EXPECT_TRUE(error.starts_with("[sum64] CUDA kernel sum64_kernel: ")) << error;
      EXPECT_NE(error.find("planted.cu:"), error.npos) << error;
      // Which of the two it is depends on who came first.
      EXPECT_NE(error.find(", with no barrier between"),
                error.find(" that no thread of its block has written"))
          << error;
    }
  });
}

TEST(Race, ARaceBetweenBlocks) {
  sim::in_every_order([] {
    const std::string error = error_of(Bug::blocks_meet);
    EXPECT_NE(error.find("of another block wrote at"), error.npos) << error;
  });
}

TEST(Race, ReadOfUnwrittenSharedMemory) {
  const std::string error = error_of(Bug::unwritten_shared);
  EXPECT_NE(
      error.find("thread 0 of block (0,0,0) reads shared memory that no thread of its block has written "),
      error.npos)
      << error;
}

TEST(Race, ALocalVariableOfAnotherThread) {
  const std::string error = error_of(Bug::others_local);
  EXPECT_NE(error.find("thread 1 of block (0,0,0) reads a local variable of another thread at "), error.npos)
      << error;
}

// On a GPU that is an illegal address.
TEST(Race, MemoryOfTheHost) {
  const std::vector<float> x(64);
  const DeviceArray<float> out(1);
  const std::string error = error_text([&] { planted::sum64(Bug::host_memory, x.data(), out.data); });
  EXPECT_NE(error.find("thread 0 of block (0,0,0) reads memory of the host at "), error.npos) << error;
}

}  // namespace
}  // namespace ramie
