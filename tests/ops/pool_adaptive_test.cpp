#include <ramie/autograd/ops/pool_adaptive.h>

#include <ramie/autograd/ops/reduce.h>

#include "ops/pool_cases.h"

namespace ramie {
namespace {

using namespace pool_cases;

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
