#include <ramie/nn/initializers.h>

#include <gtest/gtest.h>

#include <cmath>

#include <ramie/autograd/ops/reduce.h>
#include <ramie/tensor/random.h>

#include "support/ops.h"

namespace ramie::nn::initializers {
namespace {

using ramie::max, ramie::mean;

Tensor drawn(const Initializer& init, const Shape& shape, DType dtype = float32) {
  return init(random::key(0), shape, dtype);
}
double deviation(const Tensor& x) { return std::sqrt(mean(square(x.astype(float64))).item()); }

TEST(Initializers, Constants) {
  expect_near(drawn(zeros(), {2}), {0, 0}, {2});
  expect_near(drawn(ones(), {2}, float64), {1, 1}, {2});
  expect_near(drawn(constant(0.5), {1, 2}), {0.5, 0.5}, {1, 2});
  EXPECT_EQ(drawn(ones(), {2}, float64).dtype(), float64);
}

TEST(Initializers, ScaleWhatRandomDraws) {
  const Tensor key = random::key(0);
  expect_near(drawn(normal(0.02), {5}), random::normal(key, {5}) * 0.02, 0);
  expect_near(drawn(uniform(0.02), {5}), random::uniform(key, {5}) * 0.02, 0);
}

// The fan of (3, 3, 16, 32): in 9 * 16, out 9 * 32. Ten thousand numbers give their deviation to a percent.
TEST(Initializers, VarianceIsScaleOverFan) {
  const Shape conv = {3, 3, 16, 32}, dense = {100, 400};
  for (auto d : {Distribution::truncated_normal, Distribution::normal, Distribution::uniform}) {
    EXPECT_NEAR(deviation(drawn(variance_scaling(1, Fan::in, d), conv)), std::sqrt(1. / 144), 0.003);
    EXPECT_NEAR(deviation(drawn(variance_scaling(1, Fan::out, d), conv)), std::sqrt(1. / 288), 0.002);
    EXPECT_NEAR(deviation(drawn(variance_scaling(2, Fan::average, d), dense)), std::sqrt(2. / 250), 0.002);
  }
}

TEST(Initializers, TheTruncatedNormalStopsAtTwoDeviations) {
  const double limit = 2 * std::sqrt(1. / 100) / 0.87962566103423978;
  const Tensor x = drawn(lecun_normal(), {100, 400});
  EXPECT_LE(max(abs(x)).item(), limit * (1 + 1e-6));
  EXPECT_GT(max(abs(x)).item(), 0.99 * limit);
}

TEST(Initializers, NamedOnes) {
  const Shape s = {100, 300};
  auto same = [&](const Initializer& a, double scale, Fan fan, Distribution d) {
    expect_near(drawn(a, s), drawn(variance_scaling(scale, fan, d), s), 0);
  };
  same(lecun_normal(), 1, Fan::in, Distribution::truncated_normal);
  same(lecun_uniform(), 1, Fan::in, Distribution::uniform);
  same(he_normal(), 2, Fan::in, Distribution::truncated_normal);
  same(he_uniform(), 2, Fan::in, Distribution::uniform);
  same(glorot_normal(), 1, Fan::average, Distribution::truncated_normal);
  same(glorot_uniform(), 1, Fan::average, Distribution::uniform);
}

TEST(Initializers, OtherDtypes) {
  EXPECT_EQ(drawn(lecun_normal(), {4, 4}, float64).dtype(), float64);
  EXPECT_EQ(drawn(he_uniform(), {4, 4}, bfloat16).dtype(), bfloat16);
}

TEST(Initializers, NothingToDraw) { EXPECT_EQ(drawn(lecun_normal(), {0, 4}).size(), 0); }

TEST(Initializers, AFanNeedsTwoAxes) {
  EXPECT_EQ(error_of([] { drawn(lecun_normal(), {5}); }),
            "[variance_scaling] shape (5,) has no fan: it needs at least two axes (in, out).");
}

}  // namespace
}  // namespace ramie::nn::initializers
