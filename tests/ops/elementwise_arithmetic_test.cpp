// Arithmetic against C++'s own, its special values, and its gradients.
#include <ramie/autograd/ops/elementwise.h>

#include "support/ops.h"

namespace ramie {
namespace {

using Pair = Tensor (*)(const Tensor&, const Tensor&);
const double inf = INFINITY, nan = NAN;

double python_remainder(double a, double b) {
  const double r = std::fmod(a, b);
  return r != 0 && (r < 0) != (b < 0) ? r + b : r;
}

template <class T>
void check_values() {
  struct {
    Pair op;
    double (*reference)(double, double);
  } const ops[] = {{add, [](double a, double b) { return a + b; }},
                   {subtract, [](double a, double b) { return a - b; }},
                   {multiply, [](double a, double b) { return a * b; }},
                   {divide, [](double a, double b) { return a / b; }},
                   {power, [](double a, double b) { return std::pow(a, b); }},
                   {maximum, [](double a, double b) { return a > b || a != a ? a : b; }},
                   {minimum, [](double a, double b) { return a < b || a != a ? a : b; }},
                   {remainder, python_remainder}};
  const std::vector<double> values = {0, -0.0, 1, -1, 0.5, -2.5, 3, 1e4, inf, -inf, nan};
  std::vector<T> a, b;
  for (double u : values)
    for (double v : values) a.push_back(T(float(u))), b.push_back(T(float(v)));
  const Tensor x = from_vector(a), y = from_vector(b);
  for (std::size_t k = 0; k < std::size(ops); ++k) {
    const auto got = ops[k].op(x, y).template to_vector<T>();
    for (std::size_t i = 0; i < got.size(); ++i) {
      const double want = double(convert<T>(ops[k].reference(convert<double>(a[i]), convert<double>(b[i]))));
      const double value = double(got[i]);
      const bool same = value == want || (std::isnan(value) && std::isnan(want));
      EXPECT_TRUE(same || std::abs(value - want) <= std::abs(want) * 2e-7)
          << k << " of " << double(a[i]) << ", " << double(b[i]) << " is " << value << ", not " << want;
    }
  }
}
TEST(ElementwiseArithmetic, EveryFloatingDtypeAtSpecialValues) {
  check_values<float>();
  check_values<double>();
  check_values<Half>();
  check_values<BFloat16>();
}

TEST(ElementwiseArithmetic, NanWinsOnBothSides) {
  for (Pair f : {static_cast<Pair>(maximum), static_cast<Pair>(minimum)}) {
    EXPECT_TRUE(std::isnan(f(tensor(nan), tensor(1.0)).item()));
    EXPECT_TRUE(std::isnan(f(tensor(1.0), tensor(nan)).item()));
  }
}

TEST(ElementwiseArithmetic, Integers) {
  for (DType t : {int8, int16, int32, int64}) {
    const Tensor a = tensor({7, -7, 7, -7, 0}, t), b = tensor({3, 3, -3, -3, 5}, t);
    EXPECT_EQ(remainder(a, b).to_vector<int>(), (std::vector<int>{1, 2, -2, -1, 0}));
    EXPECT_EQ((a * b).to_vector<int>(), (std::vector<int>{21, -21, -21, 21, 0}));
    EXPECT_EQ(maximum(a, b).to_vector<int>(), (std::vector<int>{7, 3, 7, -3, 5}));
    EXPECT_EQ(minimum(a, b).to_vector<int>(), (std::vector<int>{3, -7, -3, -7, 0}));
    EXPECT_EQ((a / b).dtype(), float32);
    EXPECT_EQ(power(tensor({2, -2, 1, -1, 3, 0}, t), tensor({5, 3, -4, -3, -1, 0}, t)).to_vector<int>(),
              (std::vector<int>{32, -8, 1, -1, 0, 1}));
    EXPECT_EQ(clip(a, -3, 5).to_vector<int>(), (std::vector<int>{5, -3, 5, -3, 0}));
  }
  EXPECT_EQ((tensor({3, 5}, uint8) - tensor({5, 3}, uint8)).to_vector<int>(), (std::vector<int>{254, 2}));
  // No trap: as in JAX, a remainder by zero is the dividend.
  EXPECT_EQ(remainder(tensor({5, -7}), tensor({0, 0})).to_vector<int>(), (std::vector<int>{5, -7}));
  EXPECT_EQ(remainder(tensor({std::numeric_limits<int>::min()}), -1).item<int>(), 0);
}

TEST(ElementwiseArithmetic, TruthValues) {
  const Tensor a = tensor({true, true, false, false}), b = tensor({true, false, true, false});
  EXPECT_EQ((a + b).to_vector<int>(), (std::vector<int>{1, 1, 1, 0}));
  EXPECT_EQ((a * b).to_vector<int>(), (std::vector<int>{1, 0, 0, 0}));
  EXPECT_EQ((a + b).dtype(), bool_);
  EXPECT_EQ((a - 1).to_vector<int>(), (std::vector<int>{0, 0, -1, -1}));
}

TEST(ElementwiseArithmetic, NumbersOnBothSides) {
  const Tensor x = tensor({1.0, 2.0, 4.0});
  const auto values = [](const Tensor& y) { return y.to_vector<double>(); };
  using V = std::vector<double>;
  EXPECT_EQ(values(x + 1), (V{2, 3, 5}));
  EXPECT_EQ(values(1 + x), (V{2, 3, 5}));
  EXPECT_EQ(values(x - 1), (V{0, 1, 3}));
  EXPECT_EQ(values(1 - x), (V{0, -1, -3}));
  EXPECT_EQ(values(x * 0.5), (V{0.5, 1, 2}));
  EXPECT_EQ(values(x / 2), (V{0.5, 1, 2}));
  EXPECT_EQ(values(2 / x), (V{2, 1, 0.5}));
  EXPECT_EQ(values(power(x, 2)), (V{1, 4, 16}));
  EXPECT_EQ(values(power(x, 0.5)), (V{1, std::sqrt(2.0F), 2}));
  EXPECT_EQ(values(power(2, x)), (V{2, 4, 16}));
  EXPECT_EQ(values(maximum(x, 1.5)), (V{1.5, 2, 4}));
  EXPECT_EQ(values(minimum(x, 1.5)), (V{1, 1.5, 1.5}));
  EXPECT_EQ(values(remainder(-x, 3)), (V{2, 1, 2}));
  EXPECT_EQ(values(clip(x, 1.5, 3)), (V{1.5, 2, 3}));
  EXPECT_EQ((tensor({1, 2}) + 0.5).dtype(), float32);
  EXPECT_EQ(power(tensor({3}), 2).dtype(), int32);
  EXPECT_EQ(power(tensor({4}), 0.5).to_vector<double>(), (V{2}));
}

TEST(ElementwiseArithmetic, ClipIsMinimumOfMaximumEvenWhereItIsNan) {
  const double nan = NAN, top = INFINITY;
  const std::vector<double> numbers = {nan, -top, -2, -0.0, 0.0, 0.5, 1, 3, top};
  std::vector<double> x;
  for (int i = 0; i < 5; ++i) x.insert(x.end(), numbers.begin(), numbers.end());  // vectors and a rest
  for (const DType t : {float32, float64}) {
    const Tensor v = from_vector(x).astype(t);
    for (const double low : numbers)
      for (const double high : numbers) {
        const auto found = clip(v, low, high).to_vector<double>(),
                   expected = minimum(maximum(v, low), high).to_vector<double>();
        for (std::size_t i = 0; i < x.size(); ++i)
          EXPECT_TRUE(found[i] == expected[i] || (std::isnan(found[i]) && std::isnan(expected[i])))
              << "clip(" << x[i] << ", " << low << ", " << high << ") is " << found[i];
      }
  }
}

TEST(ElementwiseArithmetic, GradientsOfFirstAndSecondOrder) {
  const Tensor a = random_normal({3, 4}), b = random_normal({4}), p = abs(random_normal({3, 1})) + 0.5;
  const CheckOptions second{.order = 2, .tolerance = 1e-5};
  const auto check = [&](auto f, const std::vector<Tensor>& x) {
    const auto report = check_gradients(f, x, second);
    EXPECT_TRUE(report) << report.table;
  };
  using T = const Tensor&;
  check([](T x, T y) { return x + y; }, {a, b});
  check([](T x, T y) { return x - y; }, {a, b});
  check([](T x, T y) { return x * y; }, {a, b});
  check([](T x, T y) { return x / y; }, {a, p});
  check([](T x, T y) { return power(x, y); }, {p, a});
  check([](T x, T y) { return maximum(x, y); }, {a, b});
  check([](T x, T y) { return minimum(x, y); }, {a, b});
  check([](T x, T y) { return remainder(x, y); }, {a, p});
  check([](T x) { return (3 - x) * 2 + x / 4 - 1; }, {a});
  check([](T x) { return 2 / x; }, {p});
  check([](T x) { return power(x, 3) + power(x, 2) + power(x, -1.5) + power(x, 0) + power(x, 1); }, {p});
  check([](T x) { return power(2, x); }, {a});
  check([](T x) { return maximum(x, 0.1) * minimum(x, 0.9); }, {a});
  check([](T x) { return remainder(x, 0.7) * x; }, {a});
  check([](T x) { return clip(x, -0.5, 0.5) * x; }, {a});
}

TEST(ElementwiseArithmetic, GradientsAtTiesAndZeros) {
  const auto gradient = [](const Tensor& x, auto f) {
    return gradients(f(x), {x}, ones_like(x))[0].template to_vector<double>();
  };
  const Tensor x = variable(tensor({-1.0, 0.0, 1.0, 2.0}));
  using V = std::vector<double>;
  EXPECT_EQ(gradient(x, [](auto& v) { return maximum(v, 1); }), (V{0, 0, 0.5, 1}));
  EXPECT_EQ(gradient(x, [](auto& v) { return minimum(v, 1); }), (V{1, 1, 0.5, 0}));
  EXPECT_EQ(gradient(x, [](auto& v) { return clip(v, 0, 1); }), (V{0, 0.5, 0.5, 0}));
  EXPECT_EQ(gradient(x, [](auto& v) { return power(v, 0); }), (V{0, 0, 0, 0}));
  EXPECT_EQ(gradient(x, [](auto& v) { return power(v, 2); }), (V{-2, 0, 2, 4}));
  EXPECT_EQ(gradient(x, [](auto& v) { return power(v, zeros_like(v)); }), (V{0, 0, 0, 0}));
  EXPECT_EQ(gradient(x, [](auto& v) { return power(0, v + 2); }), (V{0, 0, 0, 0}));
}

TEST(ElementwiseArithmetic, AConstantFactorKeepsNothingOfTheVariable) {
  const Tensor x = variable(random_normal({4})), constant = random_normal({4});
  const Tensor y = multiply(x, constant);
  int kept = 0;
  for (const Tensor& t : node(y)->saved) kept += static_cast<bool>(t);
  EXPECT_EQ(kept, 1);
}

}  // namespace
}  // namespace ramie
