#include <ramie/nn/transforms.h>

#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <ramie/autograd/ops/loss.h>
#include <ramie/autograd/ops/reduce.h>
#include <ramie/nn/dropout.h>
#include <ramie/nn/linear.h>
#include <ramie/nn/norm.h>
#include <ramie/nn/sequential.h>

#include "support/ops.h"

namespace ramie::nn {
namespace {

struct Net : Module<Net> {
  Linear linear1, linear2;
  BatchNorm norm;
  explicit Net(Rngs& rngs) : linear1(2, 3, rngs), linear2(3, 1, rngs), norm(3, rngs) {}
  Tensor operator()(const Tensor& x) { return linear2(norm(linear1(x))); }
  using fields = Fields<&Net::linear1, &Net::linear2, &Net::norm>;
};
Net net() {
  Rngs rngs(0);
  return Net(rngs);
}
Tensor input() { return tensor({{1.0, 2.0}, {3.0, 5.0}, {-1.0, 0.5}}); }

Tensor loss_of(Net& model, const Tensor& x) { return mean(square(model(x))); }

// One number p, whose loss is p^3.
struct Cube : Module<Cube> {
  Param p{tensor(2.0, float64)};
  using fields = Fields<&Cube::p>;
};
Tensor cube(const Cube& m) { return m.p * m.p * m.p; }

struct Tied : Module<Tied> {
  Param a{tensor(3.0)}, b = a;
  using fields = Fields<&Tied::a, &Tied::b>;
};

void expect_equal(const State& a, const State& b) {
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    EXPECT_EQ(a[i].first, b[i].first);
    EXPECT_EQ(a[i].second.to_vector<double>(), b[i].second.to_vector<double>()) << a[i].first;
  }
}

TEST(ValueAndGrad, GivesTheLossAndAGradientForEachParameter) {
  const Cube model;
  auto [loss, grads] = nn::value_and_grad(cube)(model);
  EXPECT_EQ(loss.item(), 8);
  ASSERT_EQ(grads.size(), 1u);
  EXPECT_EQ(grads.at("p").item(), 12);
}

TEST(ValueAndGrad, GradientsHaveTheParametersPathsAndLayouts) {
  Net model = net();
  auto [loss, grads] = nn::value_and_grad(loss_of)(model, input());
  const State params = state(model, is<Param>);
  ASSERT_EQ(grads.size(), params.size());
  for (std::size_t i = 0; i < grads.size(); ++i) {
    EXPECT_EQ(grads[i].first, params[i].first);
    EXPECT_TRUE(grads[i].second.layout().same(params[i].second.layout()));
  }
}

// Against differences of the loss.
TEST(ValueAndGrad, GradientsAreRight) {
  Net model = net();
  for (auto& f : variables(model)) f.variable->store(f.variable->value().astype(float64));
  const Tensor x = input().astype(float64);
  auto [loss, grads] = nn::value_and_grad(loss_of)(model, x);
  for (auto& [path, g] : grads) {
    const Tensor value = state(model).at(path), direction = random_normal(value.shape());
    auto loss_at = [&](double step) {
      update(model, State{{path, value + direction * step}});
      return loss_of(model, x).item();
    };
    const double slope = (loss_at(1e-5) - loss_at(-1e-5)) / 2e-5;
    EXPECT_NEAR(sum(g * direction).item(), slope, 1e-6) << path;
    update(model, State{{path, value}});
  }
}

TEST(ValueAndGrad, APairsSecondIsTheAux) {
  Net model = net();
  auto loss_fn = [](Net& m, const Tensor& x) {
    Tensor y = m(x);
    return std::pair{mean(square(y)), y};
  };
  auto [loss, y, grads] = nn::value_and_grad(loss_fn)(model, input());
  EXPECT_NEAR(loss.item(), mean(square(y)).item(), 1e-6);
  EXPECT_EQ(y.graph(), nullptr);
  EXPECT_EQ(loss.graph(), nullptr);
  auto named = [](const Cube& m) { return std::pair{cube(m), std::string("note")}; };
  EXPECT_EQ(std::get<1>(nn::value_and_grad(named)(Cube())), "note");
}

TEST(ValueAndGrad, WrtChoosesTheVariables) {
  Net model = net();
  auto [loss, grads] = nn::value_and_grad(loss_of, path_contains("linear2"))(model, input());
  ASSERT_EQ(grads.size(), 2u);
  EXPECT_EQ(grads[0].first, "linear2.kernel");
  auto [same, all] = nn::value_and_grad(loss_of)(model, input());
  expect_near(grads[0].second, all.at("linear2.kernel"), 1e-6);
}

TEST(ValueAndGrad, WhatTheLossDoesNotUseHasAGradientOfZeros) {
  Net model = net();
  auto [loss, grads] = nn::value_and_grad([](Net& m) { return sum(m.linear1.kernel); })(model);
  expect_near(grads.at("linear1.kernel"), std::vector<double>(6, 1), {2, 3});
  expect_near(grads.at("linear2.kernel"), std::vector<double>(3, 0), {3, 1});
}

TEST(ValueAndGrad, ATiedVariableHasOneGradient) {
  auto [loss, grads] = nn::value_and_grad([](const Tied& m) { return m.a * m.b; })(Tied());
  ASSERT_EQ(grads.size(), 1u);
  EXPECT_EQ(grads.at("a").item(), 6);  // of a^2
}

TEST(ValueAndGrad, LeavesTheParametersAsTheyAre) {
  Net model = net();
  const State before = state(model, is<Param>);
  nn::value_and_grad(loss_of)(model, input());
  const State after = state(model, is<Param>);
  expect_equal(after, before);
  for (auto& [path, value] : after) EXPECT_EQ(value.graph(), nullptr);
}

TEST(ValueAndGrad, StatisticsMoveWithoutAGraph) {
  Net model = net();
  nn::value_and_grad(loss_of)(model, input());
  EXPECT_EQ(model.norm.mean.value().graph(), nullptr);
  EXPECT_NE(model.norm.mean.value().to_vector<double>(), std::vector<double>(3, 0));
}

TEST(ValueAndGrad, ALossThatThrowsChangesNothing) {
  Net model = net();
  Dropout dropout = [] {
    Rngs rngs(0);
    return Dropout(0.5, rngs);
  }();
  const State before = state(model), rng = state(dropout);
  auto loss_fn = [&](Net& m) -> Tensor {
    m(dropout(input()));
    throw std::runtime_error("no loss");
  };
  EXPECT_THROW(nn::value_and_grad(loss_fn)(model), std::runtime_error);
  expect_equal(state(model), before);
  expect_equal(state(dropout), rng);
  EXPECT_NO_THROW(nn::value_and_grad(loss_of)(model, input()));
}

TEST(ValueAndGrad, ErrorsTellTheWayOut) {
  Net model = net();
  const State before = state(model);
  EXPECT_EQ(
      error_of([&] { nn::value_and_grad([](Net& m, const Tensor& x) { return m(x); })(model, input()); }),
      "[value_and_grad] the function's value is float32[3,1]: it must be one floating number. Reduce "
      "it (sum, mean), "
      "or use vjp.");
  expect_equal(state(model), before);  // the statistics are back, too
  EXPECT_EQ(error_of([&] { nn::value_and_grad(loss_of, path_contains("conv"))(model, input()); }),
            "[value_and_grad] the filter takes no variable of the model.");
  Rngs rngs(0);
  Dropout dropout(0.5, rngs);
  EXPECT_EQ(error_of([&] { nn::value_and_grad([](Dropout& m) { return sum(m(input())); }, rest)(dropout); }),
            "[value_and_grad] 'rng.key' (RngKey) is uint32[2]: only floating variables have a gradient. "
            "Choose others with "
            "wrt.");
}

TEST(ValueAndGrad, NestsForHigherDerivatives) {
  const Cube model;
  auto slope = [](const Cube& m) { return nn::value_and_grad(cube)(m); };  // p^3, 3 p^2
  auto [grads, second] = std::pair(slope(model), nn::value_and_grad([&](const Cube& m) {
                                     auto [value, g] = slope(m);
                                     return value + g.at("p");
                                   })(model));
  EXPECT_EQ(std::get<1>(grads).at("p").item(), 12);
  EXPECT_EQ(std::get<0>(second).item(), 8 + 12);
  EXPECT_EQ(std::get<1>(second).at("p").item(), 12 + 12);  // 3 p^2 + 6 p
  auto third = nn::value_and_grad([&](const Cube& m) {
    return std::get<1>(nn::value_and_grad([&](const Cube& n) { return std::get<1>(slope(n)).at("p"); })(m))
        .at("p");
  })(model);
  EXPECT_EQ(std::get<1>(third).at("p").item(), 6);
}

TEST(ValueAndGrad, NestsOverTwoModels) {
  const Cube outer, inner;
  auto f = [&](const Cube& a) {  // d/db (a b^3) = 3 a b^2, and its slope by a is 3 b^2
    auto [value, g] = nn::value_and_grad([&](const Cube& b) { return a.p * cube(b); })(inner);
    return g.at("p");
  };
  auto [value, grads] = nn::value_and_grad(f)(outer);
  EXPECT_EQ(value.item(), 24);
  EXPECT_EQ(grads.at("p").item(), 12);
}

TEST(ValueAndGrad, AnAssignmentInsideIsSeenAndStays) {
  Cube model;
  auto [loss, grads] = nn::value_and_grad([](Cube& m) {
    Tensor before = cube(m);
    m.p = tensor(5.0, float64);
    return before * m.p;
  })(model);
  EXPECT_EQ(loss.item(), 40);
  EXPECT_EQ(grads.at("p").item(), 60);  // the new value is a constant
  EXPECT_EQ(model.p.value().item(), 5);
}

// Another thread that runs the model meanwhile sees the stored values, and records nothing.
TEST(ValueAndGrad, InferenceMayRunBesideIt) {
  Rngs rngs(0);
  const Linear model(2, 3, rngs);
  const auto expected = model(input()).to_vector<float>();
  std::atomic<bool> inside = false, done = false;
  std::vector<float> seen;
  bool recorded = true;
  std::thread other([&, device = default_device()] {
    const DeviceScope on(device);
    while (!inside) std::this_thread::yield();
    const Tensor y = model(input());
    seen = y.to_vector<float>();
    recorded = y.graph() != nullptr;
    done = true;
  });
  auto [loss, grads] = nn::value_and_grad([&](const Linear& m) {
    inside = true;
    while (!done) std::this_thread::yield();
    return sum(m(input()));
  })(model);
  other.join();
  EXPECT_EQ(seen, expected);
  EXPECT_FALSE(recorded);
}

TEST(ValueAndGrad, RecordsUnderNoGradToo) {
  NoGrad guard;
  auto [loss, grads] = nn::value_and_grad(cube)(Cube());
  EXPECT_EQ(grads.at("p").item(), 12);
}

TEST(ValueAndGrad, ReachesInsideSequential) {
  Rngs rngs(0);
  Sequential model(Linear(2, 3, rngs), relu, Linear(3, 1, rngs));
  auto [loss, grads] = nn::value_and_grad([](Sequential& m) { return mean(square(m(input()))); })(model);
  EXPECT_EQ(grads.size(), 4u);
  EXPECT_EQ(grads[0].first, "layers.0.kernel");
}

TEST(Grad, IsTheGradientAlone) {
  const Cube model;
  EXPECT_EQ(nn::grad(cube)(model).at("p").item(), 12);
  auto [grads, aux] = nn::grad([](const Cube& m) { return std::pair{cube(m), 7}; })(model);
  EXPECT_EQ(grads.at("p").item(), 12);
  EXPECT_EQ(aux, 7);
}

}  // namespace
}  // namespace ramie::nn
