// Pools of sequences and volumes, and those whose windows follow from the output's size; images stand in
// pool2d_test.
#include <ramie/autograd/ops/pool2d.h>
#include <ramie/autograd/ops/pool_adaptive.h>

#include <cmath>

#include <ramie/autograd/ops/reduce.h>

#include "support/ops.h"

namespace ramie {
namespace {

using Pool = Tensor (*)(const Tensor&, const PoolOptions&);
constexpr Pool pools[] = {avg_pool, max_pool, min_pool};

// Distinct values, far enough from each other that no difference crosses a kink.
Tensor distinct(const Shape& shape) {
  std::vector<double> v(static_cast<std::size_t>(shape.size()));
  for (std::size_t i = 0; i < v.size(); ++i) v[i] = static_cast<double>(i) * 0.37;
  std::shuffle(v.begin(), v.end(), generator());
  return from_vector(v, shape);
}

// One window of [n, d, h, w, c], element by element.
struct Window {
  double sum = 0, high = -INFINITY, low = INFINITY;
  std::int64_t elements = 0;
  void add(double v) { sum += v, high = std::max(high, v), low = std::min(low, v), ++elements; }
  double of(Pool pool, std::int64_t area, bool count_padding) const {
    if (pool == max_pool) return high;
    if (pool == min_pool) return low;
    return sum / static_cast<double>(count_padding ? area : elements);
  }
};

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

// Windows from floor(m i / n) to ceil(m (i + 1) / n).
std::vector<double> adaptive(const std::vector<double>& x, std::int64_t m, std::int64_t n, bool maximum) {
  std::vector<double> y;
  for (std::int64_t i = 0; i < n; ++i) {
    Window w;
    const std::int64_t end = (m * (i + 1) + n - 1) / n;
    for (std::int64_t j = m * i / n; j < end; ++j) w.add(x[static_cast<std::size_t>(j)]);
    y.push_back(maximum ? w.high : w.sum / static_cast<double>(w.elements));
  }
  return y;
}

TEST(AdaptivePool, IsPyTorchsFormula) {
  for (std::int64_t m : {1, 2, 5, 7, 8})
    for (std::int64_t n : {1, 2, 3, 4, 7, 9}) {
      const Tensor x = random_normal({1, m, 1});
      for (bool maximum : {false, true})
        expect_near(maximum ? adaptive_max_pool(x, {n}) : adaptive_avg_pool(x, {n}),
                    adaptive(x.to_vector<double>(), m, n, maximum), {1, n, 1}, 1e-14);
    }
}

TEST(AdaptivePool, WorksAxisByAxis) {
  const Tensor x = distinct({2, 5, 4, 3, 2});
  for (auto pool : {adaptive_avg_pool, adaptive_max_pool}) {
    Tensor y = pool(reshape(x, {10, 4, 3, 2}), {3, 2});
    y = pool(reshape(y, {2, 5, 12}), {2});
    expect_near(pool(x, {2, 3, 2}), reshape(y, {2, 2, 3, 2, 2}), 1e-14);
    const auto f = [&](const Tensor& v) { return square(pool(v, {3, 2})) / 10; };
    const auto report = check_gradients(f, {distinct({1, 5, 3, 2})}, {.order = 2});
    EXPECT_TRUE(report) << report.table;
  }
  EXPECT_EQ(adaptive_avg_pool(random_integers({2, 4, 3}, 0, 9), {2}).dtype(), float32);
  EXPECT_EQ(adaptive_max_pool(random_integers({2, 4, 3}, 0, 9), {2}).dtype(), int32);
  EXPECT_EQ(adaptive_max_pool(zeros({0, 5, 4, 3}), {2, 3}).shape(), (Shape{0, 2, 3, 3}));
}

TEST(AdaptivePool, TheFirstMaximumGetsTheGradient) {
  const Tensor x = variable(ones({1, 3, 3, 1}));
  EXPECT_EQ(gradients(sum(adaptive_max_pool(x, {1, 1})), {x})[0].to_vector<float>(),
            (std::vector<float>{1, 0, 0, 0, 0, 0, 0, 0, 0}));
}

TEST(AdaptivePool, NamesWhatDoesNotFit) {
  const std::string needs = ": it needs a positive number for each of the 1, 2 or 3 axes between N and C.";
  EXPECT_EQ(error_of([] {
              adaptive_avg_pool(zeros({1, 3, 3, 2}), {2});
            }),
            "[adaptive_avg_pool] a size of (2,) does not fit x, which is float32[1,3,3,2]" + needs);
  EXPECT_EQ(error_of([] {
              adaptive_max_pool(zeros({1, 0, 2}), {2});
            }),
            "[adaptive_max_pool] a size of (2,) does not fit x, which is float32[1,0,2]" + needs);
}

TEST(GlobalPool, IsOfAllBetween) {
  const Tensor x = reshape(arange(0, 12, 1, float64), {1, 3, 2, 2});
  expect_near(global_avg_pool(x), {5, 6}, {1, 2});
  expect_near(global_max_pool(x, true), {10, 11}, {1, 1, 1, 2});
  EXPECT_EQ(error_of([] {
              global_avg_pool(zeros({2, 3}));
            }),
            "[global_avg_pool] x has axes between N and C, but it is float32[2,3].");
}

}  // namespace
}  // namespace ramie
