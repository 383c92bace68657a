// Forward mode against hand-worked values, against reverse mode, and nested with it.
#include <ramie/autograd/jvp.h>
#include <ramie/autograd/ops/index.h>
#include <ramie/autograd/ops/matmul.h>
#include <ramie/autograd/ops/reduce.h>
#include <ramie/autograd/ops/softmax.h>

#include "support/ops.h"

namespace ramie {
namespace {

Tensor number(double x) { return full({}, x, float64); }

TEST(Jvp, PushesATangentThroughAProduct) {
  const auto f = [](const Tensor& x) { return x * x * x; };
  auto [y, dy] = jvp(f, number(2), number(10));
  EXPECT_EQ(y.item(), 8);
  EXPECT_EQ(dy.item(), 120);
  EXPECT_FALSE(y.graph());
  EXPECT_FALSE(dy.graph());
}

TEST(Jvp, TakesSeveralArgumentsAndGivesSeveralResults) {
  const auto f = [](const Tensor& a, const std::vector<Tensor>& b) {
    return std::pair(a * b[0], std::map<std::string, Tensor>{{"s", sin(b[1])}, {"n", argmax(b[1], 0)}});
  };
  const std::tuple x(number(3), std::vector{number(4), tensor({0.5, 1.0}, float64)});
  const std::tuple v(number(1), std::vector{number(2), Tensor()});
  auto [y, dy] = jvp(f, x, v);
  EXPECT_EQ(y.first.item(), 12);
  EXPECT_EQ(dy.first.item(), 4 + 6);
  EXPECT_EQ(y.second["n"].item(), 1);
  EXPECT_FALSE(dy.second["n"]);
  expect_near(dy.second["s"], {0, 0}, {2});
}

TEST(Jvp, ControlFlowReadsTheValue) {
  const auto f = [](const Tensor& x) { return x.item() > 0 ? x * 2 : x * 3; };
  EXPECT_EQ(jvp(f, number(1), number(1)).second.item(), 2);
  EXPECT_EQ(jvp(f, number(-1), number(1)).second.item(), 3);
}

TEST(Jvp, AgreesWithReverseModeThroughManyOps) {
  const Tensor x = random_normal({3, 4}), v = random_normal({3, 4}), w = random_normal({4, 5});
  const auto f = [&](const Tensor& x) {
    const Tensor h = softmax(matmul(tanh(x), w)) + 1.0;
    return sum(log(h) * concatenate({slice(x, 1, 0, 2), x.slice(1, 1, 4)}, 1), {0}) +
           max(take(x, tensor({2, 0}, int32), 0), {0, 1}) + sum(where(x > 0, x * x, -x));
  };
  auto [y, dy] = jvp(f, x, v);
  auto [value, pullback] = vjp(f, x);
  const Tensor u = random_normal(y.shape());
  EXPECT_LE(std::abs(sum(u * dy).item() - sum(pullback(u) * v).item()), 1e-12);
  expect_near(y, value);
}

TEST(Jvp, NestsWithItself) {
  const auto f = [](const Tensor& x) { return sin(x); };
  const auto d = [](const auto& f) {
    return [f](const Tensor& x) { return jvp(f, x, ones_like(x)).second; };
  };
  const Tensor x = number(0.7);
  EXPECT_NEAR(d(f)(x).item(), std::cos(0.7), 1e-15);
  EXPECT_NEAR(d(d(f))(x).item(), -std::sin(0.7), 1e-15);
  EXPECT_NEAR(d(d(d(f)))(x).item(), -std::cos(0.7), 1e-15);
}

TEST(Jvp, NestsWithGrad) {
  const auto f = [](const Tensor& x) { return sum(x * x * x); };
  const Tensor x = tensor({1.0, 2.0}, float64), v = tensor({10.0, 1.0}, float64);
  expect_near(hvp(f, x, v), {60, 12}, {2});
  const auto slope = [&](const Tensor& x) { return jvp(f, x, v).second; };  // sum 3 x^2 v
  expect_near(grad(slope)(x), {60, 12}, {2});
  const auto third = [&](const Tensor& x) { return sum(grad(slope)(x)); };  // sum 6 x v
  expect_near(jvp(third, x, v).second, number(6 * 100 + 6));
  expect_near(grad(third)(x), {60, 6}, {2});
}

TEST(Jvp, DoesNotConfusePerturbations) {
  // d/dx (x d/dy (x + y)) = 1 at y = 1; a single tangent for both would give 2.
  const auto inner = [](const Tensor& x) {
    const auto plus = [x](const Tensor& y) { return x + y; };
    return x * jvp(plus, number(1), number(1)).second;
  };
  EXPECT_EQ(jvp(inner, number(1), number(1)).second.item(), 1);
  EXPECT_EQ(grad(inner)(number(1)).item(), 1);
  const auto mixed = [](const Tensor& x) {
    return x * grad([x](const Tensor& y) { return x + y; })(number(1));
  };
  EXPECT_EQ(jvp(mixed, number(1), number(1)).second.item(), 1);
  EXPECT_EQ(grad(mixed)(number(1)).item(), 1);
}

TEST(Jvp, AClosedOverVariableIsAConstantOfTheTangent) {
  const Tensor w = variable(number(3));
  auto [y, dy] = jvp([&](const Tensor& x) { return w * x * x; }, number(2), number(1));
  EXPECT_EQ(dy.item(), 12);
  backward(dy);  // d(2 w x)/dw
  EXPECT_EQ(w.grad().item(), 4);
}

TEST(Jvp, StopGradientStopsTangents) {
  const auto f = [](const Tensor& x) { return x * stop_gradient(x); };
  EXPECT_EQ(jvp(f, number(3), number(1)).second.item(), 3);
}

TEST(Linearize, RunsTheFunctionOnce) {
  int runs = 0;
  const auto f = [&](const Tensor& x) {
    ++runs;
    return std::pair(sin(x), x * x);
  };
  const Tensor x = tensor({0.3, 2.0}, float64);
  auto [y, push] = linearize(f, x);
  for (const Tensor& v : {tensor({1.0, 0.0}, float64), tensor({0.0, 5.0}, float64)}) {
    const auto dy = push(v);
    expect_near(dy.first, cos(x) * v);
    expect_near(dy.second, 2 * x * v);
    EXPECT_FALSE(dy.first.graph());
  }
  EXPECT_EQ(runs, 1);
  expect_near(y.first, sin(x));
}

TEST(Linearize, NestsInGrad) {
  const auto f = [](const Tensor& x) {
    auto [y, push] = linearize([](const Tensor& z) { return z * z * z; }, x);
    return push(x) + y;  // 3 x^3 + x^3
  };
  EXPECT_NEAR(grad(f)(number(2)).item(), 48, 1e-12);
}

TEST(JvpErrors, SayWhatDoesNotFit) {
  const auto f = [](const Tensor& x) { return x; };
  const std::string on = str(default_device());
  EXPECT_EQ(error_of([&] { jvp(f, zeros({2}), zeros({3})); }),
            "[jvp] the tangent of primal 0 is float32[3] on " + on + ", but the primal is float32[2] on " +
                on + ".");
}

}  // namespace
}  // namespace ramie
