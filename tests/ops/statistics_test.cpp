// Norms, averages, quantiles and counts: values by hand and by plain loops, gradients, edges, errors.
#include <ramie/autograd/ops/statistics.h>

#include <ramie/autograd/jit.h>
#include <ramie/autograd/ops/reduce.h>
#include <ramie/autograd/ops/sort.h>

#include "support/ops.h"

namespace ramie {
namespace {

using Values = std::vector<double>;
using Ints = std::vector<int>;
constexpr double nan = NAN;

TEST(Statistics, VarianceOfASample) {
  const Tensor x = tensor({{1.0, 2.0, 6.0}, {4.0, 4.0, 4.0}}, float64);
  expect_near(var(x, {1}, false, 1), {7, 0}, {2});
  expect_near(std(x, {1}, true, 1), {std::sqrt(7), 0}, {2, 1});
  expect_near(var(x, {1}, false, 0), var(x, {1}));
  EXPECT_TRUE(std::isnan(var(tensor({3.0}), {}, false, 1).item()));
  EXPECT_EQ(var(tensor({1, 2, 3}), {}, false, 1).dtype(), float32);
  const auto report = check_gradients([](const Tensor& v) { return std(v, {0}, false, 1); },
                                      {random_normal({4, 3})}, {.order = 2, .tolerance = 1e-5});
  EXPECT_TRUE(report) << report.table;
}

TEST(Statistics, Norms) {
  const Tensor x = tensor({{3.0, -4.0}, {0.0, 5.0}}, float64);
  EXPECT_NEAR(norm(x).item(), std::sqrt(50), 1e-14);
  expect_near(norm(x, 1, {1}), {7, 5}, {2});
  expect_near(norm(x, 2, {1}, true), {5, 5}, {2, 1});
  expect_near(norm(x, INFINITY, {0}), {3, 5}, {2});
  expect_near(norm(x, -INFINITY, {0}), {0, 4}, {2});
  expect_near(norm(x, 0, {1}), {2, 1}, {2});
  expect_near(norm(x, 3, {1}), {std::cbrt(91), 5}, {2}, 1e-14);
  EXPECT_EQ(norm(tensor({3, 4})).item(), 5);
  EXPECT_EQ(norm(full({4}, 300, float16)).item(), 600);  // the squares leave float16's range
  EXPECT_EQ(norm(zeros({0})).item(), 0);
}

TEST(Statistics, GradientsOfNorms) {
  const Tensor normal = random_normal({3, 4}), x = normal + sign(normal) * 0.5;
  for (double ord : {1.0, 2.0, 3.0, 1.5, static_cast<double>(INFINITY)}) {
    const auto report = check_gradients([&](const Tensor& v) { return square(norm(v, ord, {1})); }, {x},
                                        {.order = 2, .tolerance = 1e-5});
    EXPECT_TRUE(report) << ord << report.table;
  }
  for (double ord : {2.0, 3.0}) {
    const Tensor zero = variable(zeros({3}));
    EXPECT_EQ(gradients(norm(zero, ord), {zero})[0].to_vector<double>(), Values(3, 0)) << ord;
  }
}

TEST(Statistics, Averages) {
  const Tensor x = tensor({{1.0, 2.0}, {3.0, 4.0}}, float64), w = tensor({1.0, 3.0}, float64);
  expect_near(average(x, w, {0}), {2.5, 3.5}, {2});
  expect_near(average(x, w, {1}, true), {1.75, 3.75}, {2, 1});
  EXPECT_EQ(average(x, tensor({{0, 0}, {1, 1}})).item(), 3.5);
  const Tensor gaps = tensor({{1.0, nan}, {3.0, 5.0}}, float64);
  expect_near(nansum(gaps, {0}), {4, 5}, {2});
  expect_near(nanmean(gaps, {1}), {1, 4}, {2});
  const Tensor v = variable(gaps);
  EXPECT_EQ(gradients(nanmean(v), {v})[0].to_vector<double>(), (Values{1.0 / 3, 0, 1.0 / 3, 1.0 / 3}));
  EXPECT_EQ(count_nonzero(tensor({{0.0, nan}, {2.0, 0.0}}), {0}).to_vector<int>(), (Ints{1, 1}));
  EXPECT_EQ(count_nonzero(tensor({0, 3})).dtype(), int32);
  EXPECT_NE(error_of([&] { average(x, tensor({1.0, 2.0, 3.0})); }), "");
}

double naive_quantile(Values v, double q) {
  std::sort(v.begin(), v.end());
  const double at = q * static_cast<double>(v.size() - 1);
  const auto i = static_cast<std::size_t>(at);
  return i + 1 < v.size() ? v[i] + (at - static_cast<double>(i)) * (v[i + 1] - v[i]) : v.back();
}

TEST(Statistics, Quantiles) {
  for (int n : {1, 2, 5, 8}) {
    const Tensor x = random_normal({n});
    for (double q : {0.0, 0.25, 0.5, 0.9, 1.0})
      EXPECT_NEAR(quantile(x, q).item(), naive_quantile(x.to_vector<double>(), q), 1e-14) << n << ' ' << q;
  }
  const Tensor x = tensor({{1.0, 9.0, 3.0, 5.0}, {2.0, 2.0, 8.0, nan}}, float64);
  expect_near(median(x, {1}), {4, nan}, {2});
  expect_near(median(x, {0}, true), {1.5, 5.5, 5.5, nan}, {1, 4});
  expect_near(quantile(x, tensor({0.0, 1.0 / 3, 1.0}, float64), {1}), {1, nan, 3, nan, 9, nan}, {3, 2}, 1e-7);
  EXPECT_EQ(quantile(zeros({2, 3, 4}), zeros({5, 6}), {0, -1}, true).shape(), (Shape{5, 6, 1, 3, 1}));
  EXPECT_EQ(quantile(zeros({2, 3, 4}), tensor(0.5), {1}).shape(), (Shape{2, 4}));
  EXPECT_EQ(median(tensor({4, 1, 2})).item(), 2);
  EXPECT_EQ(median(tensor({4, 1, 2})).dtype(), float32);
  EXPECT_EQ(error_of([] { quantile(zeros({2}), 1.5); }), "[quantile] q is 1.5: it must be in [0, 1].");
  EXPECT_EQ(error_of([] {
              median(zeros({2, 0}), {1});
            }),
            "[quantile] float32[2,0] has no elements along axes (1,).");
}

TEST(Statistics, GradientsOfQuantiles) {
  const Tensor x = random_normal({3, 5}), q = tensor({0.3, 0.6}, float64);
  const auto report =
      check_gradients([](const Tensor& v, const Tensor& at) { return square(quantile(v, at, {1})); }, {x, q},
                      {.order = 2, .tolerance = 1e-5});
  EXPECT_TRUE(report) << report.table;
  const Tensor v = variable(tensor({3.0, 1.0, 2.0, 9.0}));
  EXPECT_EQ(gradients(median(v), {v})[0].to_vector<double>(), (Values{0.5, 0, 0.5, 0}));
}

TEST(Statistics, Bincount) {
  const Tensor x = tensor({{1, 3, 1}, {0, 7, 1}});
  EXPECT_EQ(bincount(x).to_vector<int>(), (Ints{1, 3, 0, 1, 0, 0, 0, 1}));
  EXPECT_EQ(bincount(x, 4).to_vector<int>(), (Ints{1, 3, 0, 1}));
  EXPECT_EQ(bincount(x, 9).to_vector<int>(), (Ints{1, 3, 0, 1, 0, 0, 0, 1, 0}));
  EXPECT_EQ(bincount(tensor({-5, 1}), 2).to_vector<int>(), (Ints{1, 1}));
  EXPECT_EQ(bincount(zeros({0}, int32)).shape(), (Shape{0}));
  EXPECT_EQ(bincount(zeros({0}, int32), 2).to_vector<int>(), (Ints{0, 0}));
  for (DType t : {bool_, uint8, int8, int16, uint32, int64})
    EXPECT_EQ(bincount(tensor({1, 0, 1}).astype(t), 3).to_vector<int>(), (Ints{1, 2, 0})) << name(t);
  const Tensor w = variable(tensor({1.0, 2.0, 4.0}));
  const Tensor y = bincount(tensor({1, 0, 1}), 2, w);
  EXPECT_EQ(y.to_vector<double>(), (Values{2, 5}));
  EXPECT_EQ(gradients(y, {w}, tensor({10.0, 20.0}))[0].to_vector<double>(), (Values{20, 10, 20}));
  EXPECT_EQ(error_of([] { bincount(tensor({1.0})); }), "[bincount] float32[1] are no integers.");
  EXPECT_EQ(error_of([] { bincount(tensor({1}), -1); }), "[bincount] the length is -1.");
  if (context.recorder) return;
  const auto jitted = jit([](const Tensor& v) { return bincount(v); });
  EXPECT_EQ(error_of([&] { jitted(x); }).rfind("[bincount] the value of int32[] (from max) is not known", 0),
            0u);
}

TEST(Statistics, Histogram) {
  const Tensor x = tensor({1.0, 2.0, 1.0, 4.0, 5.0, 3.0, nan}, float64);
  const auto [counts, edges] = histogram(slice(x, 0, 0, 6), 4);
  EXPECT_EQ(counts.to_vector<int>(), (Ints{2, 1, 1, 2}));  // the last bin has both its ends
  expect_near(edges, {1, 2, 3, 4, 5}, {5}, 1e-15);
  EXPECT_EQ(histogram(x, 2, std::pair(1.0, 3.0)).first.to_vector<int>(), (Ints{2, 2}));
  const auto [one, around] = histogram(full({3}, 7.0), 2);
  EXPECT_EQ(one.to_vector<int>(), (Ints{0, 3}));
  EXPECT_EQ(around.to_vector<double>(), (Values{6.5, 7, 7.5}));
  EXPECT_EQ(histogram(zeros({0}), 3).first.to_vector<int>(), (Ints{0, 0, 0}));
  EXPECT_EQ(histogram(tensor({{1, 2}, {3, 4}}), 3).first.to_vector<int>(), (Ints{1, 1, 2}));
  EXPECT_EQ(error_of([&] { histogram(x, 0); }), "[histogram] 0 bins: there must be at least one.");
  EXPECT_EQ(error_of([&] { histogram(x, 2, std::pair(3.0, 1.0)); }),
            "[histogram] the range 3 to 1 is empty.");
}

TEST(Statistics, OddViews) {
  const Tensor x = random_normal({4, 6});
  for (const Tensor& v : odd_views(x)) {
    expect_near(norm(v, 2, {0}), norm(x, 2, {0}), 1e-15);
    expect_near(median(v, {0}), median(x, {0}), 0);
    EXPECT_EQ(histogram(v).first.to_vector<int>(), histogram(x).first.to_vector<int>());
  }
}

}  // namespace
}  // namespace ramie
