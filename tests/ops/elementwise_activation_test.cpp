// Activations against their definitions, at their edges, and to the third derivative.
#include <ramie/autograd/ops/elementwise.h>

#include <ramie/autograd/ops/reduce.h>

#include "support/ops.h"

namespace ramie {
namespace {

using Unary = std::function<Tensor(const Tensor&)>;
struct Activation {
  const char* name;
  Unary f;
  double (*reference)(double);
};
double sigmoid_of(double x) { return 1 / (1 + std::exp(-x)); }
const Activation activations[] = {
    {"relu", [](auto& x) { return relu(x); }, [](double x) { return x > 0 ? x : 0; }},
    {"relu6", [](auto& x) { return relu6(x); }, [](double x) { return std::clamp(x, 0.0, 6.0); }},
    {"leaky_relu", [](auto& x) { return leaky_relu(x, 0.1); }, [](double x) { return x > 0 ? x : 0.1 * x; }},
    {"elu", [](auto& x) { return elu(x, 1.5); }, [](double x) { return x > 0 ? x : 1.5 * std::expm1(x); }},
    {"sigmoid", [](auto& x) { return sigmoid(x); }, sigmoid_of},
    {"softplus", [](auto& x) { return softplus(x); }, [](double x) { return std::log1p(std::exp(x)); }},
    {"silu", [](auto& x) { return silu(x); }, [](double x) { return x * sigmoid_of(x); }},
    {"gelu", [](auto& x) { return gelu(x); },
     [](double x) { return x / 2 * (1 + std::tanh(std::sqrt(2 / M_PI) * (x + 0.044715 * x * x * x))); }},
    {"gelu_exact", [](auto& x) { return gelu(x, false); },
     [](double x) { return x / 2 * (1 + std::erf(x / std::sqrt(2))); }},
};

TEST(ElementwiseActivation, AreTheirDefinitions) {
  for (auto& a : activations) {
    const Tensor x = random_normal({1001}) * 4;
    std::vector<double> expected;
    for (double v : x.to_vector<double>()) expected.push_back(a.reference(v));
    EXPECT_LE(relative_error(a.f(x).to_vector<double>(), expected), 1e-14) << a.name;
    EXPECT_LE(relative_error(a.f(x.astype(float32)).to_vector<double>(), expected), 1e-6) << a.name;
    EXPECT_LE(relative_error(a.f(x.astype(float16)).to_vector<double>(), expected), 2e-3) << a.name;
    EXPECT_LE(relative_error(a.f(x.astype(bfloat16)).to_vector<double>(), expected), 2e-2) << a.name;
  }
}

TEST(ElementwiseActivation, FarFromZero) {
  const double far[] = {1e4, -1e4, INFINITY, -INFINITY};
  for (DType t : {float32, float64}) {
    for (double x : far) {
      const Tensor v = tensor(x, t);
      EXPECT_EQ(relu(v).item(), x > 0 ? x : 0);
      EXPECT_EQ(relu6(v).item(), x > 0 ? 6 : 0);
      EXPECT_EQ(elu(v).item(), x > 0 ? x : -1);
      EXPECT_EQ(sigmoid(v).item(), x > 0 ? 1 : 0);
      EXPECT_EQ(softplus(v).item(), x > 0 ? x : 0);
    }
    EXPECT_EQ(gelu(tensor(1e4, t)).item(), 1e4);
    EXPECT_EQ(gelu(tensor(-1e4, t)).item(), 0);
    EXPECT_EQ(silu(tensor(-1e4, t)).item(), 0);
    for (auto& a : activations)
      EXPECT_TRUE(std::isnan(a.f(tensor(static_cast<double>(NAN), t)).item())) << a.name;
  }
}

TEST(ElementwiseActivation, GradientsAtKinks) {
  const Tensor x = variable(tensor({-1.0, 0.0, 6.0, 7.0}));
  const auto gradient = [&](const Unary& f) {
    return gradients(f(x), {x}, ones({4}))[0].to_vector<double>();
  };
  using V = std::vector<double>;
  EXPECT_EQ(gradient([](auto& v) { return relu(v); }), (V{0, 0, 1, 1}));
  EXPECT_EQ(gradient([](auto& v) { return relu6(v); }), (V{0, 0, 0, 0}));
  EXPECT_EQ(gradient([](auto& v) { return leaky_relu(v, 0.5); }), (V{0.5, 1, 1, 1}));
  EXPECT_EQ(gradient([](auto& v) { return abs(v); }), (V{-1, 1, 1, 1}));
}

TEST(ElementwiseActivation, GradientsOfFirstAndSecondOrder) {
  for (auto& a : activations) {
    const Tensor x = random_normal({9}) * 2 + 0.01;
    const auto report =
        check_gradients([&](const Tensor& v) { return a.f(v); }, {x}, {.order = 2, .tolerance = 1e-5});
    EXPECT_TRUE(report) << a.name << "\n" << report.table;
  }
}

TEST(ElementwiseActivation, ThirdDerivatives) {
  for (const char* wanted : {"sigmoid", "softplus", "silu", "gelu", "gelu_exact", "elu"}) {
    const auto& a = *std::find_if(std::begin(activations), std::end(activations),
                                  [&](auto& other) { return std::string(other.name) == wanted; });
    const Unary second = [&](const Tensor& x) {
      const Tensor first = gradients(a.f(x), {x}, ones_like(x), {.create_graph = true})[0];
      return gradients(first, {x}, ones_like(x), {.create_graph = true})[0];
    };
    const double h = 1e-5;
    const Tensor x = variable(tensor({-1.3, 0.4, 0.9}, float64));
    const Tensor third = gradients(second(x), {x}, ones_like(x))[0];
    const Tensor numeric =
        (second(variable(x.detach() + h)) - second(variable(x.detach() - h))).detach() / (2 * h);
    EXPECT_LE(relative_error(third.to_vector<double>(), numeric.to_vector<double>()), 1e-6) << wanted;
  }
}

}  // namespace
}  // namespace ramie
