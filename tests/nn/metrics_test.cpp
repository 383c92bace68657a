#include <ramie/nn/metrics.h>

#include <gtest/gtest.h>

#include <cmath>
#include <utility>

#include <ramie/autograd/ops/index.h>
#include <ramie/autograd/ops/reduce.h>
#include <ramie/nn/jit.h>

#include "support/ops.h"

namespace ramie::nn {
namespace {

using namespace metrics;

Tensor logits() {  // argmax 1, 0, 1: the first of a tie
  return tensor({{1.0, 2.0, 0.0}, {5.0, 1.0, 1.0}, {0.0, 3.0, 3.0}});
}

TEST(Average, IsNaNBeforeTheFirstUpdate) {
  Average loss;
  EXPECT_TRUE(std::isnan(loss.compute()));
  loss.update(tensor(2.0));
  EXPECT_EQ(loss.compute(), 2);
  loss.reset();
  EXPECT_TRUE(std::isnan(loss.compute()));
}

TEST(Average, IsOverAllElements) {
  Average loss;
  loss.update({.loss = tensor(6.0)});
  loss.update({.loss = tensor({1.0, 2.0, 3.0})});
  EXPECT_EQ(loss.compute(), 3);
  Average values(Average::Of::values);
  values.update({.loss = tensor(9.0), .values = tensor({1, 4})});
  EXPECT_EQ(values.compute(), 2.5);
}

TEST(Average, KeepsNoGraph) {
  Average loss;
  loss.update(variable(1.5) * 2);
  EXPECT_EQ(loss.total.value().graph(), nullptr);
  EXPECT_EQ(loss.compute(), 3);
}

TEST(Average, NeedsItsInput) {
  EXPECT_EQ(error_of([] { Average().update({.values = tensor(1.0)}); }), "[Average] update needs .loss.");
  EXPECT_EQ(error_of([] { Average(Average::Of::values).update({.loss = tensor(1.0)}); }),
            "[Average] update needs .values.");
}

TEST(Accuracy, CountsTheLabelsFound) {
  Accuracy accuracy;
  EXPECT_TRUE(std::isnan(accuracy.compute()));
  accuracy.update({.logits = logits(), .labels = tensor({1, 0, 2})});
  EXPECT_DOUBLE_EQ(accuracy.compute(), 2. / 3);
  accuracy.update({.logits = logits(), .labels = tensor({1, 0, 1}, uint8)});
  EXPECT_DOUBLE_EQ(accuracy.compute(), 5. / 6);
  accuracy.reset();
  EXPECT_TRUE(std::isnan(accuracy.compute()));
}

TEST(Accuracy, TakesAnyNumberOfAxes) {
  Accuracy accuracy;
  accuracy.update({.logits = logits()[0], .labels = tensor(1)});
  accuracy.update({.logits = logits().reshape({1, 3, 3}), .labels = tensor({{1, 1, 1}})});
  EXPECT_DOUBLE_EQ(accuracy.compute(), 3. / 4);
  accuracy.update({.logits = ramie::zeros({0, 3}), .labels = ramie::zeros({0}, int32)});
  EXPECT_DOUBLE_EQ(accuracy.compute(), 3. / 4);
}

TEST(Accuracy, ErrorsNameTheShapes) {
  Accuracy accuracy;
  EXPECT_EQ(error_of([&] { accuracy.update({.logits = logits()}); }),
            "[Accuracy] update needs .logits and .labels.");
  EXPECT_EQ(error_of([&] {
              accuracy.update({.logits = logits(), .labels = tensor({1, 0})});
            }),
            "[Accuracy] logits float32[3,3] need integer labels of shape (3,), not int32[2].");
  EXPECT_EQ(error_of([&] { accuracy.update({.logits = logits(), .labels = logits()}); }),
            "[Accuracy] logits float32[3,3] need integer labels of shape (3,), not float32[3,3].");
  EXPECT_TRUE(std::isnan(accuracy.compute()));
}

auto both() { return MultiMetric{std::pair{"accuracy", Accuracy()}, std::pair{"loss", Average()}}; }

TEST(MultiMetric, UpdatesEach) {
  auto m = both();
  m.update({.loss = tensor(0.5), .logits = logits(), .labels = tensor({1, 0, 2})});
  const auto values = m.compute();
  ASSERT_EQ(values.size(), 2u);
  EXPECT_EQ(values[0].first, "accuracy");
  EXPECT_DOUBLE_EQ(values[0].second, 2. / 3);
  EXPECT_EQ(values[1].first, "loss");
  EXPECT_DOUBLE_EQ(values[1].second, 0.5);
}

TEST(MultiMetric, CopiesAreResetTogether) {
  auto m = both();
  auto copy = m;
  m.update({.loss = tensor(0.5), .logits = logits(), .labels = tensor({1, 0, 2})});
  EXPECT_EQ(copy.compute()[1].second, 0.5);
  copy.reset();
  EXPECT_TRUE(std::isnan(m.compute()[0].second));
  EXPECT_TRUE(std::isnan(m.compute()[1].second));
}

TEST(MultiMetric, IsState) {
  const State s = state(both(), is<MetricState>);
  ASSERT_EQ(s.size(), 4u);
  EXPECT_EQ(s[0].first, "metrics.0.correct");
  EXPECT_EQ(str(s.at("metrics.1.total").layout()), "float32[]");
  EXPECT_EQ(str(s.at("metrics.1.count").layout()), "int32[]");
}

// --- masks, merging, and more metrics ----------------------------------------------------------------------

Tensor random_logits(std::int64_t n, std::int64_t classes) { return random_normal({n, classes}, float32); }

TEST(Average, OfWhatTheMaskLeaves) {
  Average a;
  a.update(tensor({1.0, std::nan(""), 4.0}), tensor({true, false, true}));
  EXPECT_EQ(a.compute(), 2.5);
  a.update({.loss = tensor(7.0), .mask = tensor({1.0, 0.0})});  // of one example
  EXPECT_EQ(a.compute(), 4);
  EXPECT_EQ(error_of([&] {
              a.update(tensor({1.0, 2.0}), tensor({true}));
            }),
            "[Average] the mask bool[1] needs the shape of the values float32[2].");
}

// By Flax: nnx.metrics.Welford after [1, 2, 4, 9], then [-3, 0.5].
TEST(Welford, IsFlaxs) {
  Welford w(Of::values);
  EXPECT_EQ(w.compute().mean, 0);
  EXPECT_TRUE(std::isnan(w.compute().standard_deviation));
  w.update({.values = tensor({1.0, 2.0, 4.0, 9.0})});
  EXPECT_NEAR(w.compute().mean, 4, 1e-6);
  EXPECT_NEAR(w.compute().standard_deviation, 3.082207, 1e-6);
  w.update({.values = tensor({-3.0, 0.5})});
  w.update({.values = ramie::zeros({0})});
  EXPECT_NEAR(w.compute().mean, 2.25, 1e-6);
  EXPECT_NEAR(w.compute().standard_deviation, 3.671398, 1e-6);
  EXPECT_NEAR(w.compute().standard_error_of_mean, 1.498842, 1e-6);
  w.reset();
  EXPECT_EQ(w.count.value().item(), 0);
  EXPECT_EQ(w.compute().mean, 0);
}

// A shift that drowns a sum of squares in float32.
TEST(Welford, IsStable) {
  Welford w;
  for (int i = 0; i < 4; ++i) w.update(tensor({10000.0, 10001.0, 10002.0}));
  EXPECT_NEAR(w.compute().standard_deviation, std::sqrt(2. / 3), 1e-5);
}

TEST(Welford, MasksAndMergesAsOne) {
  const Tensor x = random_normal({12}, float32);
  Welford all, left, right;
  all.update(slice(x, 0, 0, 9));
  left.update(x, arange(12) < 4);
  right.update(x, logical_and(arange(12) >= 4, arange(12) < 9));
  left.merge(right);
  left.merge(Welford());
  EXPECT_NEAR(left.compute().mean, all.compute().mean, 1e-6);
  EXPECT_NEAR(left.compute().standard_deviation, all.compute().standard_deviation, 1e-6);
}

TEST(Accuracy, OfTheLargestK) {
  Accuracy two({.top_k = 2});
  two.update({.logits = logits(), .labels = tensor({0, 2, 2})});  // 0 is second, 2 a tie behind, 2 a tie
  EXPECT_DOUBLE_EQ(two.compute(), 2. / 3);
  two.update({.logits = logits(), .labels = tensor({0, 2, 2}), .mask = tensor({0, 1, 0})});
  EXPECT_DOUBLE_EQ(two.compute(), 2. / 4);
  EXPECT_EQ(error_of([] { Accuracy({.top_k = 0}); }), "[Accuracy] top_k is 0: it must be at least 1.");
  EXPECT_EQ(error_of([] {
              Accuracy({.top_k = 4}).update({.logits = logits(), .labels = tensor({0, 2, 2})});
            }),
            "[Accuracy] top_k is 4, but logits float32[3,3] have 3 classes.");
}

TEST(Accuracy, OfAThreshold) {
  Accuracy a({.threshold = 0.5});
  a.update({.logits = tensor({0.5, 0.4, 0.9, 0.1}), .labels = tensor({1, 1, 0, 0})});
  EXPECT_EQ(a.compute(), 0.5);
  EXPECT_EQ(error_of([&] {
              a.update({.logits = logits(), .labels = tensor({1, 0, 1})});
            }),
            "[Accuracy] with a threshold, logits float32[3,3] and labels int32[3] have one shape.");
}

Tensor predicting(const Tensor& classes, std::int64_t n) { return one_hot(classes, n); }

TEST(ConfusionMatrix, CountsLabelsByPredictions) {
  ConfusionMatrix m(3);
  m.update({.logits = predicting(tensor({0, 2, 1, 1, 0, 0}), 3), .labels = tensor({0, 1, 1, 2, -1, 3})});
  expect_near(m.compute(), {1, 0, 0, 0, 1, 1, 0, 1, 0}, {3, 3});
  ConfusionMatrix other(3);
  other.update({.logits = predicting(tensor({{0}, {2}}), 3),
                .labels = tensor({{0}, {0}}, uint8),
                .mask = tensor({{1}, {0}})});
  m.merge(other);
  expect_near(m.compute(), {2, 0, 0, 0, 1, 1, 0, 1, 0}, {3, 3});
  m.update({.logits = ramie::zeros({0, 3}), .labels = ramie::zeros({0}, int32)});
  m.reset();
  EXPECT_EQ(ramie::max(m.compute()).item(), 0);
  EXPECT_EQ(error_of([&] {
              m.update({.logits = ramie::zeros({1, 2}), .labels = tensor({0})});
            }),
            "[ConfusionMatrix] logits float32[1,2] do not have 3 classes.");
  EXPECT_EQ(error_of([&] {
              m.update({.logits = logits(), .labels = tensor({0, 1, 2}), .mask = tensor({1})});
            }),
            "[ConfusionMatrix] the mask int32[1] needs the shape of the labels int32[3].");
  EXPECT_EQ(error_of([] { ConfusionMatrix(3, 0.5); }),
            "[ConfusionMatrix] 3 classes: there must be two with a threshold.");
}

// Hand-worked: of the labels 1 1 1 0 0 the predictions are 1 0 1 1 0.
TEST(Precision, RecallAndF1OfTwoClasses) {
  Precision precision;
  Recall recall;
  F1 f1;
  EXPECT_TRUE(std::isnan(precision.compute()) && std::isnan(recall.compute()) && std::isnan(f1.compute()));
  const MetricInputs batch{.logits = tensor({2.0, -1.0, 0.0, 0.5, -3.0}), .labels = tensor({1, 1, 1, 0, 0})};
  precision.update(batch), recall.update(batch), f1.update(batch);
  EXPECT_DOUBLE_EQ(precision.compute(), 2. / 3);
  EXPECT_DOUBLE_EQ(recall.compute(), 2. / 3);
  EXPECT_DOUBLE_EQ(f1.compute(), 2. / 3);
  Precision none;  // nothing predicted
  none.update({.logits = tensor({-1.0}), .labels = tensor({1})});
  EXPECT_EQ(none.compute(), 0);
  Recall high({.threshold = 1});
  high.update(batch);
  EXPECT_DOUBLE_EQ(high.compute(), 1. / 3);
}

// Labels 0 0 1 1 1 2 taken for 0 1 1 1 0 1, of four classes: class 2 is never predicted, class 3 never there.
TEST(Precision, RecallAndF1OfSeveralClasses) {
  const MetricInputs batch{.logits = predicting(tensor({0, 1, 1, 1, 0, 1}), 4),
                           .labels = tensor({0, 0, 1, 1, 1, 2})};
  const auto value = [&]<class M>(M, Averaging averaging) {
    M m({.averaging = averaging, .classes = 4});
    m.update(batch);
    return m.compute();
  };
  EXPECT_DOUBLE_EQ(value(Precision(), Averaging::macro), (1. / 2 + 2. / 4 + 0) / 3);
  EXPECT_DOUBLE_EQ(value(Recall(), Averaging::macro), (1. / 2 + 2. / 3 + 0) / 3);
  EXPECT_DOUBLE_EQ(value(F1(), Averaging::macro), (2. / 4 + 4. / 7 + 0) / 3);
  EXPECT_DOUBLE_EQ(value(Precision(), Averaging::micro), 3. / 6);
  EXPECT_DOUBLE_EQ(value(F1(), Averaging::micro), 3. / 6);
}

auto everything() {
  return MultiMetric{std::pair{"accuracy", Accuracy({.top_k = 2})}, std::pair{"loss", Average()},
                     std::pair{"spread", Welford()},
                     std::pair{"f1", F1({.averaging = Averaging::macro, .classes = 4})},
                     std::pair{"matrix", ConfusionMatrix(4)}};
}
using Everything = decltype(everything());
MetricInputs random_batch() {
  return {.loss = random_normal({8}, float32),
          .logits = random_logits(8, 4),
          .labels = random_integers({8}, 0, 3),
          .mask = random_integers({8}, 0, 1)};
}
void expect_same(const Everything& a, const Everything& b) {
  const auto x = a.compute(), y = b.compute();
  ASSERT_EQ(x.size(), 6u);  // the matrix is no number
  for (std::size_t i = 0; i < x.size(); ++i) {
    EXPECT_EQ(x[i].first, y[i].first);
    EXPECT_NEAR(x[i].second, y[i].second, 1e-6) << x[i].first;
  }
  expect_near(std::get<4>(a.metrics).compute(), std::get<4>(b.metrics).compute(), 0);
}

TEST(MultiMetric, MergesEach) {
  auto whole = everything(), left = everything(), right = everything();
  for (int i = 0; i < 4; ++i) {
    const MetricInputs batch = random_batch();
    whole.update(batch);
    (i % 2 ? left : right).update(batch);
  }
  left.merge(right);
  expect_same(left, whole);
  EXPECT_EQ(whole.compute()[2].first, "spread.mean");
}

// Totals move on in every replay.
TEST(MultiMetric, UpdatesUnderJit) {
  auto eager = everything(), jitted = everything();
  const auto step = jit(
      [](Everything& m, const Tensor& loss, const Tensor& logits, const Tensor& labels, const Tensor& mask) {
        m.update({.loss = loss, .logits = logits, .labels = labels, .mask = mask});
      });
  for (int i = 0; i < 4; ++i) {
    const MetricInputs b = random_batch();
    eager.update(b);
    step(jitted, b.loss, b.logits, b.labels, b.mask);
    if (i == 1) eager.reset(), jitted.reset();
  }
  expect_same(jitted, eager);
}

}  // namespace
}  // namespace ramie::nn
