#include <ramie/tensor/ops/conv2d_depthwise.h>

#include "ops/conv2d_cases.h"
#include "ops/doubling_epilogue.h"

namespace ramie {
namespace {

using cases::ConvCase;

// A kernel for each channel: fewer channels than a vector has, whole vectors, and a rest.
ConvCase depthwise_case(cases::Random& random) {
  ConvCase c = cases::random_case(random);
  c.window.groups = c.x[3] = c.kernel[3] = cases::draw(random, 2, 40);
  c.kernel[2] = 1;
  return c;
}

template <class Make, class Shapes>
void compare(unsigned seed, Make make, Shapes shapes) {
  cases::for_each_target([&] {
    cases::Random random(seed);
    for (int i = 0; i < 30 && !testing::Test::HasFatalFailure(); ++i)
      cases::compare_with_naive(random, depthwise_case(random), make, shapes);
  });
}

Tensor forward(const ConvCase& c, const Tensor& x, const Tensor& kernel, bool naive) {
  return naive ? launch(kernels::naive::Conv2d{c.window}, x, kernel)
               : launch(kernels::Conv2d{c.window}, x, kernel);
}
Tensor input_gradient(const ConvCase& c, const Tensor& dy, const Tensor& kernel, bool naive) {
  return naive ? launch(kernels::naive::Conv2dInputGradient{c.window, c.x}, dy, kernel)
               : launch(kernels::Conv2dInputGradient{c.window, c.x}, dy, kernel);
}
Tensor kernel_gradient(const ConvCase& c, const Tensor& x, const Tensor& dy, bool naive) {
  return naive ? launch(kernels::naive::Conv2dKernelGradient{c.window, c.kernel}, x, dy)
               : launch(kernels::Conv2dKernelGradient{c.window, c.kernel}, x, dy);
}

TEST(Conv2dDepthwise, EqualsTheNaiveKernel) {
  compare(1, forward, [](const ConvCase& c) { return std::pair(c.x, c.kernel); });
}
TEST(Conv2dDepthwise, InputGradientEqualsTheNaiveKernel) {
  compare(2, input_gradient, [](const ConvCase& c) { return std::pair(cases::output_shape(c), c.kernel); });
}
TEST(Conv2dDepthwise, KernelGradientEqualsTheNaiveKernel) {
  compare(3, kernel_gradient, [](const ConvCase& c) { return std::pair(c.x, cases::output_shape(c)); });
}

TEST(Conv2dDepthwise, BitsDoNotDependOnThreads) {
  cases::Random random(4);
  const ConvCase c{{5, 28, 28, 20}, {3, 3, 1, 20}, {.padding = {{{1, 1}, {1, 1}}}, .groups = 20}};
  const Tensor x = cases::values(random, c.x, float32), kernel = cases::values(random, c.kernel, float32);
  const auto all = [&] {
    const Tensor y = forward(c, x, kernel, false);
    return std::array{y, input_gradient(c, y, kernel, false), kernel_gradient(c, x, y, false)};
  };
  set_threads(1);
  const auto one = all();
  for (int n : {2, 3, 7}) {
    set_threads(n);
    const auto many = all();
    for (std::size_t i = 0; i < 3; ++i) EXPECT_TRUE(cases::same_bits(one[i], many[i])) << n;
  }
  set_threads(0);
}

TEST(Conv2dDepthwise, HandsEachElementToTheEpilogueOnce) {
  const DeviceScope on(cpu());
  cases::Random random(5);
  for (int i = 0; i < 10; ++i) {
    const ConvCase c = depthwise_case(random);
    SCOPED_TRACE(c);
    for (DType t : {float32, float64}) {
      const Tensor x = cases::values(random, c.x, t), kernel = cases::values(random, c.kernel, t);
      for_some_threads([&] { expect_epilogue(kernels::Conv2d{c.window}, x, kernel); });
    }
  }
}

TEST(Conv2dDepthwise, IsForAKernelPerChannel) {
  const kernels::ConvWindow w{.groups = 8};
  const Layout x(float32, {1, 4, 4, 8}), kernel(float32, {3, 3, 1, 8});
  EXPECT_TRUE(kernels::is_depthwise(w, x, kernel));
  EXPECT_FALSE(kernels::is_depthwise({.groups = 4}, x, Layout(float32, {3, 3, 2, 8})));
  EXPECT_FALSE(kernels::is_depthwise(w, x, Layout(float32, {3, 3, 1, 16})));
  EXPECT_FALSE(kernels::is_depthwise(w, x.as(float16), kernel.as(float16)));
  EXPECT_FALSE(kernels::is_depthwise(w, Layout(float32, x.shape, {128, 4, 1, 16}), kernel));
}

}  // namespace
}  // namespace ramie
