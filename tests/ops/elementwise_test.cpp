// Every elementwise op against JAX's values and gradients.
#include <ramie/autograd/ops/elementwise.h>

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <map>

#include <ramie/autograd/engine.h>
#include <ramie/tensor/create.h>
#include <support/oracle.h>

namespace ramie {
namespace {

Tensor to_tensor(const oracle::Array& a) {
  const Shape shape(a.shape);
  const DType t = a.dtype == "bool" ? bool_ : a.dtype == "int32" ? int32 : float64;
  return detail::from_values(a.data, shape, t);
}

void expect_near(const Tensor& got, const oracle::Array& want) {
  ASSERT_EQ(str(got.shape()), str(Shape(want.shape)));
  EXPECT_EQ(name(got.dtype()), want.dtype);
  const auto values = got.to_vector<double>();
  for (std::size_t i = 0; i < values.size(); ++i)
    EXPECT_NEAR(values[i], want.data[i], 1e-10 * std::max(1.0, std::abs(want.data[i]))) << "element " << i;
}

using Args = std::vector<Tensor>;
using F = std::function<Tensor(const Args&, const oracle::Json&)>;
const std::map<std::string, F>& functions() {
#define UNARY(f) {#f, [](const Args& x, const oracle::Json&) { return f(x[0]); }}
#define BINARY(f) {#f, [](const Args& x, const oracle::Json&) { return f(x[0], x[1]); }}
  static const std::map<std::string, F> all = {
      UNARY(negative), UNARY(abs), UNARY(sign), UNARY(square), UNARY(exp), UNARY(expm1), UNARY(sin), UNARY(cos),
      UNARY(tanh), UNARY(sigmoid), UNARY(softplus), UNARY(erf), UNARY(relu), UNARY(relu6), UNARY(silu), UNARY(floor),
      UNARY(ceil), UNARY(round), UNARY(reciprocal), UNARY(sqrt), UNARY(rsqrt), UNARY(log), UNARY(log1p),
      UNARY(erf_inv), BINARY(add), BINARY(subtract), BINARY(multiply), BINARY(divide), BINARY(power), BINARY(maximum),
      BINARY(minimum), BINARY(remainder),
      {"where", [](const Args& x, const oracle::Json&) { return where(x[0], x[1], x[2]); }},
      {"leaky_relu", [](const Args& x, const oracle::Json& a) { return leaky_relu(x[0], a.value("negative_slope", 0.01)); }},
      {"elu", [](const Args& x, const oracle::Json& a) { return elu(x[0], a.value("alpha", 1.0)); }},
      {"gelu", [](const Args& x, const oracle::Json& a) { return gelu(x[0], a.value("approximate", true)); }},
      {"log_sigmoid", [](const Args& x, const oracle::Json&) { return -softplus(-x[0]); }},
  };
  return all;
}

void check(const oracle::Case& c) {
  Args x;
  std::vector<Tensor> wanted;
  for (std::size_t i = 0; i < c.inputs.size(); ++i) {
    x.push_back(to_tensor(c.inputs[i]));
    if (!c.gradients[i]) continue;
    x.back() = variable(x.back());
    wanted.push_back(x.back());
  }
  const Tensor y = functions().at(c.op)(x, c.attributes);
  expect_near(y, c.outputs[0]);
  if (wanted.empty()) return;
  const auto g = gradients(y, wanted, to_tensor(c.cotangents[0]));
  for (std::size_t i = 0, k = 0; i < c.inputs.size(); ++i)
    if (c.gradients[i]) expect_near(g[k++], *c.gradients[i]);
}

TEST(Elementwise, ValuesAndGradientsAreJax) {
  for (const auto& c : oracle::cases("elementwise")) {
    SCOPED_TRACE(c.op + " " + c.name);
    check(c);
  }
}

}  // namespace
}  // namespace ramie
