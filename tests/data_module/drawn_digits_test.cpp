#include <ramie/data/drawn_digits.h>

#include <omp.h>

#include <algorithm>
#include <array>

#include <ramie/data/digit_strokes.h>
#include <ramie/data/sha256.h>

#include "data_module/files.h"

namespace ramie::data {
namespace {

using ramie::testing::error_of;
using Image = std::array<std::uint8_t, digit_side * digit_side>;

std::vector<int> pixels(const Split& split) { return split.images.to_vector<int>(); }
std::vector<int> labels(const Split& split) { return split.labels.to_vector<int>(); }

TEST(DrawnDigits, HaveMnistsFormat) {
  const Split split = draw_digits(25, {.seed = 3});
  EXPECT_EQ(str(split.images.layout()), "uint8[25,28,28,1]");
  EXPECT_EQ(str(split.labels.layout()), "int32[25]");
  EXPECT_EQ(split.size(), 25);
  EXPECT_EQ(split.description, "drawn digits");
  EXPECT_EQ(split.origin, "drawn digits, seed 3");
  EXPECT_EQ(draw_digits(0).size(), 0);
}

// The bits are part of the contract: they may change only on purpose.
TEST(DrawnDigits, TheBitsAreFixed) {
  const Split split = draw_digits(1000);
  const auto bytes = std::as_bytes(std::span(split.images.data<std::uint8_t>(), 784000));
  EXPECT_EQ(sha256(bytes), "ebf8b94341d620cd6558078614cc1ce4f40836821e2f04703add7a74447601d1");
}

TEST(DrawnDigits, RecordsDependOnSeedAndNumberAlone) {
  const Split all = draw_digits(300, {.seed = 9});
  const Split part = draw_digits(50, {.seed = 9, .first = 120});
  const auto whole = pixels(all);
  EXPECT_TRUE(std::equal(whole.begin() + 120 * 784, whole.begin() + 170 * 784, pixels(part).begin()));
  Image image;
  EXPECT_EQ(draw_digit(9, 123, image), labels(all)[123]);
  EXPECT_TRUE(std::equal(image.begin(), image.end(), whole.begin() + 123 * 784));
}

TEST(DrawnDigits, ThreadsChangeNothing) {
  const int threads = omp_get_max_threads();
  omp_set_num_threads(1);
  const auto one = pixels(draw_digits(1000));
  omp_set_num_threads(5);
  const auto five = pixels(draw_digits(1000));
  omp_set_num_threads(threads);
  EXPECT_EQ(one, five);
}

TEST(DrawnDigits, SeedsDiffer) {
  const Split a = draw_digits(100, {.seed = 1}), b = draw_digits(100, {.seed = 2});
  EXPECT_NE(pixels(a), pixels(b));
  EXPECT_NE(labels(a), labels(b));
}

TEST(DrawnDigits, EveryTenRecordsHoldEachDigit) {
  const auto all = labels(draw_digits(500));
  for (std::size_t at = 0; at < all.size(); at += 10) {
    std::array<int, 10> ten{};
    std::copy_n(all.begin() + static_cast<std::ptrdiff_t>(at), 10, ten.begin());
    std::sort(ten.begin(), ten.end());
    for (int digit = 0; digit < 10; ++digit) EXPECT_EQ(ten[static_cast<std::size_t>(digit)], digit);
  }
  EXPECT_FALSE(std::equal(all.begin(), all.begin() + 10, all.begin() + 10));  // in an order of their own
}

// As in MNIST: black background, strokes near white, the digit inside the frame and no two neighbours alike.
TEST(DrawnDigits, LookLikeInkOnBlack) {
  const Split split = draw_digits(2000, {.seed = 4});
  const auto all = pixels(split);
  double ink = 0;
  for (std::size_t i = 0; i < 2000; ++i) {
    const auto from = all.begin() + static_cast<std::ptrdiff_t>(i * 784);
    const auto lit = std::count_if(from, from + 784, [](int p) { return p > 0; });
    EXPECT_GT(lit, 20) << "record " << i;
    EXPECT_LT(lit, 450) << "record " << i;
    EXPECT_GT(*std::max_element(from, from + 784), 150) << "record " << i;
    EXPECT_FALSE(i > 0 && std::equal(from, from + 784, from - 784));
    for (auto p = from; p != from + 784; ++p) ink += *p;
  }
  EXPECT_NEAR(ink / (2000 * 784 * 255), .12, .03);  // MNIST's mean is 0.1307
}

// A digit is nearer to the mean image of its own kind than to that of any other in most cases.
TEST(DrawnDigits, KindsAreTellable) {
  const Split train = draw_digits(2000), test = draw_digits(500, {.first = 2000});
  std::array<std::array<double, 784>, 10> mean{};
  const auto x = pixels(train), y = labels(train), tx = pixels(test), ty = labels(test);
  for (std::size_t i = 0; i < 2000; ++i)
    for (std::size_t p = 0; p < 784; ++p) mean[static_cast<std::size_t>(y[i])][p] += x[i * 784 + p] / 200.;
  int right = 0;
  for (std::size_t i = 0; i < 500; ++i) {
    std::array<double, 10> distance{};
    for (std::size_t k = 0; k < 10; ++k)
      for (std::size_t p = 0; p < 784; ++p)
        distance[k] += (tx[i * 784 + p] - mean[k][p]) * (tx[i * 784 + p] - mean[k][p]);
    right += std::min_element(distance.begin(), distance.end()) - distance.begin() == ty[i];
  }
  EXPECT_GT(right, 250);
}

TEST(DrawnDigits, EachDigitHasStyles) {
  for (const auto& styles : digit_glyphs()) {
    EXPECT_GE(styles.size(), 3u);
    for (const Glyph& glyph : styles)
      for (const Stroke& stroke : glyph) EXPECT_GE(stroke.points.size(), 2u);
  }
}

TEST(DrawnDigits, Errors) {
  EXPECT_EQ(error_of([] { draw_digits(-1); }), "[draw_digits] count -1 and first 0 must not be negative.");
  EXPECT_EQ(error_of([] { draw_digits(1, {.first = -2}); }),
            "[draw_digits] count 1 and first -2 must not be negative.");
}

}  // namespace
}  // namespace ramie::data
