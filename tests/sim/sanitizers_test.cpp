// Faults that only the sanitizers see: what lies behind an array, and loads that are not aligned.
#include <gtest/gtest.h>

#include "sim/device_array.h"
#include "sim/planted.h"
#include "support/sanitizers.h"

namespace ramie {
namespace {

using planted::Bug;

void run(Bug bug) {
  const DeviceArray<float> x(std::vector<float>(64, 1.0f)), out(1);
  planted::sum64(bug, x.data, out.data);
}

class Sanitizers : public testing::Test {
 protected:
  void SetUp() override {
    if (!address_sanitizer) GTEST_SKIP() << "a build without -fsanitize=address,undefined";
  }
};
using SanitizersDeathTest = Sanitizers;

TEST_F(SanitizersDeathTest, CorrectKernelsPass) { run(Bug::none); }
TEST_F(SanitizersDeathTest, StoreBehindSharedMemory) {
  EXPECT_DEATH(run(Bug::shared_overflow), "heap-buffer-overflow");
}
TEST_F(SanitizersDeathTest, StoreBehindDynamicSharedMemory) {
  EXPECT_DEATH(run(Bug::dynamic_shared_overflow), "heap-buffer-overflow");
}
TEST_F(SanitizersDeathTest, StoreBehindDeviceMemory) {
  EXPECT_DEATH(run(Bug::device_overflow), "heap-buffer-overflow");
}
TEST_F(SanitizersDeathTest, MisalignedVectorLoad) {
  EXPECT_DEATH(run(Bug::misaligned), "misaligned address");
}

}  // namespace
}  // namespace ramie
