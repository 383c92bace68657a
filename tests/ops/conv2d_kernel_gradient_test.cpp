#include <ramie/tensor/ops/conv2d.h>

#include "ops/conv2d_cases.h"

namespace ramie {
namespace {

using cases::ConvCase;
using kernels::ConvWindow;

Tensor kernel_gradient(const ConvCase& c, const Tensor& x, const Tensor& dy, bool naive) {
  return naive ? launch(kernels::naive::Conv2dKernelGradient{c.window, c.kernel}, x, dy)
               : launch(kernels::Conv2dKernelGradient{c.window, c.kernel}, x, dy);
}
std::pair<Shape, Shape> shapes(const ConvCase& c) { return {c.x, cases::output_shape(c)}; }

TEST(Conv2dKernelGradient, EqualsTheNaiveKernel) {
  cases::for_each_target([] { cases::compare_with_naive(21, 150, kernel_gradient, shapes); });
}

// Several images to a chunk, several chunks to an image, and slices with partial sums.
TEST(Conv2dKernelGradient, TakesLargeBatchesInChunks) {
  cases::Random random(22);
  const ConvWindow same{.padding = {{{1, 1}, {1, 1}}}};
  for (const ConvCase& c :
       {ConvCase{{40, 14, 14, 16}, {3, 3, 16, 40}, same}, ConvCase{{2, 80, 60, 16}, {3, 3, 16, 16}, same},
        ConvCase{{70, 28, 28, 1}, {3, 3, 1, 32}, same}}) {
    const auto [a, b] = shapes(c);
    const Tensor x = cases::values(random, a, float64), dy = cases::values(random, b, float64);
    EXPECT_LE(cases::error(kernel_gradient(c, x, dy, false), kernel_gradient(c, x, dy, true)), 1e-14);
  }
}

TEST(Conv2dKernelGradient, BitsDoNotDependOnThreads) {
  cases::Random random(23);
  const ConvWindow same{.padding = {{{1, 1}, {1, 1}}}};
  for (const ConvCase& c :
       {ConvCase{{40, 14, 14, 16}, {3, 3, 16, 40}, same}, ConvCase{{70, 28, 28, 1}, {3, 3, 1, 32}, same}}) {
    const auto [a, b] = shapes(c);
    const Tensor x = cases::values(random, a, float32), dy = cases::values(random, b, float32);
    set_threads(1);
    const Tensor one = kernel_gradient(c, x, dy, false);
    for (int n : {2, 3, 7}) {
      set_threads(n);
      EXPECT_TRUE(cases::same_bits(one, kernel_gradient(c, x, dy, false))) << n;
    }
    set_threads(0);
  }
}

TEST(Conv2dKernelGradient, IsZeroForNoImages) {
  const Tensor d =
      launch(kernels::Conv2dKernelGradient{{}, {2, 2, 1, 3}}, zeros({0, 4, 4, 1}), zeros({0, 3, 3, 3}));
  EXPECT_EQ(d.to_vector<float>(), std::vector<float>(12, 0.0f));
}

}  // namespace
}  // namespace ramie
