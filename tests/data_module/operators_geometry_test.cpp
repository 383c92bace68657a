// Operators that move pixels: what they make of images whose pixels say where they come from.
#include <set>

#include <ramie/autograd/ops/elementwise.h>
#include <ramie/autograd/ops/reduce.h>
#include <ramie/data/operators/affine.h>
#include <ramie/data/operators/crop.h>
#include <ramie/data/operators/cutout.h>
#include <ramie/data/operators/elastic.h>
#include <ramie/data/operators/flip.h>
#include <ramie/data/operators/patch_dropout.h>
#include <ramie/data/operators/rotation.h>

#include "data_module/records.h"
#include "support/ops.h"

namespace ramie::data {
namespace {

using Numbers = std::vector<double>;

Tensor image_of(const Operator& op, const Tensor& x) {
  return op.apply({{"image", x}}, op.random() ? testing::keys(x.shape(0)) : Tensor())["image"];
}
// n images of which pixel (i, j) is 100 i + j.
Tensor places(std::int64_t n, std::int64_t height, std::int64_t width) {
  const Tensor rows = arange(0, height, 1, float32).reshape({1, -1, 1, 1}) * 100;
  return broadcast_to(rows + arange(0, width, 1, float32).reshape({1, 1, -1, 1}), {n, height, width, 1});
}
std::set<double> distinct(const Tensor& x) {
  const auto v = x.to_vector<double>();
  return {v.begin(), v.end()};
}

TEST(RandomCrop, TakesEveryPartAsOften) {
  const Tensor x = places(3000, 6, 5), y = image_of(RandomCrop({.size = {4, 3}}), x);
  ASSERT_EQ(y.shape(), (Shape{3000, 4, 3, 1}));
  const Tensor corner = y.index({range(), 0, 0, 0});
  EXPECT_EQ(distinct(corner), (std::set<double>{0, 1, 2, 100, 101, 102, 200, 201, 202}));
  for (const double at : distinct(corner))
    EXPECT_NEAR(sum((corner == at).astype(float32)).item(), 3000 / 9.0, 4 * std::sqrt(3000 / 9.0));
  const Tensor inside = y - corner.reshape({3000, 1, 1, 1});
  EXPECT_EQ(distinct(inside - places(3000, 4, 3)), std::set<double>{0});
}

TEST(RandomCrop, PadsFirst) {
  const Tensor x = full({2000, 4, 4, 3}, 1, uint8);
  const RandomCrop op({.size = {4, 4}, .padding = {2, 1}, .fill_value = 7});
  const Tensor y = image_of(op, x);
  ASSERT_EQ(str(y.layout()), "uint8[2000,4,4,3]");
  EXPECT_EQ(distinct(y), (std::set<double>{1, 7}));
  const Tensor filled = sum((y == 7).astype(int32), {1, 2, 3});
  EXPECT_EQ(distinct(filled), (std::set<double>{0, 12, 24, 21, 30}));  // 0, 1 or 2 rows, 0 or 1 column
  EXPECT_EQ(image_of(RandomCrop({.size = {9, 3}}), x).shape(), (Shape{2000, 4, 3, 3}));
}

TEST(RandomCrop, WithoutRandomnessTakesTheMiddle) {
  const Tensor x = places(1, 5, 6).reshape({1, 5, 6});
  const RandomCrop op({.size = {2, 2}, .padding = {1, 1}, .stochastic = false});
  EXPECT_EQ(image_of(op, x).to_vector<double>(), (Numbers{102, 103, 202, 203}));
  EXPECT_EQ(image_of(CenterCrop({.size = {2, 2}}), x).to_vector<double>(), (Numbers{102, 103, 202, 203}));
}

TEST(Flip, MirrorsSomeImages) {
  const Tensor x = places(4000, 2, 3);
  const Tensor y = image_of(Flip({.horizontal_probability = 0.25, .vertical_probability = 0.6}), x);
  const Tensor corner = y.index({range(), 0, 0, 0});
  const auto share = [&](double at) { return mean((corner == at).astype(float32)).item(); };
  EXPECT_NEAR(share(0), 0.75 * 0.4, 0.03);
  EXPECT_NEAR(share(2), 0.25 * 0.4, 0.02);
  EXPECT_NEAR(share(100), 0.75 * 0.6, 0.03);
  EXPECT_NEAR(share(102), 0.25 * 0.6, 0.03);
  const Tensor bytes = tensor({1, 2, 3, 4}, uint8).reshape({1, 2, 2});
  const auto always = [](double across, double down) {
    return Flip({.horizontal_probability = across, .vertical_probability = down, .stochastic = false});
  };
  EXPECT_EQ(image_of(always(1, 0), bytes).to_vector<int>(), (std::vector<int>{2, 1, 4, 3}));
  EXPECT_EQ(image_of(always(0, 1), bytes).to_vector<int>(), (std::vector<int>{3, 4, 1, 2}));
  EXPECT_EQ(image_of(always(1, 1), bytes).to_vector<int>(), (std::vector<int>{4, 3, 2, 1}));
  EXPECT_EQ(image_of(always(0, 0), bytes).to_vector<int>(), (std::vector<int>{1, 2, 3, 4}));
  EXPECT_EQ(image_of(Flip({.horizontal_probability = 1}), bytes).to_vector<int>(),
            (std::vector<int>{2, 1, 4, 3}));
}

TEST(PatchDropout, PatchesLieInside) {
  const Tensor x = full({2000, 6, 5, 2}, 1, float32);
  const PatchDropout op({.num_patches = 1, .patch_size = {3, 2}, .drop_value = -1});
  const Tensor dropped = (image_of(op, x) == -1).astype(float32);
  EXPECT_EQ(distinct(sum(dropped, {1, 2, 3})), std::set<double>{12});
  const Tensor often = mean(dropped, {0}).index({range(), range(), 0});
  // A corner is in 1 of 4 x 4 patches, the middle of a side in more.
  EXPECT_NEAR(often[0].to_vector<double>()[0], 1 / 16.0, 0.025);
  EXPECT_NEAR(often[2].to_vector<double>()[2], 6 / 16.0, 0.045);
  const Tensor two =
      (image_of(PatchDropout({.num_patches = 2, .patch_size = {3, 2}, .drop_value = -1}), x) == -1)
          .astype(float32);
  EXPECT_EQ(*distinct(sum(two, {1, 2, 3})).begin(), 12);  // one upon the other
  EXPECT_EQ(*distinct(sum(two, {1, 2, 3})).rbegin(), 24);
  EXPECT_EQ(distinct(image_of(PatchDropout({.patch_size = {7, 1}}), x)), std::set<double>{1});
}

TEST(Cutout, CentresLieAnywhere) {
  const Tensor x = full({3000, 8, 6, 1}, 1, float32);
  const Tensor holes = 1 - image_of(Cutout({.length = 4}), x);
  const Tensor size = sum(holes, {1, 2, 3});
  EXPECT_EQ(max(size).item(), 16);
  EXPECT_EQ(min(size).item(), 4);  // at a corner 2 x 2 are left
  // Row 0 is in the hole for centres 0, 1, 2 of 8; column 0 for 0, 1, 2 of 6.
  EXPECT_NEAR(mean(holes.index({range(), 0, 0, 0})).item(), 3. / 8 * 3 / 6, 0.03);
  EXPECT_NEAR(mean(holes.index({range(), 4, 3, 0})).item(), 4. / 8 * 4 / 6, 0.04);
  const Tensor middle = image_of(Cutout({.length = 2, .fill_value = 5, .stochastic = false}), x);
  EXPECT_EQ(sum((middle == 5).astype(int32)).item(), 3000 * 4);
  EXPECT_EQ(middle.index({0, range(3, 5), range(2, 4), 0}).to_vector<double>(), Numbers(4, 5));
}

TEST(Rotation, DrawsAnAngleForEachImage) {
  const Tensor x = places(500, 9, 9);
  const Rotation op({.angle_range = {-20, 20}, .fill_value = -1, .clip_range = {}});
  const Tensor y = image_of(op, x);
  EXPECT_NEAR(mean(y.index({range(), 4, 4, 0})).item(), 404, 10);
  EXPECT_GT(distinct(y.index({range(), 4, 6, 0})).size(), 490u);
  // Two pixels and a half beside the centre, 4.5, the source moves along the rows by the sine of the angle.
  const Tensor row = y.index({range(), 4, 7, 0}) / 100;
  const double turn = 20 * 3.14159265 / 180, middle = 4.5 - 0.5 * std::cos(turn) + 0.07;
  EXPECT_NEAR(min(row).item(), middle - 2.5 * std::sin(turn), 0.03);
  EXPECT_NEAR(max(row).item(), middle + 2.5 * std::sin(turn), 0.03);
}

TEST(Affine, MovesByWholePixels) {
  const Tensor x = places(1000, 10, 10) + 1;
  const Tensor y = image_of(Affine({.translate = {0.2, 0.1}}), x);
  const Tensor middle = y.index({range(), 5, 5, 0}) - 1;
  std::set<double> expected;
  for (const int i : {4, 5, 6})
    for (const int j : {3, 4, 5, 6, 7}) expected.insert(100 * i + j);
  std::set<double> got;
  for (const double v : distinct(middle)) got.insert(std::round(v));
  EXPECT_EQ(got, expected);
  EXPECT_LE(max(abs(middle - round(middle))).item(), 1e-3);
}

TEST(Affine, ScalesAboutTheMiddle) {
  const Tensor x = places(200, 9, 9);
  const Tensor y = image_of(Affine({.scale = {0.5, 2}}), x);
  expect_near(y.index({range(), 4, 4, 0}), full({200}, 404, float32), 1e-6);
  const Tensor beside = y.index({range(), 4, 5, 0}) - 404;  // 1 / scale
  EXPECT_GE(min(beside).item(), 0.5 - 1e-3);
  EXPECT_LE(max(beside).item(), 2 + 1e-3);
  EXPECT_LT(min(beside).item(), 0.55);
  EXPECT_GT(max(beside).item(), 1.7);
}

TEST(Elastic, OffsetsAreSmoothAndAsLargeAsTheory) {
  const std::int64_t n = 200, size = 48;
  const Tensor column = broadcast_to(arange(0, size, 1, float32).reshape({1, 1, -1, 1}), {n, size, size, 1});
  const double alpha = 8, sigma = 3;
  const Tensor y = image_of(Elastic({.alpha = alpha, .sigma = sigma}), column);
  const auto inner = range(16, 32);
  const Tensor moved = (y - column).index({range(), inner, inner, 0});
  // White noise of variance 1/3, blurred: the squares of the Gaussian's weights sum to 1 / (4 pi sigma^2).
  const double expected = alpha / 2 / std::sqrt(3.0) / (2 * sigma * std::sqrt(3.14159265));
  EXPECT_NEAR(ramie::std(moved).item(), expected, 0.06 * expected);
  EXPECT_NEAR(mean(moved).item(), 0, 0.1 * expected);
  const Tensor step = moved.slice(1, 1, 16) - moved.slice(1, 0, 15);
  EXPECT_LT(ramie::std(step).item(), 0.5 * expected);
  EXPECT_EQ(distinct(image_of(Elastic({.stochastic = false}), column) - column), std::set<double>{0});
}

TEST(Elastic, BlurMatrixReflects) {
  const Tensor w = detail::blur_matrix(7, 1, float64), tiny = detail::blur_matrix(2, 5, float64);
  expect_near(sum(w, {1}), Numbers(7, 1), {7}, 1e-12);
  expect_near(sum(tiny, {1}), Numbers(2, 1), {2}, 1e-12);
  const auto g = [](double d) { return std::exp(-d * d / 2) / 2.5066283; };
  EXPECT_NEAR(w[3].to_vector<double>()[3], g(0), 1e-4);
  EXPECT_NEAR(w[0].to_vector<double>()[1], 2 * g(1), 2e-4);
  EXPECT_NEAR(w[1].to_vector<double>()[1], g(0) + g(2), 2e-4);
}

}  // namespace
}  // namespace ramie::data
