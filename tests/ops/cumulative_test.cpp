// Running products, extremes and log-sum-exps: against plain loops; gradients at zeros and ties.
#include <ramie/autograd/ops/cumulative.h>

#include <ramie/autograd/ops/reduce.h>

#include "support/ops.h"

namespace ramie {
namespace {

using Values = std::vector<double>;
constexpr double nan = NAN, inf = INFINITY;

double add_logs(double a, double b) {
  return a == b ? a + std::log(2) : std::max(a, b) + std::log1p(std::exp(-std::abs(a - b)));
}
struct Named {
  const char* name;
  Tensor (*f)(const Tensor&, std::int64_t, bool);
  double (*combine)(double, double);
};
const Named all[] = {{"cumprod", cumprod, [](double a, double b) { return a * b; }},
                     {"cummax", cummax, [](double a, double b) { return std::max(a, b); }},
                     {"cummin", cummin, [](double a, double b) { return std::min(a, b); }},
                     {"cumlogsumexp", cumlogsumexp, add_logs}};

Tensor naive(const Named& op, const Tensor& x, int axis, bool reverse) {
  if (reverse) return flip(naive(op, flip(x, {axis}), axis, false), {axis});
  const Tensor rows = contiguous(swapaxes(x, axis, -1));
  Values v = rows.to_vector<double>();
  const auto n = static_cast<std::size_t>(rows.shape(-1));
  for (std::size_t i = 0; i < v.size(); ++i)
    if (i % n) v[i] = op.combine(v[i - 1], v[i]);
  return swapaxes(from_vector(v, rows.shape()), axis, -1);
}

TEST(Cumulative, AgreeWithPlainLoops) {
  for (const Named& op : all)
    for (const Shape& shape : {Shape{1}, {2}, {7}, {64}, {65}, {3, 5}, {2, 9, 3}, {4, 1, 2}})
      for (int axis = 0; axis < shape.rank(); ++axis)
        for (bool reverse : {false, true}) {
          const Tensor x = random_normal(shape);
          expect_near(op.f(x, axis - shape.rank(), reverse), naive(op, x, axis, reverse), 1e-13);
          expect_near(op.f(x.astype(float32), axis, reverse), naive(op, x, axis, reverse), 1e-5);
        }
}

TEST(Cumulative, Dtypes) {
  EXPECT_EQ(cumprod(tensor({2, 3, 4}, int8), 0).to_vector<int>(), (std::vector<int>{2, 6, 24}));
  EXPECT_EQ(cumprod(tensor({100, 3}, int8), 0).to_vector<int>(), (std::vector<int>{100, 300}));
  EXPECT_EQ(cumprod(ones({3}, bool_), 0).dtype(), int32);
  EXPECT_EQ(cummax(tensor({3, 1, 5}, uint8), 0).to_vector<int>(), (std::vector<int>{3, 3, 5}));
  EXPECT_EQ(cummin(tensor({3, 1, 5}, int64), 0, true).to_vector<int>(), (std::vector<int>{1, 1, 5}));
  EXPECT_EQ(cummax(tensor({3, 1, 5}, uint8), 0).dtype(), uint8);
  EXPECT_EQ(cumlogsumexp(tensor({0, 0}), 0).dtype(), float32);
  // 1.01^100, rounded to bfloat16 once
  const double exact = std::pow(double(float(BFloat16(1.01F))), 100);
  EXPECT_NEAR(cumprod(full({100}, 1.01, bfloat16), 0)[99].item() / exact, 1, 0.005);
}

TEST(Cumulative, EdgesAndViews) {
  for (const Named& op : all) {
    EXPECT_EQ(op.f(zeros({0, 3}), 0, false).shape(), (Shape{0, 3}));
    EXPECT_EQ(op.f(zeros({2, 0}), 0, true).shape(), (Shape{2, 0}));
    const Tensor x = random_normal({5, 4});
    for (const Tensor& v : odd_views(x)) expect_near(op.f(v, 0, false), op.f(x, 0, false), 0);
    const Values y = op.f(tensor({1.0, nan, 2.0}), 0, false).to_vector<double>();
    EXPECT_TRUE(y[0] == 1 && std::isnan(y[1]) && std::isnan(y[2])) << op.name;
  }
  expect_near(logcumsumexp(tensor({-inf, -inf, 0.0, 0.0}, float64), 0), {-inf, -inf, 0, std::log(2)}, {4});
  expect_near(cumlogsumexp(tensor({1000.0, 1000.0}, float64), 0), {1000, 1000 + std::log(2)}, {2}, 1e-15);
  EXPECT_EQ(error_of([] { cummax(zeros({2}), 3); }), "[cummax] axis 3 is out of range for 1 axes.");
}

TEST(Cumulative, GradientsOfBothOrders) {
  for (const Named& op : all)
    for (bool reverse : {false, true}) {
      const auto report = check_gradients([&](const Tensor& x) { return square(op.f(x, 1, reverse)); },
                                          {random_normal({2, 6})}, {.order = 2, .tolerance = 1e-5});
      EXPECT_TRUE(report) << op.name << '\n' << report.table;
    }
  const auto report =
      check_gradients([](const Tensor& x) { return cumprod(x, 0); },
                      {tensor({2.0, 0.0, 3.0, 0.0, 5.0}, float64)}, {.order = 2, .tolerance = 1e-5});
  EXPECT_TRUE(report) << report.table;
}

TEST(Cumulative, GradientsAtTiesAndInfinities) {
  const Tensor x = variable(tensor({2.0, 1.0, 2.0}));
  EXPECT_EQ(gradients(cummax(x, 0), {x}, tensor({0.0, 0.0, 8.0}))[0].to_vector<double>(), (Values{4, 0, 4}));
  const Tensor y = variable(tensor({-inf, -inf, 0.0}));
  EXPECT_EQ(gradients(cumlogsumexp(y, 0), {y}, tensor({0.0, 0.0, 1.0}))[0].to_vector<double>(),
            (Values{0, 0, 1}));
}

}  // namespace
}  // namespace ramie
