#include <ramie/nn/conv.h>

#include <gtest/gtest.h>

#include "support/ops.h"

namespace ramie::nn {
namespace {

Shape output_of(const ConvOptions& options, const Shape& input = {2, 8, 9, 4}) {
  Rngs rngs(0);
  return Conv(4, 6, options, rngs)(ramie::ones(input)).shape();
}

TEST(Conv, Computes) {
  Rngs rngs(0);
  Conv conv(1, 1, {.kernel_size = {1, 2}, .padding = Padding::valid()}, rngs);
  conv.kernel = tensor({2.0, 3.0}).reshape({1, 2, 1, 1});
  conv.bias->store(tensor({0.5}));
  const Tensor image = tensor({1.0, 2.0, 4.0}).reshape({1, 1, 3, 1});
  expect_near(conv(image), {8.5, 16.5}, {1, 1, 2, 1});
}

TEST(Conv, PassesItsOptionsOn) {
  EXPECT_EQ(output_of({.kernel_size = {3, 3}}), Shape({2, 8, 9, 6}));
  EXPECT_EQ(output_of({.kernel_size = {3, 3}, .padding = Padding::valid()}), Shape({2, 6, 7, 6}));
  EXPECT_EQ(output_of({.kernel_size = {3, 3}, .strides = {2, 2}}), Shape({2, 4, 5, 6}));
  EXPECT_EQ(output_of({.kernel_size = {3, 3}, .padding = Padding::given({1, 0}, {2, 2})}),
            Shape({2, 7, 11, 6}));
  EXPECT_EQ(output_of({.kernel_size = {3, 3}, .padding = Padding::valid(), .kernel_dilation = {2, 1}}),
            Shape({2, 4, 7, 6}));
}

TEST(Conv, TheBatchAxisMayBeMissing) {
  Rngs rngs(0);
  const Conv conv(4, 6, {.kernel_size = {3, 3}}, rngs);
  const Tensor image = random_normal({8, 9, 4}, float32);
  expect_near(conv(image), conv(expand_dims(image, 0))[0], 1e-6);
}

TEST(Conv, GroupsDivideTheFeatures) {
  Rngs rngs(0);
  const Conv conv(4, 6, {.kernel_size = {3, 3}, .feature_group_count = 2}, rngs);
  EXPECT_EQ(conv.kernel.shape(), Shape({3, 3, 2, 6}));
  EXPECT_EQ(conv(ramie::ones({1, 5, 5, 4})).shape(), Shape({1, 5, 5, 6}));
  EXPECT_EQ(error_of([&] {
              Conv(4, 6, {.kernel_size = {3, 3}, .feature_group_count = 3}, rngs);
            }),
            "[Conv] 4 input and 6 output features do not divide into 3 groups.");
}

TEST(Conv, DrawsAKeyForTheBias) {
  Rngs rngs(0);
  Conv(4, 6, {.kernel_size = {3, 3}}, rngs);
  EXPECT_EQ(state(rngs).at("default.count").item(), 2);
  EXPECT_FALSE(Conv(4, 6, {.kernel_size = {3, 3}, .use_bias = false}, rngs).bias);
  EXPECT_EQ(state(rngs).at("default.count").item(), 3);
}

TEST(Conv, AnErrorNamesTheShapes) {
  Rngs rngs(0);
  const Conv conv(1, 2, {.kernel_size = {3, 3}}, rngs);
  const std::string text = error_of([&] { conv(ramie::ones({8, 28, 28, 3})); });
  EXPECT_NE(text.find("float32[8,28,28,3]"), std::string::npos) << text;
  EXPECT_NE(text.find("float32[3,3,1,2]"), std::string::npos) << text;
}

}  // namespace
}  // namespace ramie::nn
