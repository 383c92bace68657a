// Trigonometric and hyperbolic functions: accuracy, edges, gradients.
#include <ramie/autograd/ops/elementwise.h>

#include "ops/elementwise_ulps.h"

namespace ramie {
namespace {

constexpr double inf = INFINITY, pi = 3.141592653589793;
using Values = std::vector<double>;

TEST(ElementwiseTrigonometry, WithinFourUlpEverywhere) {
  check_both(
      "tan", tan, [](Exact x) { return std::tan(x); }, 4);
  check_both(
      "asin", asin, [](Exact x) { return std::asin(x); }, 4);
  check_both(
      "acos", acos, [](Exact x) { return std::acos(x); }, 4);
  check_both(
      "atan", atan, [](Exact x) { return std::atan(x); }, 4);
  check_both(
      "sinh", sinh, [](Exact x) { return std::sinh(x); }, 4);
  check_both(
      "cosh", cosh, [](Exact x) { return std::cosh(x); }, 4);
  check_both(
      "asinh", asinh, [](Exact x) { return std::asinh(x); }, 4);
  check_both(
      "acosh", acosh, [](Exact x) { return std::acosh(x); }, 4);
  check_both(
      "atanh", atanh, [](Exact x) { return std::atanh(x); }, 4);
}

template <class T>
void check_two(const char* what, Tensor (*f)(const Tensor&, const Tensor&), Exact (*exact)(Exact, Exact),
               double limit) {
  const std::vector<T> edge = edges<T>(), some = samples<T>();
  std::vector<T> a, b;
  for (T x : edge)
    for (T y : edge) a.push_back(x), b.push_back(y);
  a.insert(a.end(), some.begin(), some.end());
  b.insert(b.end(), some.rbegin(), some.rend());
  const std::vector<T> y = f(from_vector(a), from_vector(b)).template to_vector<T>();
  for (std::size_t i = 0; i < a.size(); ++i)
    ASSERT_LE(ulps(y[i], exact(a[i], b[i])), limit)
        << what << " of " << name(dtype_of<T>()) << " " << a[i] << ", " << b[i] << ": " << y[i];
}

TEST(ElementwiseTrigonometry, OfTwoNumbersWithinFourUlpEverywhere) {
  const auto both = [](const char* what, auto f, auto exact) {
    check_two<float>(what, f, exact, 4);
    check_two<double>(what, f, exact, 4);
  };
  both("atan2", atan2, [](Exact y, Exact x) { return std::atan2(y, x); });
  both("hypot", hypot, [](Exact x, Exact y) { return std::hypot(x, y); });
}

TEST(ElementwiseTrigonometry, ValuesByHand) {
  expect_near(atan2(tensor({1, 1, -1, -1}, float64), tensor({1, -1, -1, 1}, float64)),
              {pi / 4, 3 * pi / 4, -3 * pi / 4, -pi / 4}, {4}, 1e-15);
  expect_near(hypot(tensor({3.0, 5.0, 3e200}, float64), tensor({4.0, 12.0, 4e200}, float64)), {5, 13, 5e200},
              {3}, 1e-15);
  EXPECT_EQ(acosh(tensor({1.0, 0.5, inf})).to_vector<double>()[0], 0);
  EXPECT_TRUE(std::isnan(acosh(tensor(0.5)).item()));
  EXPECT_EQ(atanh(tensor({1.0, -1.0})).to_vector<double>(), (Values{inf, -inf}));
}

TEST(ElementwiseTrigonometry, IntegersGiveFloat32AndHalfComputesInFloat) {
  EXPECT_EQ(atan(tensor({1}, int64)).dtype(), float32);
  EXPECT_EQ(hypot(tensor({3}, uint8), tensor({4}, int32)).dtype(), float32);
  const Tensor x = tensor({0.25, 0.75}, bfloat16);
  EXPECT_EQ(asin(x).to_vector<double>(), asin(x.astype(float32)).astype(bfloat16).to_vector<double>());
}

TEST(ElementwiseTrigonometry, GradientsOfFirstAndSecondOrder) {
  const Tensor x = random_normal({7}), small = random_normal({7}) * 0.2,
               large = abs(random_normal({7})) + 1.3;
  struct {
    const char* what;
    Unary f;
    const Tensor& at;
  } const cases[] = {{"tan", tan, small}, {"asin", asin, small},   {"acos", acos, small},
                     {"atan", atan, x},   {"sinh", sinh, x},       {"cosh", cosh, x},
                     {"asinh", asinh, x}, {"acosh", acosh, large}, {"atanh", atanh, small}};
  for (auto& c : cases) {
    const auto report =
        check_gradients([&](const Tensor& v) { return c.f(v) * v; }, {c.at}, {.order = 2, .tolerance = 1e-5});
    EXPECT_TRUE(report) << c.what << "\n" << report.table;
  }
  for (auto f : {static_cast<Tensor (*)(const Tensor&, const Tensor&)>(atan2), hypot}) {
    const auto report =
        check_gradients([&](const Tensor& a, const Tensor& b) { return f(a, b); },
                        {random_normal({3, 1}), random_normal({4})}, {.order = 2, .tolerance = 1e-5});
    EXPECT_TRUE(report) << report.table;
  }
}

TEST(ElementwiseTrigonometry, GradientsAtTheEdges) {
  const auto slopes = [](auto f, double a, double b) {
    const Tensor x = variable(a), y = variable(b);
    const auto g = gradients(f(x, y), {x, y});
    return Values{g[0].item(), g[1].item()};
  };
  EXPECT_EQ(slopes(hypot, 0, 0), (Values{0, 0}));
  EXPECT_EQ(slopes(hypot, 0, -2), (Values{0, -1}));
  EXPECT_EQ(slopes(atan2, 0, -2), (Values{-0.5, 0}));
  const Tensor far = variable(tensor({1e200}, float64));
  EXPECT_NEAR(gradients(atan2(far, far), {far})[0].item(), 0, 1e-210);  // the two cancel; no square overflows
}

}  // namespace
}  // namespace ramie
