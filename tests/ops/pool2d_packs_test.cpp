// Channels that GPU kernels take in packs, and those that they take one by one; on the CPU the same shapes
// are as good as any.
#include <ramie/tensor/ops/pool2d_naive.h>

#include "ops/conv2d_cases.h"

namespace ramie {
namespace {

namespace naive = kernels::naive;
using cases::draw;
using cases::Random;
using kernels::PoolWindow;

constexpr DType floats[] = {float32, float64, float16, bfloat16};
constexpr PoolWindow windows[] = {
    {.size = {2, 2}, .strides = {2, 2}},
    {.size = {3, 2}, .strides = {1, 1}, .padding = {{{1, 1}, {0, 1}}}},
    {.size = {3, 3},
     .strides = {2, 3},
     .padding = {{{-1, 2}, {3, 0}}}},                   // a column of windows in the padding
    {.size = {1, 2}, .strides = {3, 4}},                // gaps
    {.size = {16, 17}, .padding = {{{8, 8}, {9, 9}}}},  // an index of more than a byte
};

// Whole numbers, some of them the same, and now and then a NaN.
Tensor values(Random& random, const Shape& shape, DType dtype, bool with_nan = false) {
  std::vector<double> v(static_cast<std::size_t>(shape.size()));
  for (auto& x : v) x = with_nan && draw(random, 0, 20) == 0 ? NAN : static_cast<double>(draw(random, -3, 3));
  return cases::from_doubles(v, shape, dtype);
}

bool same_values(const Tensor& a, const Tensor& b) {
  const auto x = a.to_vector<double>(), y = b.to_vector<double>();
  return a.layout().same(b.layout()) && std::equal(x.begin(), x.end(), y.begin(), [](double p, double q) {
           return p == q || (p != p && q != q);
         });
}

// Each kernel on x and on dy of its result's shape, `by` elements off a pack's alignment.
template <class Compare>
void each(Random& random, const PoolWindow& w, const Shape& shape, DType dtype, std::int64_t by,
          Compare compare) {
  const Tensor x = cases::shifted(values(random, shape, dtype, true), by),
               finite = cases::shifted(values(random, shape, dtype), by);
  const Shape out = kernels::MaxPool{w}.outputs(x.layout()).shape;
  const Tensor dy = cases::shifted(values(random, out, dtype), by);
  for (bool flag : {false, true}) {
    compare(kernels::AvgPool{w, flag}, naive::AvgPool{w, flag}, finite);
    compare(kernels::AvgPoolGradient{w, flag, shape}, naive::AvgPoolGradient{w, flag, shape}, dy);
    compare(kernels::MaxPool{w, flag}, naive::MaxPool{w, flag}, x);
    compare(kernels::MaxPoolIndex{w, flag}, naive::MaxPoolIndex{w, flag}, x);
    const Tensor index = cases::shifted(launch(naive::MaxPoolIndex{w, flag}, x)[1], by);
    compare(kernels::PoolGather{w}, naive::PoolGather{w}, x, index);
    compare(kernels::PoolScatter{w, shape}, naive::PoolScatter{w, shape}, dy, index);
  }
}

template <class Pooled>
void expect_same(const Pooled& a, const Pooled& b) {
  if constexpr (std::is_same_v<Pooled, Tensor>) {
    EXPECT_TRUE(same_values(a, b));
  } else {
    for (std::size_t i = 0; i < a.size(); ++i) EXPECT_TRUE(same_values(a[i], b[i])) << i;
  }
}

TEST(Pool2dPacks, EqualTheNaiveKernels) {
  Random random(61);
  for (const PoolWindow& w : windows)
    for (std::int64_t channels : {1, 2, 3, 4, 6, 8, 16, 20})
      for (DType dtype : floats)
        for (std::int64_t by : {0, 1, 4})
          each(random, w, {2, 5, 7, channels}, dtype, by,
               [&](const auto& kernel, const auto& twin, const auto&... x) {
                 SCOPED_TRACE(kernel.name);
                 SCOPED_TRACE(str(Layout(dtype, {w.size[0], w.size[1], channels, by})));
                 expect_same(launch(kernel, x...), launch(twin, x...));
               });
}

// To the last bit in float32 and float64; gradients in small floats are rounded once, or once for each
// window.
TEST(Pool2dPacks, EqualTheCpu) {
  if (default_device() == cpu()) GTEST_SKIP() << "it is the CPU that the others are compared with";
  Random random(62);
  for (int i = 0; i < 30; ++i) {
    const Shape shape = {draw(random, 0, 3), draw(random, 1, 9), draw(random, 1, 9), draw(random, 1, 40)};
    for (DType dtype : {float32, float64})
      each(random, windows[i % 3], {shape[0], shape[1] + 2, shape[2] + 2, shape[3]}, dtype, 0,
           [](const auto& kernel, const auto&, const auto&... x) {
             SCOPED_TRACE(kernel.name);
             expect_same(launch(kernel, x...), launch(kernel, x.to(cpu())...));
           });
  }
}

TEST(Pool2dPacks, MoreThanAWaveOfBlocks) {
  Random random(63);
  const Shape shape = {2, 230, 230, 11};  // 1.2 million elements, one a thread
  const PoolWindow w{.size = {2, 2}};
  const Tensor x = values(random, shape, float32);
  EXPECT_TRUE(same_values(launch(kernels::MaxPool{w}, x), launch(naive::MaxPool{w}, x)));
}

// An index that no window has chosen leaves 0.
TEST(Pool2dPacks, IndicesOutOfRange) {
  const PoolWindow w{.size = {16, 16}, .strides = {16, 16}};
  const Tensor x = full({1, 16, 16, 1}, 5.0f);
  for (int i : {-1, -300, 256, 1 << 30}) {
    const Tensor index = full({1, 1, 1, 1}, i, int32);
    EXPECT_EQ(launch(kernels::PoolGather{w}, x, index).item<float>(), 0);
    const Tensor dx = launch(kernels::PoolScatter{w, x.shape()}, full({1, 1, 1, 1}, 1.0f), index);
    EXPECT_EQ(dx.to_vector<float>(), std::vector<float>(256, 0.0f));
  }
}

}  // namespace
}  // namespace ramie
