#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include <ramie/optim/optimizers.h>

#include "optim/reference.h"

namespace ramie::optim {
namespace {

State one(double value) { return {{"w", tensor({value})}}; }
double first(const State& s) { return s[0].second.item(); }

// optax's own numbers: tests/optim/optimizers_test.cpp.
TEST(MultiSteps, TheLastOfEachRowCarriesTheMean) {
  const auto tx = multi_steps(scale(-1), 3);
  const State p = one(0);
  State s = tx.init(p);
  for (int row = 0; row < 2; ++row) {
    EXPECT_EQ(first(tx.update(one(1), s, p)), 0);
    EXPECT_EQ(first(tx.update(one(2), s, p)), 0);
    EXPECT_EQ(first(tx.update(one(6), s, p)), -3);
  }
}

TEST(MultiSteps, TheInnerStateMovesWithTheRows) {
  const auto tx = multi_steps(adam({.learning_rate = 0.1}), 2);
  const State p = one(0);
  State s = tx.init(p);
  EXPECT_EQ(paths(s),
            "0.mini_step 0.mean.w 0.inner.0.count 0.inner.0.mu.w 0.inner.0.nu.w 0.inner.1.learning_rate");
  tx.update(one(1), s, p);
  EXPECT_EQ(s.at("0.mini_step").item(), 1);
  EXPECT_EQ(s.at("0.mean.w").item(), 1);
  EXPECT_EQ(s.at("0.inner.0.count").item(), 0);
  tx.update(one(3), s, p);
  EXPECT_EQ(s.at("0.mini_step").item(), 0);
  EXPECT_EQ(s.at("0.mean.w").item(), 0);
  EXPECT_EQ(s.at("0.inner.0.count").item(), 1);
  ramie::expect_near(s.at("0.inner.0.mu.w"), {0.2}, {1}, 1e-6);
}

TEST(MultiSteps, OfOneIsTheInnerTransformation) {
  const auto inner = adam({.learning_rate = 0.1}), tx = multi_steps(inner, 1);
  State p = params(), q = params(), s = tx.init(p), t = inner.init(q);
  for (std::size_t step = 0; step < 3; ++step) {
    tx.apply(grads(step), s, p);
    inner.apply(grads(step), t, q);
  }
  expect_equal(p, q);
}

// What the inner transformation makes of half a row is thrown away, even where it is not finite.
TEST(MultiSteps, TheCallsBetweenGiveZerosAndNoNaN) {
  const auto tx = multi_steps(scale(std::numeric_limits<double>::infinity()), 2);
  const State p = one(0);
  State s = tx.init(p);
  EXPECT_EQ(first(tx.update(one(0), s, p)), 0);
  EXPECT_TRUE(std::isnan(first(tx.update(one(0), s, p))));
}

TEST(MultiSteps, StandsInAChain) {
  const auto tx = chain(scale(2), multi_steps(scale(-1), 2), scale(10));
  State p = one(0), s = tx.init(p);
  tx.apply(one(1), s, p);
  EXPECT_EQ(first(p), 0);
  tx.apply(one(2), s, p);
  EXPECT_EQ(first(p), -30);
}

TEST(MultiSteps, KeepsTheDtypes) {
  const auto tx = multi_steps(adam({.learning_rate = 0.1}), 2);
  for (DType dtype : {bfloat16, float32, float64}) {
    State p = params(dtype), s = tx.init(p);
    const State before = s;
    for (std::size_t step = 0; step < 2; ++step) tx.apply(grads(step, dtype), s, p);
    for (std::size_t i = 0; i < s.size(); ++i)
      EXPECT_TRUE(s[i].second.layout().same(before[i].second.layout())) << s[i].first;
    for (auto& [path, value] : p) EXPECT_EQ(value.dtype(), dtype);
  }
}

TEST(MultiSteps, NeedsAtLeastOneStep) {
  EXPECT_EQ(error_of([] { multi_steps(scale(1), 0); }), "[multi_steps] every_k is 0: it must be at least 1.");
}

}  // namespace
}  // namespace ramie::optim
