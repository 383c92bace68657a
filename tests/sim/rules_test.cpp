// Rules that the simulated device checks by itself, in kernels that break them.
#include <gtest/gtest.h>

#include <numeric>

#include "sim/device_array.h"
#include "sim/orders.h"
#include "sim/planted.h"
#include "support/error.h"

namespace ramie {
namespace {

using planted::Bug;

// By how much the sum of 0..63 is wrong.
float error_of_sum(Bug bug) {
  std::vector<float> x(64);
  std::iota(x.begin(), x.end(), 0.0f);
  const DeviceArray<float> dx(x), out(1);
  planted::sum64(bug, dx.data, out.data);
  return out.host()[0] - 2016;
}
std::string error_text_of(Bug bug) {
  return error_text([&] { error_of_sum(bug); });
}
// Without the path and the line of each "at path/planted.cu:12:".
std::string without_lines(std::string text) {
  for (std::size_t end = 0; (end = text.find("planted.cu:", end)) != text.npos;) {
    end += 11;
    text.erase(end - 1, text.find_first_not_of("0123456789", end) - end + 1);
    const std::size_t begin = text.rfind(' ', end - 11) + 1;
    text.erase(begin, end - 11 - begin);
  }
  return text;
}

TEST(Rules, CorrectKernelsAreCorrectInEveryOrder) {
  sim::in_every_order([] {
    EXPECT_EQ(error_of_sum(Bug::none), 0);
    EXPECT_EQ(error_of_sum(Bug::early_exit), 0);  // threads that have exited need not come to a barrier
  });
}

TEST(Rules, BarrierInDivergentCode) {
  EXPECT_EQ(without_lines(error_text_of(Bug::divergent_barrier)),
            "[sum64] CUDA kernel sum64_kernel: barrier in divergent code\n"
            "  in block (0,0,0)\n"
            "  threads 0..47: wait at planted.cu: __syncthreads\n"
            "  threads 48..63: wait at planted.cu: __syncthreads");
}

TEST(Rules, EveryBreachIsFoundInEveryOrderAndTheDeviceGoesOn) {
  const std::pair<Bug, const char*> breaches[] = {
      {Bug::divergent_barrier, "barrier in divergent code"},
      {Bug::skipped_barrier, "barrier in divergent code"},
      {Bug::not_in_own_mask, "a thread is not in the mask that it gives"},
      {Bug::lane_missing, "deadlock: no thread can go on"},
  };
  sim::in_every_order([&] {
    for (const auto& [bug, text] : breaches) {
      const std::string error = error_text_of(bug);
      EXPECT_TRUE(error.starts_with(std::string("[sum64] CUDA kernel sum64_kernel: ") + text)) << error;
      EXPECT_EQ(error_of_sum(Bug::none), 0);
    }
  });
}

TEST(Rules, TheReportSaysWhoWaitsWhereWithWhichMask) {
  const std::string text = without_lines(error_text_of(Bug::lane_missing));
  EXPECT_NE(text.find("\n  threads 0..4: wait at planted.cu: __shfl_down_sync, mask 0xffffffff\n"
                      "  threads 5..5: wait at planted.cu: __syncthreads\n"),
            text.npos)
      << text;
}

// A missing barrier is no breach of a rule: it shows as a wrong result in some order.
TEST(Rules, MissingBarriersShowInSomeOrder) {
  for (const Bug bug : {Bug::missing_syncthreads, Bug::missing_syncwarp}) {
    bool wrong = false;
    sim::in_every_order([&] { wrong |= error_of_sum(bug) != 0; });
    EXPECT_TRUE(wrong) << static_cast<int>(bug);
  }
}

TEST(Rules, AWrongMaskGivesNoise) {
  sim::in_every_order([] { EXPECT_NE(error_of_sum(Bug::wrong_mask), 0); });
}

TEST(Rules, EveryBlockRunsOnceInEveryOrder) {
  sim::in_every_order([] {
    const DeviceArray<int> out(8);
    planted::block_numbers(out.data);
    EXPECT_EQ(out.host(), (std::vector<int>{0, 1, 2, 3, 4, 5, 6, 7}));
  });
}

}  // namespace
}  // namespace ramie
