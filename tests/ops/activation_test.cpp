// Activations made of other ops: values by their definitions, gradients, kinks.
#include <ramie/autograd/ops/activation.h>

#include <ramie/autograd/ops/reduce.h>

#include "support/ops.h"

namespace ramie {
namespace {

using Values = std::vector<double>;

struct Named {
  const char* name;
  std::function<Tensor(const Tensor&)> f;
  double (*naive)(double);
  Values kinks;  // with the slope at each
};
double softplus_of(double x) { return std::max(x, 0.0) + std::log1p(std::exp(-std::abs(x))); }
double clamp(double x, double low, double high) { return std::min(std::max(x, low), high); }
const Named all[] = {
    {"selu",
     selu,
     [](double x) { return 1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * std::expm1(x)); },
     {0, 1.0507009873554805 * 1.6732632423543772}},
    {"celu",
     [](const Tensor& x) { return celu(x, 1.5); },
     [](double x) { return x > 0 ? x : 1.5 * std::expm1(x / 1.5); },
     {0, 1}},
    {"mish", mish, [](double x) { return x * std::tanh(softplus_of(x)); }, {}},
    {"log_sigmoid", log_sigmoid, [](double x) { return -softplus_of(-x); }, {0, 0.5}},
    {"soft_sign", soft_sign, [](double x) { return x / (std::abs(x) + 1); }, {0, 1}},
    {"hard_tanh", hard_tanh, [](double x) { return clamp(x, -1, 1); }, {-1, 1, 1, 1, 1.5, 0}},
    {"hard_sigmoid", hard_sigmoid, [](double x) { return clamp(x + 3, 0, 6) / 6; }, {-3, 0, 3, 0}},
    {"hard_swish", hard_swish, [](double x) { return x * clamp(x + 3, 0, 6) / 6; }, {-3, 0}},
    {"swish", swish, [](double x) { return x / (1 + std::exp(-x)); }, {0, 0.5}},
    {"squareplus",
     [](const Tensor& x) { return squareplus(x); },
     [](double x) { return (x + std::sqrt(x * x + 4)) / 2; },
     {0, 0.5}},
    {"sparse_plus",
     sparse_plus,
     [](double x) { return x <= -1  ? 0
                           : x >= 1 ? x
                                    : (x + 1) * (x + 1) / 4; },
     {-1, 0, 1, 1}},
    {"sparse_sigmoid", sparse_sigmoid, [](double x) { return clamp((x + 1) / 2, 0, 1); }, {0, 0.5}}};

TEST(Activation, AreWhatTheirDefinitionsSay) {
  expect_near(identity(tensor({-1.0, 2.0})), {-1, 2}, {2}, 0);
  const Tensor x = random_normal({50}) * 3;
  for (const auto& a : all) {
    SCOPED_TRACE(a.name);
    Values expected = x.to_vector<double>();
    for (double& v : expected) v = a.naive(v);
    expect_near(a.f(x), expected, {50}, 1e-14);
    expect_near(a.f(x.astype(float32)), expected, {50}, 1e-6);
    EXPECT_EQ(a.f(x.astype(bfloat16)).dtype(), bfloat16);
    EXPECT_EQ(a.f(zeros({0, 3})).shape(), (Shape{0, 3}));
    EXPECT_EQ(a.f(tensor({1, 2})).dtype(), std::string(a.name) == "hard_tanh" ? int32 : float32);
    EXPECT_TRUE(std::isnan(a.f(tensor({static_cast<double>(NAN)})).item()));
    for (const Tensor& v : odd_views(reshape(x, {10, 5}))) expect_near(a.f(v), expected, {10, 5}, 1e-14);
  }
}

TEST(Activation, GradientsOfFirstAndSecondOrder) {
  const Tensor x = tensor({-4.3, -2.2, -0.7, 0.4, 0.8, 1.9, 3.7}, float64);
  for (const auto& a : all) {
    const auto report =
        check_gradients([&](const Tensor& v) { return a.f(v) * v; }, {x}, {.order = 2, .tolerance = 1e-5});
    EXPECT_TRUE(report) << a.name << "\n" << report.table;
  }
}

TEST(Activation, SlopesAtKinksAreThoseOfJax) {
  for (const auto& a : all)
    for (std::size_t i = 0; i < a.kinks.size(); i += 2) {
      const Tensor x = variable(tensor(a.kinks[i], float64));
      EXPECT_NEAR(gradients(a.f(x), {x})[0].item(), a.kinks[i + 1], 1e-12) << a.name << " at " << a.kinks[i];
    }
}

TEST(Activation, StaysFiniteFarOut) {
  const Tensor x = tensor({-1000.0, 1000.0});
  EXPECT_EQ(log_sigmoid(x).to_vector<double>(), (Values{-1000, 0}));
  EXPECT_EQ(mish(x).to_vector<double>()[1], 1000);
  EXPECT_EQ(celu(x).to_vector<double>(), (Values{-1, 1000}));
}

TEST(Activation, Glu) {
  const Tensor x = tensor({{1.0, 2.0, 0.0, 0.0}, {3.0, 4.0, 0.0, 0.0}}, float64);
  expect_near(glu(x), {0.5, 1, 1.5, 2}, {2, 2});
  expect_near(glu(x, 0), {1 / (1 + std::exp(-3.0)), 2 / (1 + std::exp(-4.0)), 0, 0}, {1, 4});
  const auto report = check_gradients([](const Tensor& v) { return glu(v, 1); }, {random_normal({2, 6, 3})},
                                      {.order = 2, .tolerance = 1e-5});
  EXPECT_TRUE(report) << report.table;
  EXPECT_EQ(error_of([] {
              glu(zeros({2, 3}));
            }),
            "[glu] axis 1 of float32[2,3] has an odd length: it is to be cut in two halves.");
}

TEST(Activation, Standardize) {
  const Tensor x = random_normal({4, 5, 3}) * 2 + 7;
  const Tensor y = standardize(x, {0, -1}, 0);
  EXPECT_LT(max(abs(mean(y, {0, 2}))).item(), 1e-14);
  expect_near(var(y, {0, 2}), Values(5, 1), {5}, 1e-12);
  expect_near(standardize(x), (x - mean(x, {-1}, true)) / sqrt(var(x, {-1}, true) + 1e-5), 1e-12);
  expect_near(standardize(x, tensor(7.0), tensor(4.0), 0), (x - 7) / 2, 1e-12);
  const auto report = check_gradients([](const Tensor& v) { return standardize(v); }, {random_normal({2, 4})},
                                      {.order = 2, .tolerance = 1e-5});
  EXPECT_TRUE(report) << report.table;
}

}  // namespace
}  // namespace ramie
