#include <ramie/nn/norm.h>

#include <gtest/gtest.h>

#include <cmath>

#include <ramie/autograd/ops/reduce.h>

#include "support/ops.h"

namespace ramie::nn {
namespace {

BatchNorm norm_of(std::int64_t features, const BatchNormOptions& options = {}) {
  Rngs rngs(0);
  return BatchNorm(features, options, rngs);
}

TEST(BatchNorm, NormalisesByTheBatch) {
  BatchNorm norm = norm_of(2, {.epsilon = 0});
  // Columns 1, 3 (mean 2, variance 1) and 10, 30 (mean 20, variance 100).
  expect_near(norm(tensor({{1.0, 10.0}, {3.0, 30.0}})), {-1, -1, 1, 1}, {2, 2}, 1e-6);
}

TEST(BatchNorm, MovesTheRunningStatistics) {
  BatchNorm norm = norm_of(2);
  norm(tensor({{1.0, 10.0}, {3.0, 30.0}}));
  expect_near(norm.mean, {0.02, 0.2}, {2}, 1e-6);
  expect_near(norm.var, {0.99 + 0.01, 0.99 + 1}, {2}, 1e-6);
  BatchNorm quick = norm_of(2, {.momentum = 0});
  quick(tensor({{1.0, 10.0}, {3.0, 30.0}}));
  expect_near(quick.mean, {2, 20}, {2}, 1e-6);
  expect_near(quick.var, {1, 100}, {2}, 1e-6);
}

TEST(BatchNorm, UsesTheRunningStatistics) {
  BatchNorm norm = norm_of(2, {.use_running_average = true, .epsilon = 0});
  norm.mean = tensor({1.0, 2.0});
  norm.var = tensor({4.0, 16.0});
  norm.scale->store(tensor({2.0, 1.0}));
  norm.bias->store(tensor({0.0, 5.0}));
  expect_near(norm(tensor({{3.0, 6.0}})), {2, 6}, {1, 2}, 1e-6);
  expect_near(norm.mean, {1, 2}, {2}, 0);  // nothing has moved
}

TEST(BatchNorm, WorksOverAllAxesButTheLast) {
  BatchNorm norm = norm_of(3);
  const Tensor x = random_normal({2, 4, 5, 3}, float32) * 3 + 1;
  const Tensor y = norm(x);
  EXPECT_EQ(y.shape(), x.shape());
  EXPECT_LT(relative_error(mean(square(y), {0, 1, 2}).to_vector<double>(), {1, 1, 1}), 1e-4);
  EXPECT_LT(max(abs(mean(y, {0, 1, 2}))).item(), 1e-6);
}

TEST(BatchNorm, ScaleAndBiasAreOptionalAndDrawKeys) {
  Rngs rngs(0);
  const BatchNorm both(2, rngs);
  EXPECT_EQ(state(rngs).at("default.count").item(), 2);
  const BatchNorm bare(2, {.use_bias = false, .use_scale = false}, rngs);
  EXPECT_EQ(state(rngs).at("default.count").item(), 2);
  EXPECT_EQ(state(bare, is<Param>).size(), 0u);
  EXPECT_EQ(state(both, is<BatchStat>).size(), 2u);
}

// d y_i / d x_j = (1/s) (delta_ij - 1/n - y_i y_j / n): the batch's statistics take part in the gradient.
TEST(BatchNorm, StatisticsTakePartInTheGradient) {
  BatchNorm norm = norm_of(2, {.param_dtype = float64});
  const Tensor x = random_normal({5, 2}), w = random_normal({5, 2});
  auto report = check_gradients([&](const Tensor& v) { return sum(norm(v) * w); }, {x});
  EXPECT_TRUE(report) << report.table;
}

TEST(BatchNorm, StoresNoGraph) {
  BatchNorm norm = norm_of(2);
  norm(variable(random_normal({5, 2}, float32)));
  EXPECT_EQ(norm.mean.value().graph(), nullptr);
  EXPECT_EQ(norm.var.value().graph(), nullptr);
}

TEST(BatchNorm, TheVarianceIsNeverNegative) {
  BatchNorm norm = norm_of(1, {.momentum = 0});
  const Tensor y = norm(ramie::full({7, 1}, 1000.1));  // E[x^2] - E[x]^2 may round below zero
  EXPECT_GE(norm.var.value().item(), 0);
  EXPECT_TRUE(std::isfinite(sum(y).item()));
}

// float16 ends at 65504, so the squares of 300 would overflow.
TEST(BatchNorm, HalfTypesHaveFloat32Statistics) {
  BatchNorm norm = norm_of(1, {.momentum = 0, .epsilon = 0});
  const Tensor x = tensor({{-300.0}, {300.0}}, float16);
  expect_near(norm(x), {-1, 1}, {2, 1}, 1e-6);
  EXPECT_EQ(norm(x).dtype(), float32);  // the parameters are float32
  expect_near(norm.var, {90000}, {1}, 1e-6);
  BatchNorm half = norm_of(1, {.epsilon = 0, .param_dtype = float16});
  EXPECT_EQ(half(x).dtype(), float16);
}

TEST(BatchNorm, ErrorsNameTheShapes) {
  BatchNorm norm = norm_of(2);
  EXPECT_EQ(error_of([&] {
              norm(ramie::ones({4, 3}));
            }),
            "[BatchNorm] the input is float32[4,3], but its last axis must have num_features = 2 elements.");
  EXPECT_EQ(error_of([&] { norm(ramie::ones({2})); }),
            "[BatchNorm] the input float32[2] has no batch axis to normalise over.");
}

}  // namespace
}  // namespace ramie::nn
