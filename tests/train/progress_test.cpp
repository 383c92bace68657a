#include <ramie/train/progress.h>

#include <gtest/gtest.h>

#include <memory>
#include <vector>

namespace ramie::train {
namespace {

// A stream that remembers, a clock that the test turns and a terminal that it resizes.
class Progress : public testing::Test {
 protected:
  ProgressOptions options() {
    return {.label = "fit",
            .stream = stream_.get(),
            .enabled = true,
            .unicode = false,
            .clock = [this] { return seconds_; },
            .columns = [this] { return columns_; }};
  }

  std::string written() {
    std::string text(static_cast<std::size_t>(std::ftell(stream_.get())), '\0');
    std::rewind(stream_.get());
    EXPECT_EQ(std::fread(text.data(), 1, text.size(), stream_.get()), text.size());
    return text;
  }
  // What was drawn, one line per redraw.
  std::vector<std::string> lines() {
    std::vector<std::string> result;
    for (const char c : written()) {
      if (c == '\r')
        result.emplace_back();
      else
        result.back() += c;
    }
    return result;
  }

  std::unique_ptr<std::FILE, int (*)(std::FILE*)> stream_{std::tmpfile(), std::fclose};
  double seconds_ = 100;
  std::size_t columns_ = 80;
};

TEST_F(Progress, ShowsStepRateTimesAndNote) {
  {
    ProgressBar bar(10, options());
    seconds_ += 2;
    bar.update(4, "loss 0.5");
  }
  const auto drawn = lines();
  ASSERT_EQ(drawn.size(), 3u);  // at the start, at the update, at the end
  EXPECT_EQ(drawn[0].substr(0, 10), "fit   0% |");
  EXPECT_NE(drawn[1].find("#|"), 0u);
  EXPECT_NE(drawn[1].find(" 4/10 [00:02<00:03, 2.0 it/s] loss 0.5"), std::string::npos) << drawn[1];
  EXPECT_EQ(drawn[2].back(), '\n');
}

TEST_F(Progress, RedrawsAtMostTenTimesASecond) {
  ProgressBar bar(2000, options());
  for (std::size_t step = 1; step < 2000; ++step) {
    seconds_ += 0.001;
    bar.update(step);
  }
  const std::size_t redraws = lines().size();
  EXPECT_GE(redraws, 19u);
  EXPECT_LE(redraws, 21u);
}

TEST_F(Progress, AlwaysShowsTheLastStep) {
  ProgressBar bar(100, options());
  for (std::size_t step = 1; step <= 100; ++step) bar.update(step);  // all at once
  const auto drawn = lines();
  ASSERT_EQ(drawn.size(), 2u);
  EXPECT_EQ(drawn[1].substr(0, 10), "fit 100% |");
}

TEST_F(Progress, IsQuietWhereTheStreamIsNoTerminal) {
  ProgressOptions quiet = options();
  quiet.enabled.reset();
  {
    ProgressBar bar(10, quiet);
    bar.update(5);
    bar.clear();
  }
  EXPECT_EQ(written(), "");
  ProgressOptions nowhere;
  nowhere.stream = nullptr;
  ProgressBar bar(10, nowhere);
  bar.update(5);
}

TEST_F(Progress, NeverWritesMoreThanTheTerminalIsWide) {
  ProgressBar bar(10, options());
  for (const std::size_t columns : {200, 40, 12, 1, 0, 60}) {
    columns_ = columns;
    seconds_ += 1;
    bar.update(5, "a note that is rather long, so that it has to be cut somewhere");
    EXPECT_LT(lines().back().size(), std::max<std::size_t>(columns, 2)) << columns;
    std::fseek(stream_.get(), 0, SEEK_END);
  }
}

TEST_F(Progress, CoversALongerLine) {
  ProgressBar bar(10, options());
  seconds_ += 1;
  bar.update(5, std::string(30, 'x'));
  seconds_ += 1;
  bar.update(6, "y");
  const auto drawn = lines();
  EXPECT_EQ(drawn[2].find('x'), std::string::npos);
  EXPECT_GE(drawn[2].size(), drawn[1].size());
}

TEST_F(Progress, ClearWipesAndTheNextUpdateDrawsAtOnce) {
  ProgressBar bar(10, options());
  bar.clear();
  bar.update(1);
  const auto drawn = lines();
  ASSERT_EQ(drawn.size(), 4u);
  EXPECT_EQ(drawn[1], std::string(drawn[0].size(), ' '));
  EXPECT_EQ(drawn[2], "");
  EXPECT_NE(drawn[3].find(" 1/10 "), std::string::npos);
}

TEST_F(Progress, CanLeaveNoTrace) {
  ProgressOptions wiped = options();
  wiped.leave = false;
  { ProgressBar bar(10, wiped); }
  const auto drawn = lines();
  EXPECT_EQ(drawn.back(), "");
  EXPECT_EQ(written().find('\n'), std::string::npos);
}

TEST_F(Progress, FinishesOnce) {
  {
    ProgressBar bar(10, options());
    bar.finish();
    bar.update(10);
    bar.finish();
  }
  const auto drawn = lines();
  ASSERT_EQ(drawn.size(), 2u);
  EXPECT_EQ(drawn[1].back(), '\n');
}

TEST_F(Progress, CountsWithoutATotal) {
  ProgressBar bar(0, options());
  seconds_ += 4;
  bar.update(2);
  EXPECT_EQ(lines().back(), "fit 2 it [00:04, 2.0 s/it]");
}

TEST_F(Progress, SurvivesAClockThatGoesBack) {
  ProgressBar bar(10, options());
  seconds_ -= 50;
  bar.clear();
  bar.update(5);
  EXPECT_NE(lines().back().find("[00:00<?, ? it/s]"), std::string::npos);
}

}  // namespace
}  // namespace ramie::train
