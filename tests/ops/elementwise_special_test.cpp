// Special functions, and further logarithms and remainders: accuracy, edges, gradients.
#include <ramie/autograd/ops/elementwise.h>

#include "ops/elementwise_ulps.h"

namespace ramie {
namespace {

constexpr double inf = INFINITY, nan = NAN;
using Values = std::vector<double>;
using Binary = Tensor (*)(const Tensor&, const Tensor&);

TEST(ElementwiseSpecial, WithinFourUlpEverywhere) {
  check_both(
      "exp2", exp2, [](Exact x) { return std::exp2(x); }, 4);
  check_both(
      "log2", log2, [](Exact x) { return std::log2(x); }, 4);
  check_both(
      "log10", log10, [](Exact x) { return std::log10(x); }, 4);
  check_both(
      "cbrt", cbrt, [](Exact x) { return std::cbrt(x); }, 4);
  check_both(
      "trunc", trunc, [](Exact x) { return std::trunc(x); }, 0);
  check_both(
      "erfc", erfc, [](Exact x) { return std::erfc(x); }, 6);
}

TEST(ElementwiseSpecial, PowersOfTwoAreExact) {
  Values n, power;
  for (int i = -1074; i <= 1024; ++i) n.push_back(i), power.push_back(std::ldexp(1.0, i));
  EXPECT_EQ(exp2(from_vector(n)).to_vector<double>(), power);
  std::vector<float> m, small;
  for (int i = -149; i <= 128; ++i) m.push_back(float(i)), small.push_back(std::ldexp(1.0F, i));
  EXPECT_EQ(exp2(from_vector(m)).to_vector<float>(), small);
}

// Values of mpmath, rounded.
TEST(ElementwiseSpecial, GammaFunctions) {
  const Tensor x = tensor({1e-8, 0.25, 1.0, 1.5, 2.0, 3.75, 12.5, 1000.0, -0.5, -1.25, -7.875}, float64);
  const auto check = [&](const Tensor& y, const Values& expected, double tolerance) {
    const Values got = y.to_vector<double>();
    for (std::size_t i = 0; i < expected.size(); ++i)
      EXPECT_NEAR(got[i], expected[i], tolerance * (1 + std::abs(expected[i]))) << i;
  };
  const Values log_gamma = {18.420680738180209,
                            1.2880225246980775,
                            0.0,
                            -0.12078223763524522,
                            0.0,
                            1.4868155785934171,
                            18.734347511936446,
                            5905.2204232091812,
                            1.2655121234846454,
                            1.3664317612369762,
                            -8.2326682390430442};
  const Values psi = {-100000000.57721565,  -4.2274535333762654, -0.57721566490153286, 0.036489973978576521,
                      0.42278433509846714,  1.1825373886117962,  2.485195651274912,    6.9072551956488121,
                      0.036489973978576521, 3.7141391202135278,  -5.4586319404955003};
  const Values psi1 = {10000000000000001.0, 17.197329154507111,  1.6449340668482264,  0.93480220054467931,
                       0.64493406684822644, 0.30533985269025308, 0.08328522460157837, 0.0010005001666666333,
                       8.9348022005446793,  19.181879647671606,  67.274612579197781};
  const Values psi2 = {-1.9999999999999999e+24, -129.32773993753692,    -2.4041138063191886,
                       -0.82879664423432,       -0.40411380631918857,   -0.09254633851589927,
                       -0.0069324365857882408,  -1.0010004999998333e-6, -0.82879664423432,
                       123.72136678366236,      -1022.3085975573977};
  const Values psi5 = {1.1999999999999998e+50, 491552.51376768129,  122.0811674381339,
                       11.113548602435496,     2.0811674381338968,  0.059358455450244512,
                       9.5622715971076443e-5,  2.4060059999944e-14, 15371.113548602435,
                       492230.21062287458,     31457611.065192625};
  check(lgamma(x), log_gamma, 1e-15);
  check(digamma(x), psi, 1e-14);
  check(polygamma(0, x), psi, 1e-14);
  check(polygamma(1, x), psi1, 1e-14);
  check(polygamma(2, x), psi2, 1e-13);
  check(polygamma(5, x), psi5, 1e-13);
  const Tensor single = slice(x, 0, 1, 11).astype(float32), wide = single.astype(float64);
  check(digamma(single), digamma(wide).to_vector<double>(), 1e-6);
  check(polygamma(5, single), polygamma(5, wide).to_vector<double>(), 1e-6);
}

TEST(ElementwiseSpecial, GammaFunctionsAtPolesAndFarOut) {
  const Tensor x = tensor({0.0, -1.0, -6.0, inf, -inf, nan});
  const auto expect = [](const Tensor& y, const Values& expected) {
    const Values got = y.to_vector<double>();
    for (std::size_t i = 0; i < expected.size(); ++i)
      EXPECT_TRUE(got[i] == expected[i] || (std::isnan(got[i]) && std::isnan(expected[i]))) << i << " " << y;
  };
  expect(lgamma(x), {inf, inf, inf, inf, inf, nan});
  expect(digamma(x), {nan, nan, nan, inf, nan, nan});
  expect(polygamma(1, x), {inf, inf, inf, 0, nan, nan});
  expect(polygamma(2, x), {-inf, -inf, -inf, -0.0, nan, nan});
  EXPECT_EQ(error_of([&] { polygamma(61, x); }),
            "[polygamma] n is 61, but 0 to 60 are there: the order of the derivative.");
}

TEST(ElementwiseSpecial, ErrorFunctionFarOut) {
  const Tensor x = tensor({0.0, 6.0, 26.5, 30.0, -30.0, inf, -inf}, float64);
  const Values expected = {1, 2.1519736712498913e-17, 2.2109076642637343e-307, 0, 2, 0, 2};
  const Values got = erfc(x).to_vector<double>();
  for (std::size_t i = 0; i < got.size(); ++i) EXPECT_NEAR(got[i], expected[i], 4e-16 * expected[i]) << i;
}

TEST(ElementwiseSpecial, Logaddexp) {
  const Tensor a = tensor({0.0, 1000.0, -1000.0, inf, -inf, -inf, nan, 3.0}, float64),
               b = tensor({0.0, 1000.0, 0.0, inf, -inf, 2.0, 1.0, inf}, float64);
  const Values got = logaddexp(a, b).to_vector<double>(),
               expected = {std::log(2.0), 1000 + std::log(2.0), 0, inf, -inf, 2, nan, inf};
  for (std::size_t i = 0; i < got.size(); ++i)
    EXPECT_TRUE(std::abs(got[i] - expected[i]) < 1e-15 || got[i] == expected[i] || std::isnan(expected[i]))
        << i << " " << got[i];
  EXPECT_TRUE(std::isnan(got[6]));
}

TEST(ElementwiseSpecial, RemaindersAndQuotients) {
  const Tensor a = tensor({7.0, -7.0, 7.0, -7.0, 6.0, 1.0, 0.0}),
               b = tensor({3.0, 3.0, -3.0, -3.0, 3.0, 0.0, 2.0});
  EXPECT_EQ(floor_divide(a, b).to_vector<double>(), (Values{2, -3, -3, 2, 2, inf, 0}));
  EXPECT_EQ(floor_divide(tensor({1.0, -1.0}), inf).to_vector<double>(), (Values{0, -1}));
  EXPECT_EQ(fmod(slice(a, 0, 0, 5), slice(b, 0, 0, 5)).to_vector<double>(), (Values{1, -1, 1, -1, 0}));
  EXPECT_EQ(fmod(tensor({5.5, -5.5}), 2).to_vector<double>(), (Values{1.5, -1.5}));
  for (DType t : {int8, int16, int32, int64}) {
    const Tensor n = tensor({7, -7, 7, -7, 6, -8}, t), d = tensor({3, 3, -3, -3, 0, -1}, t);
    EXPECT_EQ(floor_divide(n, d).to_vector<int>(), (std::vector<int>{2, -3, -3, 2, 0, 8}));
    EXPECT_EQ(floor_divide(n, d).dtype(), t);
    EXPECT_EQ(fmod(n, d).to_vector<int>(), (std::vector<int>{1, -1, 1, -1, 6, 0}));
  }
  EXPECT_EQ(floor_divide(tensor({200}, uint8), 7).to_vector<int>(), (std::vector<int>{28}));
  EXPECT_NE(error_of([] { floor_divide(ones({1}, bool_), ones({1}, bool_)); }).find("[floor_divide] bool"),
            std::string::npos);
}

TEST(ElementwiseSpecial, CopysignAndXor) {
  const Tensor x = tensor({1.0, -2.0, 0.0, 3.0}), sign = tensor({-1.0, 0.0, -0.0, nan});
  const std::vector<float> y = copysign(x, sign).to_vector<float>();
  EXPECT_EQ(y[0], -1);
  EXPECT_EQ(y[1], 2);
  EXPECT_TRUE(std::signbit(y[2]));
  EXPECT_EQ(logical_xor(tensor({0, 0, 2, 3}), tensor({0.0, 0.5, 0.0, 1.0})).to_vector<int>(),
            (std::vector<int>{0, 1, 1, 0}));
  EXPECT_EQ(trunc(tensor({-3, 4})).to_vector<int>(), (std::vector<int>{-3, 4}));
}

TEST(ElementwiseSpecial, EveryDtypeViewAndEmptyTensors) {
  const std::pair<const char*, Unary> all[] = {
      {"tan", tan},     {"asin", asin},      {"acos", acos},   {"atan", atan},   {"sinh", sinh},
      {"cosh", cosh},   {"asinh", asinh},    {"acosh", acosh}, {"atanh", atanh}, {"exp2", exp2},
      {"log2", log2},   {"log10", log10},    {"cbrt", cbrt},   {"erfc", erfc},   {"lgamma", lgamma},
      {"trunc", trunc}, {"digamma", digamma}};
  const Tensor x = random_normal({5, 6});
  for (auto& [what, f] : all) {
    for (DType t : {bool_, uint8, int8, int16, int32, uint32, int64, float16, bfloat16, float32, float64}) {
      const Tensor v = ones({2, 3}, t), y = f(v), wide = f(ones({2, 3}));
      EXPECT_EQ(y.dtype(), is_floating(t) || f == static_cast<Unary>(trunc) ? t : float32) << what << name(t);
      expect_near(y, t == float16 || t == bfloat16 ? wide.astype(t) : wide, 1e-6);
    }
    for (const Tensor& v : odd_views(x))
      EXPECT_LE(relative_error(f(v).to_vector<double>(), f(x).to_vector<double>()), 0) << what;
    EXPECT_EQ(f(zeros({0, 3})).shape(), (Shape{0, 3}));
  }
}

TEST(ElementwiseSpecial, GradientsOfFirstAndSecondOrder) {
  const Tensor x = random_normal({7}), p = abs(random_normal({7})) + 0.3;
  const auto of = [](int n) { return [n](const Tensor& v) { return polygamma(n, v); }; };
  const struct {
    const char* what;
    std::function<Tensor(const Tensor&)> f;
    const Tensor& at;
  } cases[] = {
      {"exp2", exp2, x},
      {"log2", log2, p},
      {"log10", log10, p},
      {"cbrt", cbrt, p},
      {"erfc", erfc, x},
      {"lgamma", lgamma, p},
      {"digamma", digamma, p},
      {"polygamma 1", of(1), p},
      {"lgamma of negative numbers", [](const Tensor& v) { return lgamma(-v - 2.1); }, sigmoid(x) * 0.8},
      {"polygamma 3 of negative numbers", [](const Tensor& v) { return polygamma(3, v - 3.1) * 1e-3; },
       sigmoid(x) * 0.1 + 0.5},
      {"fmod", [](const Tensor& v) { return fmod(v, 2); }, p},
      {"trunc", trunc, sigmoid(x)}};
  for (auto& c : cases) {
    const auto report =
        check_gradients([&](const Tensor& v) { return c.f(v) * v; }, {c.at}, {.order = 2, .tolerance = 1e-5});
    EXPECT_TRUE(report) << c.what << "\n" << report.table;
  }
}

TEST(ElementwiseSpecial, GradientsOfTwoNumbers) {
  const Tensor a = random_normal({3, 1}), b = abs(random_normal({4})) + 0.7;
  const struct {
    const char* what;
    Binary f;
  } cases[] = {
      {"logaddexp", logaddexp}, {"copysign", copysign}, {"fmod", fmod}, {"floor_divide", floor_divide}};
  for (auto& c : cases) {
    const auto report = check_gradients([&](const Tensor& u, const Tensor& v) { return c.f(u, v) * u; },
                                        {a, b}, {.order = 2, .tolerance = 1e-5});
    EXPECT_TRUE(report) << c.what << "\n" << report.table;
  }
}

}  // namespace
}  // namespace ramie
