// Pools of sequences and volumes, and those whose windows follow from the output's size; images stand in
// pool2d_test.
#include <ramie/autograd/ops/pool2d.h>
#include <ramie/autograd/ops/pool_adaptive.h>

#include <cmath>

#include <ramie/autograd/ops/reduce.h>

#include "ops/pool_cases.h"

namespace ramie {
namespace {

using namespace pool_cases;

struct Axis {
  std::int64_t size = 1, taps = 1, stride = 1, before = 0, after = 0;
  std::int64_t positions() const { return (size + before + after - taps) / stride + 1; }
};
using Three = std::array<std::int64_t, 3>;
template <class F>
void for_each(const Three& n, F f) {
  for (std::int64_t i = 0; i < n[0]; ++i)
    for (std::int64_t j = 0; j < n[1]; ++j)
      for (std::int64_t k = 0; k < n[2]; ++k) f(Three{i, j, k});
}

std::vector<double> naive(Pool pool, const std::vector<double>& x, std::array<Axis, 3> a, std::int64_t images,
                          std::int64_t channels, bool count_padding) {
  std::vector<double> y;
  for (std::int64_t n = 0; n < images; ++n)
    for_each({a[0].positions(), a[1].positions(), a[2].positions()}, [&](Three at) {
      for (std::int64_t c = 0; c < channels; ++c) {
        Window w;
        for_each({a[0].taps, a[1].taps, a[2].taps}, [&](Three tap) {
          std::int64_t pixel = n;
          for (std::size_t i = 0; i < 3; ++i) {
            const std::int64_t p = at[i] * a[i].stride + tap[i] - a[i].before;
            if (p < 0 || p >= a[i].size) return;
            pixel = pixel * a[i].size + p;
          }
          w.add(x[static_cast<std::size_t>(pixel * channels + c)]);
        });
        y.push_back(w.of(pool, a[0].taps * a[1].taps * a[2].taps, count_padding));
      }
    });
  return y;
}

TEST(Pool, IsItsFormula) {
  const std::vector<std::vector<Axis>> cases = {{{5, 2}},
                                                {{7, 3, 2, 1, 1}},
                                                {{6, 2, 4}},  // a stride beyond the window
                                                {{1, 1}},
                                                {{3, 2}, {4, 3, 2}, {5, 2, 1, 1, 0}},
                                                {{4, 3, 2, 2, 1}, {2, 1}, {3, 3, 1, 1, 1}},
                                                {{4, 2, 3}, {3, 2, 1, 1, 0}, {1, 1}}};
  for (auto& axes : cases) {
    const int n = static_cast<int>(axes.size());
    std::array<Axis, 3> all;
    PoolOptions o{.window = {}, .padding = {Padding::Kind::given, n, {}}};
    Shape shape{2}, expected{2};
    for (std::size_t i = 0; i < axes.size(); ++i) {
      all[3 - axes.size() + i] = axes[i];
      o.window.push_back(axes[i].taps);
      o.strides.push_back(axes[i].stride);
      o.padding.of[i] = {axes[i].before, axes[i].after};
      shape.push_back(axes[i].size);
      expected.push_back(axes[i].positions());
    }
    shape.push_back(3), expected.push_back(3);
    SCOPED_TRACE(str(shape) + " by " + str(o.window));
    const Tensor x = random_normal(shape);
    for (Pool pool : pools)
      for (bool count_padding : {true, false}) {
        o.count_include_pad = count_padding;
        expect_near(pool(x, o), naive(pool, x.to_vector<double>(), all, 2, 3, count_padding), expected,
                    1e-14);
      }
  }
}

TEST(Pool, PaddingByName) {
  const Tensor x = random_normal({2, 5, 4, 7, 3});
  for (Pool pool : pools)
    expect_near(
        pool(x, {.window = {2, 3, 3}, .strides = {1, 2, 2}, .padding = Padding::same()}),
        pool(x,
             {.window = {2, 3, 3}, .strides = {1, 2, 2}, .padding = Padding::given({0, 1}, {0, 1}, {1, 1})}),
        0);
}

TEST(Pool, GradientsEqualDifferences) {
  const PoolOptions sequences{.window = {3}, .strides = {2}, .padding = Padding::same()};
  const PoolOptions volumes{
      .window = {2, 1, 2}, .padding = Padding::given({1, 0}, {0, 0}, {0, 1}), .count_include_pad = false};
  for (Pool pool : pools)
    for (auto& [shape, o] :
         {std::pair(Shape{2, 5, 2}, sequences), std::pair(Shape{1, 3, 2, 3, 2}, volumes)}) {
      const auto f = [&, &o = o](const Tensor& v) { return square(pool(v, o)) / 10; };
      const auto report = check_gradients(f, {distinct(shape)}, {.order = 2});
      EXPECT_TRUE(report) << report.table;
    }
}

TEST(Pool, Dtypes) {
  const Tensor x = random_integers({2, 5, 3}, 0, 1);
  const PoolOptions o{.window = {3}, .strides = {2}, .padding = Padding::same()};
  for (DType t : {bool_, uint8, uint32, int8, int16, int32, int64, float16, bfloat16, float32, float64}) {
    for (Pool pool : {Pool(max_pool), Pool(min_pool)}) {
      EXPECT_EQ(pool(astype(x, t), o).dtype(), t);
      expect_near(pool(astype(x, t), o), pool(x, o), 0);
    }
    EXPECT_EQ(avg_pool(astype(x, t), o).dtype(), is_floating(t) ? t : float32);
    expect_near(avg_pool(astype(x, t), o), avg_pool(x, o), 1e-2);
  }
}

TEST(Pool, TheFirstMaximumOfAVolumeGetsTheGradient) {
  const Tensor x = variable(ones({1, 2, 2, 2, 1}));
  EXPECT_EQ(gradients(sum(max_pool(x, {.window = {2, 2, 2}})), {x})[0].to_vector<float>(),
            (std::vector<float>{1, 0, 0, 0, 0, 0, 0, 0}));
}

TEST(Pool, NamesWindowsThatDoNotFit) {
  EXPECT_EQ(
      error_of([] {
        max_pool(zeros({1, 3, 2}), {.window = {4}});
      }),
      "[max_pool] a window of (4,) exceeds the 3 elements of the padded axis 1: x is float32[1,3,2]. Use "
      "a smaller window or SAME padding.");
}

}  // namespace
}  // namespace ramie
