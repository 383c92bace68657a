#include <ramie/nn/metrics.h>

#include <gtest/gtest.h>

#include <cmath>
#include <utility>

#include "support/ops.h"

namespace ramie::nn {
namespace {

using metrics::Accuracy, metrics::Average;

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

}  // namespace
}  // namespace ramie::nn
