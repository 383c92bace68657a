#include <ramie/tensor/ops/conv2d.h>

#include "ops/conv2d_cases.h"

namespace ramie {
namespace {

using cases::ConvCase;

Tensor input_gradient(const ConvCase& c, const Tensor& dy, const Tensor& kernel, bool naive) {
  return naive ? launch(kernels::naive::Conv2dInputGradient{c.window, c.x}, dy, kernel)
               : launch(kernels::Conv2dInputGradient{c.window, c.x}, dy, kernel);
}
std::pair<Shape, Shape> shapes(const ConvCase& c) { return {cases::output_shape(c), c.kernel}; }

TEST(Conv2dInputGradient, EqualsTheNaiveKernel) {
  cases::for_each_target([] { cases::compare_with_naive(11, 150, input_gradient, shapes); });
}

// With a stride beyond the kernel, pixels between the windows get nothing.
TEST(Conv2dInputGradient, IsZeroBetweenWindows) {
  const ConvCase c{{1, 1, 5, 1}, {1, 1, 1, 1}, {.strides = {1, 3}}};
  const Tensor dx = input_gradient(c, full({1, 1, 2, 1}, 2.0f), full({1, 1, 1, 1}, 3.0f), false);
  EXPECT_EQ(dx.to_vector<float>(), (std::vector<float>{6, 0, 0, 6, 0}));
}

TEST(Conv2dInputGradient, BitsDoNotDependOnThreads) {
  cases::Random random(12);
  const ConvCase c{{5, 15, 14, 8}, {3, 3, 8, 20}, {.strides = {2, 1}, .padding = {{{1, 1}, {1, 1}}}}};
  const auto [a, b] = shapes(c);
  const Tensor dy = cases::values(random, a, float32), k = cases::values(random, b, float32);
  set_threads(1);
  const Tensor one = input_gradient(c, dy, k, false);
  set_threads(3);
  EXPECT_TRUE(cases::same_bits(one, input_gradient(c, dy, k, false)));
  set_threads(0);
}

TEST(Conv2dInputGradient, TakesIntegers) {
  cases::Random random(13);
  const ConvCase c{{2, 4, 5, 2}, {3, 2, 2, 3}, {}};
  const auto [a, b] = shapes(c);
  const Tensor dy = cases::values(random, a, int32), k = cases::values(random, b, int32);
  EXPECT_TRUE(cases::same_bits(input_gradient(c, dy, k, false), input_gradient(c, dy, k, true)));
}

}  // namespace
}  // namespace ramie
