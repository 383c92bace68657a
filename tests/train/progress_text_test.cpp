#include <ramie/train/progress_text.h>

#include <gtest/gtest.h>

#include <cmath>

namespace ramie::train::detail {
namespace {

TEST(ProgressLine, ShowsEverything) {
  EXPECT_EQ(
      progress_line({.label = "Epoch 1/3", .note = "loss 0.123", .step = 50, .total = 200, .seconds = 4}, 80),
      "Epoch 1/3  25% |████▊              |  50/200 [00:04<00:12, 12.5 it/s] loss 0.123");
}

TEST(ProgressLine, DrawsTheBarWithoutUnicode) {
  EXPECT_EQ(progress_line({.step = 1, .total = 4, .seconds = 2, .unicode = false}, 46),
            " 25% |##         | 1/4 [00:02<00:06, 2.0 s/it]");
}

TEST(ProgressLine, FillsTheLineAndNoMore) {
  for (std::size_t columns = 0; columns < 200; ++columns) {
    for (std::size_t step : {0, 1, 7, 499, 1000, 1001}) {
      const ProgressState state{
          .label = "é", .note = "loss 0.5 — ok", .step = step, .total = 1000, .seconds = 9};
      EXPECT_LE(text_columns(progress_line(state, columns)), columns) << columns << " " << step;
    }
  }
}

TEST(ProgressLine, DropsTheBarBeforeTheNumbers) {
  const ProgressState state{.step = 5, .total = 10, .seconds = 1};
  EXPECT_EQ(progress_line(state, 36), " 50%  5/10 [00:01<00:01, 5.0 it/s]");
  EXPECT_EQ(progress_line(state, 10), " 50%  5/10");
}

TEST(ProgressLine, StartsAndEnds) {
  const std::string start = progress_line({.step = 0, .total = 10}, 80);
  EXPECT_NE(start.find("  0% |"), start.npos);
  EXPECT_NE(start.find("[00:00<?, ? it/s]"), start.npos);
  const std::string end = progress_line({.step = 10, .total = 10, .seconds = 5}, 80);
  EXPECT_NE(end.find("100% |████"), end.npos);
  EXPECT_NE(end.find("[00:05<00:00, 2.0 it/s]"), end.npos);
}

TEST(ProgressLine, IsNotDoneBeforeTheLastStep) {
  EXPECT_EQ(progress_line({.step = 99999, .total = 100000}, 80).substr(0, 4), " 99%");
}

TEST(ProgressLine, SurvivesMoreStepsThanTheTotal) {
  const std::string line = progress_line({.step = 12, .total = 10, .seconds = 6}, 80);
  EXPECT_EQ(line.substr(0, 4), "100%");
  EXPECT_NE(line.find("12/10 [00:06<00:00, 2.0 it/s]"), line.npos);
}

TEST(ProgressLine, WithoutATotalCounts) {
  EXPECT_EQ(progress_line({.label = "reading", .note = "ok", .step = 12, .seconds = 3}, 80),
            "reading 12 it [00:03, 4.0 it/s] ok");
}

TEST(ProgressLine, ResumedStepsDoNotCountForTheRate) {
  const std::string line = progress_line({.step = 60, .initial = 50, .total = 100, .seconds = 5}, 80);
  EXPECT_NE(line.find("[00:05<00:20, 2.0 it/s]"), line.npos) << line;
}

TEST(ProgressLine, ControlCharactersBecomeBlanks) {
  const std::string line = progress_line({.label = "a\nb", .note = "c\td", .step = 1, .total = 2}, 80);
  EXPECT_EQ(line.substr(0, 4), "a b ");
  EXPECT_NE(line.find("c d"), line.npos);
}

TEST(ProgressLine, CutsBetweenCharacters) {
  EXPECT_EQ(progress_line({.label = "ééé", .step = 0, .total = 0}, 2), "éé");
}

TEST(ClockText, CountsHoursOnlyWhenThereAreAny) {
  EXPECT_EQ(clock_text(0), "00:00");
  EXPECT_EQ(clock_text(75.9), "01:15");
  EXPECT_EQ(clock_text(3675), "1:01:15");
  EXPECT_EQ(clock_text(100 * 3600), "100:00:00");
  EXPECT_EQ(clock_text(-1), "00:00");
  EXPECT_EQ(clock_text(std::nan("")), "?");
  EXPECT_EQ(clock_text(INFINITY), "?");
}

}  // namespace
}  // namespace ramie::train::detail
