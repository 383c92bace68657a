#include <ramie/train/axes.h>
#include <ramie/train/axes_view.h>

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace ramie::train::detail {
namespace {

View view_of(const Axes& axes) {
  View view = data_view(axes.content());
  view.box = {.left = 100, .top = 50, .width = 200, .height = 100};
  return view;
}

TEST(View, PutsTheDataInsideTheMargins) {
  Axes axes;
  axes.line({0, 10});
  const View view = view_of(axes);
  EXPECT_NEAR(view.on_paper({0, 0}).x, 100 + 200 * 0.05 / 1.1, 1e-9);
  EXPECT_NEAR(view.on_paper({0, 0}).y, 150 - 100 * 0.05 / 1.1, 1e-9);
  EXPECT_NEAR(view.on_paper({1, 10}).y, 50 + 100 * 0.05 / 1.1, 1e-9);
}

TEST(View, AnImageHasItsFirstRowOnTop) {
  Axes axes;
  axes.image(std::vector<float>(6), 2, 3);
  const View view = view_of(axes);
  EXPECT_NEAR(view.on_paper({-0.5, -0.5}).x, 100, 1e-9);
  EXPECT_NEAR(view.on_paper({-0.5, -0.5}).y, 50, 1e-9);
  EXPECT_NEAR(view.on_paper({2.5, 1.5}).y, 150, 1e-9);
}

TEST(View, HorizontalLinesWidenYAlone) {
  Axes axes;
  axes.line({1, 2}).horizontal_line(12);
  const View view = view_of(axes);
  EXPECT_DOUBLE_EQ(view.y.high, 12.55);
  EXPECT_DOUBLE_EQ(view.x.high, 1.05);
}

TEST(View, OnlyWholeXAsksForWholeTicks) {
  Axes epochs, times, empty;
  epochs.line({0.5, 0.25}).horizontal_line(0.1);
  times.line(std::vector{0.5, 1.0}, std::vector{1, 2});
  EXPECT_TRUE(has_whole_x(epochs.content()));
  EXPECT_FALSE(has_whole_x(times.content()));
  EXPECT_FALSE(has_whole_x(empty.content()));
}

TEST(VisibleRuns, BreakAtGaps) {
  const double nan = std::nan(""), infinity = std::numeric_limits<double>::infinity();
  Axes axes;
  axes.line({nan, 1, 2, infinity, -infinity, 3, nan, 4, 1e301});
  const auto runs = visible_runs(axes.content().lines[0], view_of(axes));
  ASSERT_EQ(runs.size(), 3u);
  EXPECT_EQ(runs[0].size(), 2u);
  EXPECT_EQ(runs[1].size(), 1u);
  EXPECT_EQ(runs[2].size(), 1u);
}

TEST(VisibleRuns, AreTheSingleDots) {
  Axes axes;
  axes.scatter(std::vector{0.0, 0.001, std::nan(""), 4.0}, std::vector{0.0, 0.5, 1.0, 1.0});
  const auto runs = visible_runs(axes.content().lines[0], view_of(axes));
  ASSERT_EQ(runs.size(), 3u);
  for (const auto& run : runs) EXPECT_EQ(run.size(), 1u);
  EXPECT_GT(runs[1][0].x, runs[0][0].x);
}

TEST(VisibleRuns, OfNothingAreNone) {
  Axes axes;
  axes.line({}).line({std::nan("")}).horizontal_line(std::nan(""));
  for (const auto& line : axes.content().lines) EXPECT_TRUE(visible_runs(line, view_of(axes)).empty());
}

TEST(VisibleRuns, HorizontalLinesGoFromEdgeToEdge) {
  Axes axes;
  axes.horizontal_line(3);
  const auto runs = visible_runs(axes.content().lines[0], view_of(axes));
  ASSERT_EQ(runs.size(), 1u);
  EXPECT_EQ(runs[0][0].x, 100);
  EXPECT_EQ(runs[0][1].x, 300);
  EXPECT_NEAR(runs[0][1].y, 100, 1e-9);
}

// A long series becomes a short path that still reaches every peak.
TEST(VisibleRuns, ThinLongSeriesButKeepTheirPeaks) {
  std::vector<double> noise(100000);
  for (std::size_t i = 0; i < noise.size(); ++i) noise[i] = i % 2;
  noise[54321] = 40, noise[76543] = -50;
  Axes axes;
  axes.line(noise);
  const View view = view_of(axes);
  const auto run = visible_runs(axes.content().lines[0], view).at(0);
  EXPECT_LE(run.size(), 4u * 4 * 200 + 8);
  Limits reached{1e9, -1e9};
  for (const auto& point : run) reached = {std::min(reached.low, point.y), std::max(reached.high, point.y)};
  EXPECT_EQ(reached.low, view.on_paper({0, 40}).y);
  EXPECT_EQ(reached.high, view.on_paper({0, -50}).y);
  EXPECT_EQ(run.front().x, view.on_paper({0, 0}).x);
  EXPECT_EQ(run.back().x, view.on_paper({99999, 0}).x);
}

TEST(VisibleRuns, LeaveShortSeriesAsTheyAre) {
  Axes axes;
  axes.line({3, 1, 4, 1, 5, 9, 2, 6});
  const View view = view_of(axes);
  const auto run = visible_runs(axes.content().lines[0], view).at(0);
  ASSERT_EQ(run.size(), 8u);
  EXPECT_EQ(run[5].y, view.on_paper({5, 9}).y);
}

TEST(VisibleRuns, KeepThreePointsOfOneColumn) {
  Axes axes;
  axes.line(std::vector{0.0, 0.0, 0.0, 1.0}, std::vector{1.0, 5.0, 2.0, 2.0});
  const View view = view_of(axes);
  const auto run = visible_runs(axes.content().lines[0], view).at(0);
  ASSERT_EQ(run.size(), 4u);
  EXPECT_EQ(run[1].y, view.on_paper({0, 5}).y);
}

TEST(View, BarsStandOnTheAxisAndKeepThePlaceOfMissingOnes) {
  Axes axes;
  axes.bars({10, std::nan("")}, {.width = 1});
  const View view = view_of(axes);
  EXPECT_DOUBLE_EQ(view.y.low, 0);
  EXPECT_DOUBLE_EQ(view.y.high, 10.5);
  EXPECT_DOUBLE_EQ(view.x.low, -0.6);
  EXPECT_DOUBLE_EQ(view.x.high, 1.6);
  const auto& bars = axes.content().bars[0];
  EXPECT_FALSE(visible_bar(bars, bars.tops[1], view));
  const Rect bar = *visible_bar(bars, bars.tops[0], view);
  EXPECT_NEAR(bar.bottom(), 150, 1e-9);
  EXPECT_NEAR(bar.width, 200 / 2.2, 1e-9);
}

}  // namespace
}  // namespace ramie::train::detail
