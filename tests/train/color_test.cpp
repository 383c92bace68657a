#include <ramie/tensor/error.h>
#include <ramie/train/color.h>

#include <gtest/gtest.h>

namespace ramie::train {
namespace {

TEST(Color, KnowsNames) {
  EXPECT_EQ(color("red"), (Rgb{1, 0, 0}));
  EXPECT_EQ(color("r"), (Rgb{1, 0, 0}));
  EXPECT_EQ(color("green"), (Rgb{0, 128 / 255.0, 0}));
  EXPECT_EQ(color("tab:orange"), (Rgb{1, 0x7f / 255.0, 0x0e / 255.0}));
}

TEST(Color, ReadsHexadecimalGrayAndTheCycle) {
  EXPECT_EQ(color("#1f77B4"), color("tab:blue"));
  EXPECT_EQ(color("0.25"), (Rgb{0.25, 0.25, 0.25}));
  EXPECT_EQ(color("C3"), color("tab:red"));
}

TEST(Color, CycleHasTenColorsAndStartsAgain) {
  EXPECT_EQ(cycle_color(0), color("tab:blue"));
  EXPECT_EQ(cycle_color(9), color("tab:cyan"));
  EXPECT_EQ(cycle_color(10), cycle_color(0));
  for (std::size_t i = 1; i < 10; ++i) EXPECT_NE(cycle_color(i), cycle_color(0)) << i;
}

TEST(Color, RefusesTheRestAndSaysWhatItKnows) {
  for (const char* name : {"bleu", "", "#12345", "#12345g", "#1234567", "1.5", "-0.1", "nan", "C10", "0.5x"})
    EXPECT_THROW(color(name), Error) << name;
  try {
    color("bleu");
  } catch (const Error& error) {
    EXPECT_STREQ(
        error.what(),
        "[color] \"bleu\" is no colour: use a name (\"blue\", \"red\", \"tab:orange\"), \"C0\" to \"C9\", "
        "\"#rrggbb\" or a gray from \"0\" to \"1\"");
  }
}

TEST(Color, MapsRunFromEndToEnd) {
  EXPECT_EQ(map_color("gray", 0), color("black"));
  EXPECT_EQ(map_color("gray", 2), color("white"));
  for (double share = 0; share < 1; share += 0.1)
    EXPECT_GT(brightness(map_color("Blues", share)), brightness(map_color("Blues", share + 0.1))) << share;
  try {
    map_color("jet", 0);
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "[color] \"jet\" is no colour map: use \"gray\" or \"Blues\"");
  }
}

}  // namespace
}  // namespace ramie::train
