#include <ramie/tensor/ops/conv2d_correlate.h>

#include "ops/conv2d_cases.h"

namespace ramie {
namespace {

using cases::ConvCase;

Tensor forward(const ConvCase& c, const Tensor& x, const Tensor& kernel, bool naive) {
  return naive ? launch(kernels::naive::Conv2d{c.window}, x, kernel)
               : launch(kernels::Conv2d{c.window}, x, kernel);
}
std::pair<Shape, Shape> shapes(const ConvCase& c) { return {c.x, c.kernel}; }

TEST(Conv2dCorrelate, EqualsTheNaiveKernel) {
  cases::for_each_target([] { cases::compare_with_naive(1, 150, forward, shapes); });
}

// A band of several images' rows each, panels of all widths, rows that are not a whole number of tiles.
TEST(Conv2dCorrelate, TakesLargeImagesInBands) {
  cases::Random random(2);
  for (const Shape& shape : {Shape{1, 70, 90, 24}, Shape{3, 33, 31, 17}}) {
    const ConvCase c{shape, {3, 3, shape[3], 37}, {.padding = {{{1, 1}, {1, 1}}}}};
    const Tensor x = cases::values(random, c.x, float32), k = cases::values(random, c.kernel, float32);
    EXPECT_LE(cases::error(forward(c, x, k, false), forward(c, x, k, true)), 1e-6);
  }
}

TEST(Conv2dCorrelate, BitsDoNotDependOnThreads) {
  cases::Random random(3);
  const ConvCase c{{5, 14, 14, 8}, {3, 3, 8, 20}, {.padding = {{{1, 1}, {1, 1}}}}};
  const Tensor x = cases::values(random, c.x, float32), k = cases::values(random, c.kernel, float32);
  set_threads(1);
  const Tensor one = forward(c, x, k, false);
  for (int n : {2, 3, 7}) {
    set_threads(n);
    EXPECT_TRUE(cases::same_bits(one, forward(c, x, k, false))) << n;
  }
  set_threads(0);
}

// A kernel made for two threads has scratch for two, however many there are when it runs.
TEST(Conv2dCorrelate, UsesNoMoreThreadsThanItHasScratchFor) {
  cases::Random random(4);
  const ConvCase c{{8, 14, 14, 8}, {3, 3, 8, 20}, {.padding = {{{1, 1}, {1, 1}}}}};
  const Tensor x = cases::values(random, c.x, float32), k = cases::values(random, c.kernel, float32);
  const Tensor expected = forward(c, x, k, false);
  const kernels::Conv2d two{.window = c.window, .workers = 2};
  const kernels::Conv2d eight{.window = c.window, .workers = 8};
  EXPECT_LT(two.workspace(x.layout(), k.layout()), eight.workspace(x.layout(), k.layout()));
  set_threads(8);
  EXPECT_TRUE(cases::same_bits(launch(two, x, k), expected));
  set_threads(0);
}

}  // namespace
}  // namespace ramie
