#include <ramie/nn/dropout.h>

#include <gtest/gtest.h>

#include <algorithm>

#include <ramie/autograd/ops/reduce.h>
#include <ramie/tensor/random.h>

#include "support/ops.h"

namespace ramie::nn {
namespace {

double drawn(const Rngs& rngs) { return state(rngs).at("default.count").item(); }

TEST(Dropout, KeepsAndScales) {
  Dropout dropout(0.2);
  Rngs rngs(0);
  const auto y = dropout(ramie::ones({100, 100}), rngs).to_vector<float>();
  const auto kept = std::count(y.begin(), y.end(), 1.25f), dropped = std::count(y.begin(), y.end(), 0.f);
  EXPECT_EQ(kept + dropped, 10000);
  EXPECT_NEAR(static_cast<double>(kept), 8000, 200);  // five standard deviations
}

TEST(Dropout, EachCallDrawsANewMask) {
  Dropout dropout(0.5);
  Rngs rngs(0);
  const Tensor x = ramie::ones({50});
  const auto first = dropout(x, rngs).to_vector<float>(), second = dropout(x, rngs).to_vector<float>();
  EXPECT_NE(first, second);
  EXPECT_EQ(drawn(rngs), 2);
  Rngs again(0);
  EXPECT_EQ(dropout(x, again).to_vector<float>(), first);
}

TEST(Dropout, ForksAStreamOfItsOwn) {
  Rngs rngs(0);
  Dropout dropout(0.5, rngs);
  EXPECT_EQ(drawn(rngs), 1);
  const Tensor x = ramie::ones({50}), y = dropout(x);
  EXPECT_EQ(drawn(rngs), 1);
  EXPECT_EQ(dropout.rng->count.value().item(), 1);
  EXPECT_EQ(state(dropout, is<RngState>).size(), 2u);
  Rngs other(0);
  dropout(x, other);  // streams that come with the call go first
  EXPECT_EQ(dropout.rng->count.value().item(), 1);
  EXPECT_EQ(drawn(other), 1);
}

TEST(Dropout, TakesAKey) {
  const Dropout dropout(0.5);
  const Tensor x = random_normal({50}, float32), key = random::key(3);
  expect_near(dropout(x, key), where(random::bernoulli(key, 0.5, {50}), x * 2, 0), 0);
}

TEST(Dropout, DeterministicPassesAndDrawsNothing) {
  Dropout dropout(0.5);
  dropout.deterministic = true;
  Rngs rngs(0);
  const Tensor x = ramie::ones({4});
  EXPECT_TRUE(dropout(x).same(x));
  EXPECT_TRUE(dropout(x, rngs).same(x));
  EXPECT_TRUE(dropout(x, random::key(0)).same(x));
  EXPECT_EQ(drawn(rngs), 0);
}

TEST(Dropout, TheEndsOfTheRateDrawNothing) {
  Rngs rngs(0);
  const Tensor x = ramie::ones({4});
  EXPECT_TRUE(Dropout(0)(x, rngs).same(x));
  expect_near(Dropout(1)(x, rngs), {0, 0, 0, 0}, {4});
  expect_near(Dropout(1)(x), {0, 0, 0, 0}, {4});
  EXPECT_EQ(drawn(rngs), 0);
}

TEST(Dropout, TheGradientHasTheSameMask) {
  const Dropout dropout(0.25);
  const Tensor x = variable(ramie::ones({20}, float64)), y = dropout(x, random::key(0));
  expect_near(gradients(sum(y), {x})[0], y, 0);
}

TEST(Dropout, KeepsTheDtype) {
  const Dropout dropout(0.25);
  for (DType t : {float16, bfloat16, float32, float64})
    EXPECT_EQ(dropout(ramie::ones({4}, t), random::key(0)).dtype(), t);
}

TEST(Dropout, ErrorsTellTheWaysOut) {
  Dropout dropout(0.5);
  EXPECT_EQ(error_of([&] { dropout(ramie::ones({4})); }),
            "[Dropout] there is no random stream. Give rngs to the constructor, or to the call, or use an "
            "eval view "
            "(deterministic = true).");
  EXPECT_EQ(error_of([] { Dropout(1.5); }), "[Dropout] the rate is 1.5: it must lie between 0 and 1.");
  EXPECT_EQ(error_of([] { Dropout(-0.1); }), "[Dropout] the rate is -0.1: it must lie between 0 and 1.");
}

}  // namespace
}  // namespace ramie::nn
