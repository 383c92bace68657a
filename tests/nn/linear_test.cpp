#include <ramie/nn/linear.h>

#include <gtest/gtest.h>

#include "support/ops.h"

namespace ramie::nn {
namespace {

Linear two_to_three() {
  Rngs rngs(0);
  Linear layer(2, 3, rngs);
  layer.kernel = tensor({{1.0, 2.0, 3.0}, {4.0, 5.0, 6.0}});
  layer.bias->store(tensor({0.5, 0.0, -0.5}));
  return layer;
}

TEST(Linear, Computes) { expect_near(two_to_three()(tensor({{1.0, 10.0}})), {41.5, 52, 62.5}, {1, 3}); }

TEST(Linear, WorksOverTheLastAxis) {
  const Linear layer = two_to_three();
  expect_near(layer(tensor({1.0, 10.0})), {41.5, 52, 62.5}, {3});
  EXPECT_EQ(layer(ramie::ones({4, 5, 2})).shape(), Shape({4, 5, 3}));
  EXPECT_EQ(layer(ramie::ones({0, 2})).shape(), Shape({0, 3}));
}

TEST(Linear, CreatesParameters) {
  Rngs rngs(0);
  const Linear layer(20, 30, {.param_dtype = float64, .bias_init = initializers::ones()}, rngs);
  EXPECT_EQ(str(layer.kernel.value().layout()), "float64[20,30]");
  expect_near(*layer.bias, std::vector<double>(30, 1), {30});
  EXPECT_EQ(layer(ramie::ones({1, 20}, float64)).dtype(), float64);
}

// The bias draws a key although zeros do not need it: the next layer's weights depend on it.
TEST(Linear, DrawsAKeyForTheBias) {
  Rngs rngs(0);
  Linear(2, 3, rngs);
  EXPECT_EQ(state(rngs).at("default.count").item(), 2);
  const Linear plain(2, 3, {.use_bias = false}, rngs);
  EXPECT_EQ(state(rngs).at("default.count").item(), 3);
  EXPECT_FALSE(plain.bias);
  expect_near(plain(ramie::zeros({1, 2})), {0, 0, 0}, {1, 3});
}

TEST(Linear, ErrorsNameTheShapes) {
  const Linear layer = two_to_three();
  EXPECT_EQ(error_of([&] {
              layer(ramie::ones({4, 3}));
            }),
            "[Linear] the input is float32[4,3], but its last axis must have in_features = 2 elements.");
  EXPECT_EQ(error_of([&] { layer(ramie::ones({})); }),
            "[Linear] the input is float32[], but its last axis must have in_features = 2 elements.");
}

}  // namespace
}  // namespace ramie::nn
