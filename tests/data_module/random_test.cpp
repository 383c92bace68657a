#include <ramie/data/random.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <set>
#include <vector>

namespace ramie::data {
namespace {

// The published first outputs of SplitMix64 from state 1234567 are mix(state + i * golden ratio).
TEST(Random, MixIsSplitMix64) {
  constexpr std::uint64_t golden = 0x9e3779b97f4a7c15u;
  EXPECT_EQ(mix(1234567 + golden), 6457827717110365317u);
  EXPECT_EQ(mix(1234567 + 2 * golden), 3203168211198807973u);
  EXPECT_EQ(mix(1234567 + 3 * golden), 9817491932198370423u);
}

TEST(Random, EqualKeysGiveEqualStreams) {
  CounterRandom a(5), b(5), c(6);
  int equal = 0;
  for (int i = 0; i < 100; ++i) {
    const auto bits = a.bits();
    EXPECT_EQ(bits, b.bits());
    equal += bits == c.bits();
  }
  EXPECT_EQ(equal, 0);
}

TEST(Random, FoldedKeysDiffer) {
  std::set<std::uint64_t> keys;
  for (std::uint64_t a = 0; a < 100; ++a)
    for (std::uint64_t b = 0; b < 100; ++b) keys.insert(fold(a, b));
  EXPECT_EQ(keys.size(), 10000u);
}

TEST(Random, BelowIsUniform) {
  CounterRandom random(1);
  std::array<int, 7> counts{};
  for (int i = 0; i < 70000; ++i) ++counts[random.below(7)];
  for (const int count : counts) EXPECT_NEAR(count, 10000, 500);  // five standard deviations
  EXPECT_EQ(random.below(1), 0u);
}

TEST(Random, UniformAndNormalHaveTheirMoments) {
  CounterRandom random(2);
  double sum = 0, square = 0, normal_sum = 0, normal_square = 0, low = 1, high = 0;
  constexpr int n = 100000;
  for (int i = 0; i < n; ++i) {
    const double u = random.uniform(), z = random.normal();
    sum += u, square += u * u, normal_sum += z, normal_square += z * z;
    low = std::min(low, u), high = std::max(high, u);
  }
  EXPECT_NEAR(sum / n, .5, .005);
  EXPECT_NEAR(square / n, 1. / 3, .005);
  EXPECT_NEAR(normal_sum / n, 0, .016);
  EXPECT_NEAR(normal_square / n, 1, .022);
  EXPECT_GE(low, 0);
  EXPECT_LT(high, 1);
  EXPECT_LT(low, .001);
  EXPECT_GT(high, .999);
}

}  // namespace
}  // namespace ramie::data
