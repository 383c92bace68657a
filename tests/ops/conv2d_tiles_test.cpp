// Shapes that cross the edges of the GPU kernels' tiles, and those that take each of their ways; on the CPU
// the same shapes are as good as any.
#include <ramie/tensor/ops/conv2d.h>

#include <functional>

#include "ops/conv2d_cases.h"

namespace ramie {
namespace {

using cases::ConvCase;
using kernels::ConvWindow;

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

// A kernel, and the shapes of its two inputs.
struct Op {
  Tensor (*run)(const ConvCase&, const Tensor&, const Tensor&, bool naive);
  std::pair<Shape, Shape> (*shapes)(const ConvCase&);
};
constexpr Op ops[] = {
    {forward, [](const ConvCase& c) { return std::pair(c.x, c.kernel); }},
    {input_gradient, [](const ConvCase& c) { return std::pair(cases::output_shape(c), c.kernel); }},
    {kernel_gradient, [](const ConvCase& c) { return std::pair(c.x, cases::output_shape(c)); }},
};

// Of all floating dtypes, dense, strided and unaligned.
void compare(unsigned seed, const std::vector<ConvCase>& all) {
  cases::Random random(seed);
  for (const Op& op : ops)
    for (const ConvCase& c : all) {
      cases::compare_with_naive(random, c, op.run, op.shapes);
      if (testing::Test::HasFatalFailure()) return;
    }
}

// In float32 alone: for large ones.
void compare_float(const ConvCase& c, std::initializer_list<int> which) {
  cases::Random random(9);
  SCOPED_TRACE(c);
  for (int i : which) {
    const auto [a, b] = ops[i].shapes(c);
    const Tensor x = cases::values(random, a, float32), y = cases::values(random, b, float32);
    EXPECT_LE(cases::error(ops[i].run(c, x, y, false), ops[i].run(c, x, y, true)), 1e-6) << i;
  }
}

constexpr ConvWindow same{.padding = {{{1, 1}, {1, 1}}}};

TEST(Conv2dTiles, OneMoreAndOneLessThanATile) {
  std::vector<ConvCase> all;
  for (std::int64_t positions : {31, 32, 33})
    for (std::int64_t in : {5, 8, 32, 33})
      for (std::int64_t out : {5, 31, 32, 33, 36})
        all.push_back({{1, 1, positions, in}, {1, 1, in, out}, {}});
  compare(51, all);
}

TEST(Conv2dTiles, FewInputChannels) {
  std::vector<ConvCase> all;
  for (std::int64_t in : {1, 2, 3, 4, 5})
    for (std::int64_t out : {1, 4, 5, 32, 34}) all.push_back({{2, 7, 9, in}, {3, 3, in, out}, same});
  all.push_back(
      {{1, 20, 20, 3}, {12, 12, 3, 6}, {}});  // the kernel does not fit the shared memory of a block
  all.push_back({{1, 26, 25, 4}, {9, 9, 4, 8}, {.strides = {2, 2}, .padding = {{{4, 4}, {4, 4}}}}});
  compare(52, all);
}

TEST(Conv2dTiles, StridesDilationAndGroups) {
  compare(53, {{{2, 9, 11, 8}, {3, 3, 8, 12}, {.strides = {2, 2}, .padding = {{{1, 1}, {1, 1}}}}},
               {{1, 23, 22, 8}, {6, 7, 8, 12}, {.strides = {5, 4}}},  // 20 phases
               {{1, 12, 9, 12}, {3, 2, 12, 8}, {.strides = {2, 3}, .dilation = {2, 3}}},
               {{2, 8, 8, 16}, {3, 3, 8, 24}, {.padding = same.padding, .groups = 2}},
               {{1, 6, 7, 15}, {3, 3, 5, 21}, {.padding = same.padding, .groups = 3}},
               {{2, 9, 8, 20}, {3, 3, 1, 20}, {.strides = {2, 1}, .padding = same.padding, .groups = 20}},
               {{1, 5, 6, 7}, {3, 3, 1, 14}, {.padding = same.padding, .groups = 7}}});
}

// So many positions that there are several sums to add, of each kind of kernel.
TEST(Conv2dTiles, KernelGradientsInSplits) {
  for (const ConvCase& c :
       {ConvCase{{3, 19, 17, 1}, {3, 3, 1, 32}, same}, ConvCase{{3, 19, 17, 4}, {2, 2, 4, 9}, same},
        ConvCase{{2, 21, 20, 8}, {3, 3, 8, 36}, same}, ConvCase{{2, 21, 20, 6}, {3, 3, 6, 35}, same},
        ConvCase{{3, 20, 9, 12}, {3, 3, 12, 20}, same}, ConvCase{{1, 16, 16, 96}, {3, 3, 96, 80}, same},
        ConvCase{{4, 30, 9, 6}, {3, 3, 1, 6}, {.padding = same.padding, .groups = 6}}})
    compare_float(c, {2});
}

// Enough positions for the largest tiles.
TEST(Conv2dTiles, LargeTiles) {
  compare_float({{1, 66, 65, 4}, {3, 3, 4, 36}, same}, {0});
  compare_float({{1, 66, 65, 36}, {3, 3, 36, 4}, same}, {1});
  compare_float({{1, 130, 131, 4}, {3, 3, 4, 68}, same}, {0});
  compare_float({{1, 130, 131, 68}, {3, 3, 68, 4}, same}, {1});
  compare_float({{1, 130, 131, 68}, {2, 2, 68, 4}, {.strides = {2, 2}}}, {1});
}

TEST(Conv2dTiles, NoImagesOrChannels) {
  cases::Random random(54);
  for (const ConvCase& c :
       {ConvCase{{0, 5, 5, 8}, {3, 3, 8, 12}, same}, ConvCase{{2, 5, 5, 0}, {3, 3, 0, 12}, same},
        ConvCase{{2, 5, 5, 8}, {3, 3, 8, 0}, same}})
    for (const Op& op : ops) {
      const auto [a, b] = op.shapes(c);
      const Tensor y = op.run(c, cases::values(random, a, float32), cases::values(random, b, float32), false);
      EXPECT_EQ(y.to_vector<double>(), std::vector<double>(static_cast<std::size_t>(y.size()), 0.0));
    }
}

// Numbers of any size, not those that sums hold exactly.
Tensor normal(cases::Random& random, const Shape& shape, DType dtype) {
  std::normal_distribution<double> distribution;
  std::vector<double> v(static_cast<std::size_t>(shape.size()));
  for (double& x : v) x = distribution(random);
  return cases::from_doubles(v, shape, dtype);
}

TEST(Conv2dTiles, EqualTheCpu) {
  if (default_device() == cpu()) GTEST_SKIP() << "it is the CPU that the others are compared with";
  cases::Random random(55);
  for (int i = 0; i < 30; ++i) {
    const ConvCase c = cases::random_case(random);
    SCOPED_TRACE(c);
    for (const Op& op : ops)
      for (DType dtype : {float32, float64}) {
        const auto [a, b] = op.shapes(c);
        const Tensor x = normal(random, a, dtype), y = normal(random, b, dtype);
        const Tensor expected = op.run(c, x.to(cpu()), y.to(cpu()), false);
        ASSERT_LE(cases::error(op.run(c, x, y, false), expected), dtype == float32 ? 1e-5 : 1e-12);
      }
  }
}

// The same bits every time: no sum depends on which block comes first.
TEST(Conv2dTiles, TheSameBitsEveryTime) {
  cases::Random random(56);
  const ConvCase c{{3, 19, 17, 8}, {3, 3, 8, 40}, same};
  for (const Op& op : ops) {
    const auto [a, b] = op.shapes(c);
    const Tensor x = normal(random, a, float32), y = normal(random, b, float32);
    EXPECT_TRUE(cases::same_bits(op.run(c, x, y, false), op.run(c, x, y, false)));
  }
}

TEST(Conv2dTiles, TakeIntegers) {
  cases::Random random(57);
  const ConvCase c{{2, 5, 6, 4}, {3, 2, 2, 6}, {.strides = {1, 2}, .groups = 2}};
  for (const Op& op : ops)
    for (DType dtype : {int8, int32, int64, uint8}) {
      const auto [a, b] = op.shapes(c);
      const Tensor x = cases::values(random, a, dtype), y = cases::values(random, b, dtype);
      EXPECT_TRUE(cases::same_bits(op.run(c, x, y, false), op.run(c, x.to(cpu()), y.to(cpu()), true)))
          << name(dtype);
    }
}

}  // namespace
}  // namespace ramie
