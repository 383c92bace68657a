// What the planner finds out of a chain: over which inputs a result may be written, and how much work is
// worth a thread. That the registers which it shares do not meet, the random chains of fused_test show.
#include <gtest/gtest.h>

#include <ramie/tensor/ops/fused_plan.h>

namespace ramie::kernels {
namespace {

const Layout dense(float32, {4, 5}), row(float32, {4, 5}, {0, 1}), whole(int32, {4, 5});

Chain::Instruction add(std::uint16_t a, std::uint16_t b) {
  return {Elementwise(ops::add), {a, b, 0}, float32};
}

std::uint32_t donors(const std::vector<Layout>& inputs, const std::vector<Chain::Instruction>& instructions,
                     std::uint16_t result) {
  return FusedPlan({inputs, instructions, {result}, {dense}}).donors(0);
}

TEST(FusedPlanner, AResultMayLieOverAnInputThatIsReadNoMore) {
  EXPECT_EQ(donors({dense, dense}, {add(0, 1)}, 0), 0b11u);
  EXPECT_EQ(donors({dense, dense}, {add(0, 0), add(2, 1)}, 1), 0b11u);
}

TEST(FusedPlanner, NotOverOneThatIsReadLater) {
  const FusedPlan plan({{dense, dense}, {add(0, 0), add(2, 1)}, {0, 1}, {dense, dense}});
  EXPECT_EQ(plan.donors(0), 0b01u);
  EXPECT_EQ(plan.donors(1), 0b11u);
}

TEST(FusedPlanner, NorOverOneOfOtherStridesOrDtype) {
  EXPECT_EQ(donors({row, dense}, {add(0, 1)}, 0), 0b10u);
  EXPECT_EQ(donors({whole, dense}, {{Cast{float32}, {0, 0, 0}, float32}, add(2, 1)}, 1), 0b10u);
}

TEST(FusedPlanner, LongerChainsAreWorthThreadsSooner) {
  const Layout large(float32, {1 << 20});
  std::vector<Chain::Instruction> few{add(0, 0)}, many{add(0, 0)};
  for (std::uint16_t v = 1; v < 8; ++v) many.push_back(add(v, 0));
  const FusedPlan short_plan({{large}, few, {0}, {large}}), long_plan({{large}, many, {7}, {large}});
  EXPECT_LT(long_plan.grain(), short_plan.grain());
  EXPECT_GE(long_plan.grain(), FusedPlan::longest_tile);
}

}  // namespace
}  // namespace ramie::kernels
