#include <ramie/tensor/error.h>
#include <ramie/train/axes.h>

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>

namespace ramie::train {
namespace {

template <class Call>
std::string error_of(Call call) {
  try {
    call();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

std::vector<int> grays(const Axes& axes) {
  std::vector<int> result;
  const auto& rgb = axes.content().image.rgb;
  for (std::size_t i = 0; i < rgb.size(); i += 3) result.push_back(rgb[i]);
  return result;
}

TEST(Axes, LinesTakeColorsFromTheCycleUnlessTheyAskForOne) {
  Axes axes;
  axes.line({1, 2}).line({1, 2}, {.color = "red"}).horizontal_line(1).line({3});
  const auto& lines = axes.content().lines;
  EXPECT_EQ(lines[0].pen.color, color("C0"));
  EXPECT_EQ(lines[1].pen.color, color("red"));
  EXPECT_EQ(lines[2].pen.color, color("C1"));
  EXPECT_EQ(lines[3].pen.color, color("C2"));
}

TEST(Axes, LinesTakeAnyRangeOfNumbers) {
  Axes axes;
  axes.line(std::vector<float>{1.5f})
      .line(std::array<int, 2>{3, 4})
      .line(std::vector<long>{})
      .line({1, 2, 3});
  axes.line(std::vector<int>{7, 8}, std::vector<float>{1, 2}, {.label = "over x"});
  const auto& lines = axes.content().lines;
  EXPECT_EQ(lines[0].points[0].y, 1.5);
  EXPECT_EQ(lines[1].points[1].x, 1);
  EXPECT_TRUE(lines[2].points.empty());
  EXPECT_EQ(lines[3].points.size(), 3u);
  EXPECT_EQ(lines[4].points[1].x, 8);
  EXPECT_EQ(lines[4].label, "over x");
}

TEST(Axes, DotsAreNotJoined) {
  Axes axes;
  axes.scatter(std::vector{1, 2}, std::vector{0.5, 1.5}, {.label = "data", .size = 3, .alpha = 0.5});
  const auto& dots = axes.line({1}).content().lines[0];
  EXPECT_TRUE(dots.dots);
  EXPECT_EQ(dots.points[1].y, 1.5);
  EXPECT_EQ(dots.pen.width, 3);
  EXPECT_EQ(dots.pen.alpha, 0.5);
  EXPECT_EQ(dots.label, "data");
  EXPECT_EQ(axes.content().lines[1].pen.color, color("C1"));
  EXPECT_EQ(error_of([&] {
              axes.scatter(std::vector{1, 2, 3}, std::vector{1.0, 2.0});
            }),
            "[scatter] x has 3 values but y has 2: they must be as many");
  EXPECT_EQ(error_of([&] { axes.scatter(std::vector{1}, std::vector{1}, {.size = 0}); }),
            "[scatter] size is 0 points: it must be above 0 and at most 1000");
}

TEST(Axes, LineErrorsSayWhatIsWrong) {
  Axes axes;
  EXPECT_EQ(error_of([&] {
              axes.line(std::vector{1, 2, 3}, std::vector{1.0, 2.0});
            }),
            "[line] x has 3 values but y has 2: they must be as many");
  EXPECT_EQ(error_of([&] { axes.line({1}, {.width = 0}); }),
            "[line] width is 0 points: it must be above 0 and at most 1000");
  EXPECT_EQ(error_of([&] { axes.line({1}, {.alpha = 1.5}); }),
            "[line] alpha is 1.5: it must lie between 0 and 1");
  EXPECT_EQ(error_of([&] { axes.grid(-1); }), "[grid] alpha is -1: it must lie between 0 and 1");
  EXPECT_TRUE(axes.content().lines.empty());
}

TEST(Axes, GrayImagesAutoscale) {
  Axes axes;
  axes.image(std::vector<std::uint8_t>{10, 20, 30}, 1, 3);
  EXPECT_EQ(grays(axes), (std::vector{0, 128, 255}));
  axes.image(std::vector<float>{-1, 3}, 2, 1);
  EXPECT_EQ(grays(axes), (std::vector{0, 255}));
  axes.image(std::vector<float>{7, 7}, 2, 1);
  EXPECT_EQ(grays(axes), (std::vector{0, 0}));
}

TEST(Axes, ImagesKeepAGivenRange) {
  Axes axes;
  axes.image(std::vector<float>{-1, 0.2f, 2}, 1, 3, {.low = 0, .high = 1});
  EXPECT_EQ(grays(axes), (std::vector{0, 51, 255}));
  axes.image(std::vector<std::uint8_t>{51, 102}, 1, 2, {.low = 0});  // the other end is found
  EXPECT_EQ(grays(axes), (std::vector{128, 255}));
}

TEST(Axes, NanPixelsAreWhiteAndInfinitiesTheEnds) {
  const float infinity = std::numeric_limits<float>::infinity();
  Axes axes;
  axes.image(std::vector<float>{0, 1, NAN, infinity, -infinity}, 1, 5);
  EXPECT_EQ(grays(axes), (std::vector{0, 255, 255, 255, 0}));
  axes.image(std::vector<float>{NAN, NAN}, 1, 2);
  EXPECT_EQ(grays(axes), (std::vector{255, 255}));
}

TEST(Axes, RgbImagesAreNotScaled) {
  Axes axes;
  axes.image(std::vector<std::uint8_t>{10, 20, 30}, 1, 1, {.channels = 3});
  EXPECT_EQ(axes.content().image.rgb, (std::vector<std::uint8_t>{10, 20, 30}));
  axes.image(std::vector<float>{0.2f, 0.4f, 2}, 1, 1, {.channels = 3});
  EXPECT_EQ(axes.content().image.rgb, (std::vector<std::uint8_t>{51, 102, 255}));
}

TEST(Axes, ImageErrorsNameTheSizes) {
  Axes axes;
  const std::vector<float> pixels(784);
  EXPECT_EQ(error_of([&] { axes.image(pixels, 28, 27); }),
            "[image] 784 pixels given, but height 28 x width 27 x channels 1 is 756");
  EXPECT_EQ(error_of([&] { axes.image(pixels, 28, 7, {.channels = 4}); }),
            "[image] height 28, width 7 and 4 channels: sizes must be positive, channels 1 or 3");
  EXPECT_EQ(error_of([&] { axes.image(pixels, 0, 28); }),
            "[image] height 0, width 28 and 1 channels: sizes must be positive, channels 1 or 3");
}

TEST(Axes, BarsTakeColorsFromTheSameCycle) {
  Axes axes;
  axes.bars({1, 2}, {.label = "a"}).line({1}).bars(std::vector{0.5, 1.5}, std::vector{3, 4}, {.width = 0.2});
  const auto& bars = axes.content().bars;
  EXPECT_EQ(bars[0].color, color("C0"));
  EXPECT_EQ(bars[0].tops[1].x, 1);
  EXPECT_EQ(bars[1].color, color("C2"));
  EXPECT_EQ(bars[1].tops[1].y, 4);
  EXPECT_EQ(error_of([&] {
              axes.bars(std::vector{1}, std::vector{1, 2});
            }),
            "[bars] x has 1 values but heights has 2: they must be as many");
  EXPECT_EQ(error_of([&] { axes.bars({1}, {.width = 0}); }), "[bars] width is 0: it must be above 0");
  EXPECT_EQ(error_of([&] { axes.text(0, 0, "a", {.size = 0}); }),
            "[text] size is 0 points: it must be above 0 and at most 1000");
}

TEST(Axes, ImagesOfOneChannelMayHaveColorsAndTheirScale) {
  Axes axes;
  EXPECT_EQ(error_of([&] { axes.color_bar(); }),
            "[color_bar] there is no image of one channel that it could explain: call image() before");
  axes.image(std::vector<float>{0, 4, NAN}, 1, 3, {.colors = "Blues"}).color_bar();
  const auto& image = axes.content().image;
  EXPECT_GT(image.rgb[0], 200);
  EXPECT_LT(image.rgb[3], image.rgb[5]);  // dark, more blue than red
  EXPECT_EQ(image.rgb[6], 255);
  EXPECT_EQ(image.high, 4);
}

}  // namespace
}  // namespace ramie::train
