#include <ramie/tensor/ops/conv2d_naive.h>

#include "ops/conv2d_cases.h"

namespace ramie {
namespace {

namespace naive = kernels::naive;
using kernels::ConvWindow;

Tensor sequence(const Shape& shape, double first) {
  std::vector<double> v(static_cast<std::size_t>(shape.size()));
  for (std::size_t i = 0; i < v.size(); ++i) v[i] = first + static_cast<double>(i);
  return cases::from_doubles(v, shape, float64);
}
using Values = std::vector<double>;

// x = 1..6 in two rows of three, kernel = 1..4: worked by hand.
TEST(Conv2dNaive, Forward) {
  const Tensor x = sequence({1, 2, 3, 1}, 1), kernel = sequence({2, 2, 1, 1}, 1);
  EXPECT_EQ(launch(naive::Conv2d{}, x, kernel).to_vector<double>(), (Values{37, 47}));
  const ConvWindow padded{.strides = {1, 2}, .padding = {{{0, 1}, {1, 0}}}};
  EXPECT_EQ(launch(naive::Conv2d{padded}, x, kernel).to_vector<double>(), (Values{18, 47, 8, 17}));
  const ConvWindow dilated{.dilation = {1, 2}};
  EXPECT_EQ(launch(naive::Conv2d{dilated}, x, kernel).to_vector<double>(), (Values{1 + 6 + 12 + 24}));
}

TEST(Conv2dNaive, InputGradient) {
  const Tensor dy = sequence({1, 1, 2, 1}, 1), kernel = sequence({2, 2, 1, 1}, 1);
  const naive::Conv2dInputGradient gradient{{}, {1, 2, 3, 1}};
  EXPECT_EQ(launch(gradient, dy, kernel).to_vector<double>(), (Values{1, 4, 4, 3, 10, 8}));
}

TEST(Conv2dNaive, KernelGradient) {
  const Tensor x = sequence({1, 2, 3, 1}, 1), dy = sequence({1, 1, 2, 1}, 1);
  const naive::Conv2dKernelGradient gradient{{}, {2, 2, 1, 1}};
  EXPECT_EQ(launch(gradient, x, dy).to_vector<double>(), (Values{5, 8, 14, 17}));
}

// Two groups of one channel each: a kernel for each channel.
TEST(Conv2dNaive, Groups) {
  const Tensor x = sequence({1, 1, 2, 2}, 1), kernel = sequence({1, 1, 1, 2}, 10);
  const ConvWindow depthwise{.groups = 2};
  EXPECT_EQ(launch(naive::Conv2d{depthwise}, x, kernel).to_vector<double>(), (Values{10, 22, 30, 44}));
  const Tensor dy = sequence({1, 1, 2, 2}, 1);
  EXPECT_EQ(launch(naive::Conv2dInputGradient{depthwise, x.shape()}, dy, kernel).to_vector<double>(),
            (Values{10, 22, 30, 44}));
  EXPECT_EQ(launch(naive::Conv2dKernelGradient{depthwise, kernel.shape()}, x, dy).to_vector<double>(),
            (Values{10, 20}));
}

// <A x, y> = <x, A^T y> for both gradients, on random cases.
TEST(Conv2dNaive, GradientsAreTransposes) {
  cases::Random random(41);
  const auto dot = [](const Tensor& a, const Tensor& b) {
    const auto x = a.to_vector<double>(), y = b.to_vector<double>();
    return std::inner_product(x.begin(), x.end(), y.begin(), 0.0);
  };
  for (int i = 0; i < 50; ++i) {
    const cases::ConvCase c = cases::random_case(random);
    SCOPED_TRACE(c);
    const Tensor x = cases::values(random, c.x, float64), kernel = cases::values(random, c.kernel, float64);
    const Tensor y = launch(naive::Conv2d{c.window}, x, kernel),
                 dy = cases::values(random, y.shape(), float64);
    // Sums of small multiples of 1/64: exact.
    EXPECT_EQ(dot(y, dy), dot(x, launch(naive::Conv2dInputGradient{c.window, c.x}, dy, kernel)));
    EXPECT_EQ(dot(y, dy), dot(kernel, launch(naive::Conv2dKernelGradient{c.window, c.kernel}, x, dy)));
  }
}

}  // namespace
}  // namespace ramie
