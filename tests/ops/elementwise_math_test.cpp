// Functions of one number against long double arithmetic, in units in the last place, and at their edges.
#include <ramie/autograd/ops/elementwise.h>

#include "ops/elementwise_ulps.h"

namespace ramie {
namespace {

TEST(ElementwiseMath, WithinFourUlpEverywhere) {
  check_both(
      "exp", exp, [](Exact x) { return std::exp(x); }, 4);
  check_both(
      "expm1", expm1, [](Exact x) { return std::expm1(x); }, 4);
  check_both(
      "log", log, [](Exact x) { return std::log(x); }, 4);
  check_both(
      "log1p", log1p, [](Exact x) { return std::log1p(x); }, 4);
  check_both(
      "sin", sin, [](Exact x) { return std::sin(x); }, 4);
  check_both(
      "cos", cos, [](Exact x) { return std::cos(x); }, 4);
  check_both(
      "tanh", tanh, [](Exact x) { return std::tanh(x); }, 4);
  check_both(
      "erf", erf, [](Exact x) { return std::erf(x); }, 4);
}

TEST(ElementwiseMath, RoundedExactly) {
  check_both(
      "negative", negative, [](Exact x) { return -x; }, 0);
  check_both(
      "abs", abs, [](Exact x) { return std::abs(x); }, 0);
  check_both(
      "sign", sign, [](Exact x) { return x > 0   ? 1
                                         : x < 0 ? -1
                                                 : x; }, 0);
  check_both(
      "reciprocal", reciprocal, [](Exact x) { return 1 / x; }, 0.501);
  check_both(
      "square", square, [](Exact x) { return x * x; }, 0.501);
  check_both(
      "sqrt", sqrt, [](Exact x) { return std::sqrt(x); }, 0.501);
  check_both(
      "rsqrt", rsqrt, [](Exact x) { return 1 / std::sqrt(x); }, 1.6);
  check_both(
      "floor", floor, [](Exact x) { return std::floor(x); }, 0);
  check_both(
      "ceil", ceil, [](Exact x) { return std::ceil(x); }, 0);
  check_both(
      "round", round, [](Exact x) { return std::nearbyint(x); }, 0);
}

TEST(ElementwiseMath, KnownLimits) {
  EXPECT_EQ(exp(tensor(-1000.0)).item(), 0);
  EXPECT_EQ(log(tensor(0.0)).item(), -INFINITY);
  EXPECT_TRUE(std::isnan(log(tensor(-1.0)).item()));
  EXPECT_EQ(log1p(tensor(-1.0)).item(), -INFINITY);
  EXPECT_EQ(round(tensor({0.5, 1.5, 2.5, -0.5})).to_vector<double>(), (std::vector<double>{0, 2, 2, 0}));
  EXPECT_EQ(erf_inv(tensor({1.0, -1.0})).to_vector<double>(), (std::vector<double>{INFINITY, -INFINITY}));
  for (double x : {1.5, -1.01, static_cast<double>(NAN)})
    EXPECT_TRUE(std::isnan(erf_inv(tensor(x, float64)).item()));
}

TEST(ElementwiseMath, ErfInvUndoesErf) {
  std::vector<double> x;
  for (double v = -5; v <= 5; v += 0.01) x.push_back(v);
  const auto y = erf_inv(erf(from_vector(x))).to_vector<double>();
  for (std::size_t i = 0; i < x.size(); ++i)  // near 1 a rounding of erf moves its inverse far
    EXPECT_NEAR(y[i], x[i], 1e-15 * std::exp(x[i] * x[i]) + 1e-14);
  const Tensor p = tensor({-0.9375, -0.5, 0.0, 0.25, 0.99993896484375}, float64);  // floats hold them
  EXPECT_LT(relative_error(erf_inv(p.astype(float32)).to_vector<double>(), erf_inv(p).to_vector<double>()),
            1e-5);
}

TEST(ElementwiseMath, Integers) {
  const Tensor x = tensor({-3, 0, 4});
  EXPECT_EQ(abs(x).to_vector<int>(), (std::vector<int>{3, 0, 4}));
  EXPECT_EQ(sign(x).to_vector<int>(), (std::vector<int>{-1, 0, 1}));
  EXPECT_EQ(square(x).to_vector<int>(), (std::vector<int>{9, 0, 16}));
  EXPECT_EQ(negative(x).to_vector<int>(), (std::vector<int>{3, 0, -4}));
  EXPECT_EQ(floor(x).to_vector<int>(), x.to_vector<int>());
  for (Unary f : {static_cast<Unary>(abs), static_cast<Unary>(sign), static_cast<Unary>(round)})
    EXPECT_EQ(f(x).dtype(), int32);
  EXPECT_EQ(sqrt(tensor({4, 9})).to_vector<double>(), (std::vector<double>{2, 3}));
  EXPECT_EQ(exp(tensor({0}, int64)).dtype(), float32);
}

TEST(ElementwiseMath, Predicates) {
  const Tensor x = tensor(
      {0.0, static_cast<double>(NAN), static_cast<double>(INFINITY), -static_cast<double>(INFINITY), 1e30});
  for (DType t : {float16, bfloat16, float32, float64}) {
    const Tensor v = x.astype(t);
    EXPECT_EQ(isnan(v).to_vector<int>(), (std::vector<int>{0, 1, 0, 0, 0}));
    EXPECT_EQ(isinf(v).to_vector<int>(), (std::vector<int>{0, 0, 1, 1, t == float16}));
    EXPECT_EQ(isfinite(v).to_vector<int>(), (std::vector<int>{1, 0, 0, 0, t != float16}));
  }
  EXPECT_EQ(isnan(tensor({1, 2})).to_vector<int>(), (std::vector<int>{0, 0}));
  EXPECT_EQ(isfinite(tensor({1, 2})).to_vector<int>(), (std::vector<int>{1, 1}));
}

TEST(ElementwiseMath, GradientsOfFirstAndSecondOrder) {
  const Tensor x = random_normal({7}), p = abs(random_normal({7})) + 0.3, small = random_normal({7}) * 0.2;
  struct {
    const char* what;
    Unary f;
    const Tensor& at;
  } const cases[] = {{"negative", negative, x},
                     {"abs", abs, p},
                     {"reciprocal", reciprocal, p},
                     {"square", square, x},
                     {"sqrt", sqrt, p},
                     {"rsqrt", rsqrt, p},
                     {"exp", exp, x},
                     {"expm1", expm1, x},
                     {"log", log, p},
                     {"log1p", log1p, p},
                     {"sin", sin, x},
                     {"cos", cos, x},
                     {"tanh", tanh, x},
                     {"erf", erf, x},
                     {"erf_inv", erf_inv, small},
                     {"sign", sign, p},
                     {"floor", floor, small + 0.5},
                     {"round", round, small}};
  for (auto& c : cases) {
    const auto report =
        check_gradients([&](const Tensor& v) { return c.f(v) * v; }, {c.at}, {.order = 2, .tolerance = 1e-5});
    EXPECT_TRUE(report) << c.what << "\n" << report.table;
  }
}

}  // namespace
}  // namespace ramie
