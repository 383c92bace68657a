#include <ramie/train/axes_ticks.h>

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace ramie::train::detail {
namespace {

using Labels = std::vector<std::string>;

TEST(WithMargin, LeavesFivePerCentOnBothSides) {
  const Limits limits = with_margin(0, 10);
  EXPECT_DOUBLE_EQ(limits.low, -0.5);
  EXPECT_DOUBLE_EQ(limits.high, 10.5);
}

TEST(WithMargin, GivesASingleValueRoom) {
  EXPECT_DOUBLE_EQ(with_margin(5, 5).low, 4.75);
  EXPECT_DOUBLE_EQ(with_margin(-5, -5).high, -4.75);
  EXPECT_DOUBLE_EQ(with_margin(0, 0).high, 0.05);
  const double next = std::nextafter(1.0, 2.0);  // a difference of one rounding is none
  EXPECT_DOUBLE_EQ(with_margin(1, next).low, 0.95);
}

TEST(WithMargin, WithoutValuesIsZeroToOne) {
  const Limits limits = with_margin(1, -1);
  EXPECT_EQ(limits.low, 0);
  EXPECT_EQ(limits.high, 1);
}

TEST(WithMargin, StaysFiniteAtTheEnds) {
  const Limits limits = with_margin(-1e300, 1e300);
  EXPECT_TRUE(std::isfinite(limits.high - limits.low));
  EXPECT_LT(with_margin(1e-310, 2e-310).low, 0);
}

TEST(IsDrawable, RefusesWhatWouldOverflow) {
  EXPECT_TRUE(is_drawable(-1e300));
  EXPECT_FALSE(is_drawable(1e301));
  EXPECT_FALSE(is_drawable(std::numeric_limits<double>::infinity()));
  EXPECT_FALSE(is_drawable(std::nan("")));
}

TEST(NiceTicks, StepsAreOneTwoOrFive) {
  EXPECT_EQ(nice_ticks({0, 1}, 9, false).labels, (Labels{"0.0", "0.2", "0.4", "0.6", "0.8", "1.0"}));
  EXPECT_EQ(nice_ticks({-0.45, 9.45}, 9, true).labels, (Labels{"0", "2", "4", "6", "8"}));
  EXPECT_EQ(nice_ticks({98.1, 100}, 5, false).labels, (Labels{"98.5", "99.0", "99.5", "100.0"}));
}

TEST(NiceTicks, WholeNumbersHaveNoFractionsBetween) {
  EXPECT_EQ(nice_ticks({-0.1, 2.1}, 9, true).labels, (Labels{"0", "1", "2"}));
  EXPECT_EQ(nice_ticks({2.85, 3.15}, 9, true).labels, (Labels{"3"}));
}

TEST(NiceTicks, ZeroHasNoSignAndNegativesHaveAMinus) {
  EXPECT_EQ(nice_ticks({-0.55, 0.55}, 3, false).labels, (Labels{"\u22120.5", "0.0", "0.5"}));
}

TEST(NiceTicks, TakeOutACommonFactor) {
  const Ticks large = nice_ticks({0, 3e6}, 3, false);
  EXPECT_EQ(large.labels, (Labels{"0", "1", "2", "3"}));
  EXPECT_EQ(large.note, "1e6");
  const Ticks small = nice_ticks({0, 1e-7}, 2, false);
  EXPECT_EQ(small.labels, (Labels{"0.0", "0.5", "1.0"}));
  EXPECT_EQ(small.note, "1e\u22127");
  EXPECT_EQ(nice_ticks({0, 200000}, 4, true).note, "");
}

TEST(NiceTicks, TakeOutAnOffset) {
  const Ticks ticks = nice_ticks({1000000, 1000002}, 2, false);
  EXPECT_EQ(ticks.labels, (Labels{"0", "1", "2"}));
  EXPECT_EQ(ticks.note, "+1000000");
}

TEST(NiceTicks, AreFewAndInsideForAnyRange) {
  for (double low : {-1e300, -3e7, -1.0, 0.0, 1e-290, 123456.789, 1e299}) {
    for (double size : {1e-290, 1e-9, 1.0, 7e5, 1e300}) {
      const Limits limits = with_margin(low, low + size);
      const Ticks ticks = nice_ticks(limits, 9, false);
      SCOPED_TRACE(testing::Message() << low << " + " << size);
      EXPECT_GE(ticks.at.size(), 1u);
      EXPECT_LE(ticks.at.size(), 11u);
      EXPECT_EQ(ticks.at.size(), ticks.labels.size());
      for (const auto& label : ticks.labels) EXPECT_LE(label.size(), 16u) << label;
      const double slack = 1e-6 * (limits.high - limits.low);
      EXPECT_GE(ticks.at.front(), limits.low - slack);
      EXPECT_LE(ticks.at.back(), limits.high + slack);
    }
  }
}

TEST(NamedTicks, AreThoseWithinTheLimits) {
  const Ticks ticks = named_ticks({"a", "b", "c", "d", "e"}, {-0.5, 3.5}, 2);
  EXPECT_EQ(ticks.labels, (std::vector<std::string>{"a", "c"}));
  EXPECT_EQ(ticks.at, (std::vector<double>{0, 2}));
  EXPECT_TRUE(named_ticks({}, {0, 1}, 1).at.empty());
}

}  // namespace
}  // namespace ramie::train::detail
