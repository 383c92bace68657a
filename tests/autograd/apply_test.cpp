#include <gtest/gtest.h>

#include <autograd/toys.h>
#include <support/error.h>

namespace ramie {
namespace {

double gradient(const Tensor& y, const Tensor& x) { return gradients(y, {x})[0].item(); }

TEST(Apply, RecordsOnlyWhatAGradientFlowsThrough) {
  const Tensor plain = full({}, 2.0), x = variable(2.0);
  EXPECT_FALSE(toy::cube(plain).graph());
  const Tensor y = toy::cube(x);
  ASSERT_TRUE(y.graph());
  EXPECT_STREQ(y.graph()->op(), "cube");
  EXPECT_EQ(node(y)->saved.size(), 1u);
  EXPECT_EQ(node(y)->edges.size(), 1u);
  EXPECT_EQ(node(y)->edges[0].get(), node(x));
  EXPECT_FALSE(no_grad([&] { return toy::cube(x); }).graph());
  EXPECT_FALSE(x.astype(int32).graph());
  EXPECT_FALSE((x > 1.0).graph());
}

TEST(Apply, TheRuleGetsCotangentAndSavedTensors) {
  const Tensor x = variable(2.0);
  EXPECT_EQ(gradient(toy::cube(x), x), 12);
  EXPECT_NEAR(gradient(toy::exponential(x), x), std::exp(2.0), 1e-6);
}

TEST(Apply, TheRuleIsToldWhichGradientsAreWanted) {
  static std::vector<bool> told;
  const auto op = [](const Tensor& a, const Tensor& b) {
    return apply("op", {a, b},
                 Forward{[](auto& u, auto&) { return toy::map([](double v) { return v; }, u); }},
                 Vjp{[](auto& dy, Needs needs) {
                   told = {needs[0], needs[1]};
                   return Grads{needs[0] ? dy : Tensor(), needs[1] ? dy : Tensor()};
                 }});
  };
  const Tensor x = variable(1.0), y = variable(1.0), plain = full({}, 1.0);
  gradient(op(x, plain), x);
  EXPECT_EQ(told, (std::vector{true, false}));
  gradient(op(plain, x), x);
  EXPECT_EQ(told, (std::vector{false, true}));
  gradient(op(x, y), x);
  EXPECT_TRUE(told[0]);
  backward(op(x, y));
  EXPECT_EQ(told, (std::vector{true, true}));
}

TEST(Apply, ASavedOutputDoesNotOwnItself) {
  const std::size_t before = memory_stats().in_use;
  { const Tensor y = toy::exponential(toy::exponential(variable(0.5))); }
  {
    const Tensor x = variable(0.5), y = toy::exponential(x);
    const Tensor dy = gradients(y, {x}, {.create_graph = true})[0];
    gradients(dy, {x}, {.create_graph = true});
  }
  EXPECT_EQ(memory_stats().in_use, before);
}

TEST(Apply, HigherDerivativesGoThroughASavedOutput) {
  const Tensor x = variable(full({}, 0.5, float64));
  Tensor y = toy::exponential(x * 2.0);
  for (int order = 1; order <= 4; ++order) {
    y = gradients(y, {x}, {.create_graph = true})[0];
    EXPECT_NEAR(y.item(), std::pow(2, order) * std::exp(1.0), 1e-12) << order;
  }
}

// The result of such an op is a value of its own: the input's node, or its lack of one, stays.
TEST(Apply, AForwardMayPassItsInputThrough) {
  const auto second = [](const Tensor& a, const Tensor& b) {
    return apply("second", {a, b}, Forward{[](auto&, auto& v) { return v; }}, Vjp{[](auto& dy) {
                   return Grads{zeros_like(dy), dy};
                 }});
  };
  const Tensor plain = full({}, 5.0), x = variable(2.0);
  const Tensor y = second(x, plain), z = second(plain, x);
  EXPECT_FALSE(plain.graph());
  EXPECT_STREQ(x.graph()->op(), "variable");
  EXPECT_STREQ(y.graph()->op(), "second");
  EXPECT_EQ(y.view().data, plain.view().data);
  EXPECT_EQ(gradient(z, x), 1);
  EXPECT_TRUE(second(plain, plain).same(plain));
}

// ---- errors ----------------------------------------------------------------------------------------------

TEST(ApplyError, AnOpWithoutARuleIsNamed) {
  const Tensor x = variable(1.0);
  const Tensor y =
      apply("step", {x}, Forward{[](auto& v) { return toy::map([](double u) { return u; }, v); }});
  EXPECT_EQ(error_text([&] { backward(y); }),
            "[step] this op has no gradient rule: use stop_gradient on its input, or give it a vjp.");
}

template <class V>
std::string error_of(V rule) {
  const Tensor x = variable(zeros({2, 3}));
  return error_text([&] { backward(toy::identity("op", x, Vjp{rule}), ones({2, 3})); });
}

TEST(ApplyError, AWrongGradientIsNamedWithBothLayouts) {
  EXPECT_EQ(error_of([](auto&) {
              return Grads{zeros({3, 2})};
            }),
            "[op] the gradient of input 0 should be float32[2,3], but the rule gave float32[3,2].");
  EXPECT_EQ(error_of([](auto& dy) { return Grads{astype(dy, float64)}; }),
            "[op] the gradient of input 0 should be float32[2,3], but the rule gave float64[2,3].");
  EXPECT_EQ(error_of([](auto&) { return Grads{Tensor()}; }),
            "[op] the gradient of input 0 should be float32[2,3], but the rule gave none.");
  EXPECT_EQ(error_of([](auto& dy) {
              return Grads{dy, dy};
            }),
            "[op] the gradient rule gave 2 gradients for 1 inputs.");
  EXPECT_EQ(error_of([](auto&) { return Grads{}; }), "[op] the gradient rule gave 0 gradients for 1 inputs.");
}

// ---- any number of inputs --------------------------------------------------------------------------------

Tensor total(const std::vector<Tensor>& x) {  // the sum, weighted by 1, 2, 3...
  const auto weighted = [](std::span<const Tensor> x) {
    Tensor y = zeros_like(x[0]);
    for (std::size_t i = 0; i < x.size(); ++i) y = y + x[i] * static_cast<double>(i + 1);
    return y;
  };
  const auto forward = [weighted](std::span<const Tensor> x) {
    const NoGrad guard;
    return weighted(x);
  };
  const auto pull = [n = x.size()](const Tensor& dy, Needs needs) {
    std::vector<Tensor> g(n);
    for (std::size_t i = 0; i < n; ++i)
      if (needs[static_cast<int>(i)]) g[i] = dy * static_cast<double>(i + 1);
    return Grads(std::move(g));
  };
  return apply_all("total", x, forward, pull, weighted);
}

TEST(ApplyAll, GivesEachInputItsGradient) {
  const Tensor a = variable(1.0), plain = full({}, 1.0), b = variable(1.0);
  const Tensor y = total({a, plain, b, a});
  EXPECT_STREQ(y.graph()->op(), "total");
  const auto g = gradients(y, {a, b});
  EXPECT_EQ(g[0].item(), 1 + 4);
  EXPECT_EQ(g[1].item(), 3);
  EXPECT_FALSE(total({plain}).graph());
  EXPECT_FALSE(no_grad([&] { return total({a}); }).graph());
}

TEST(ApplyAll, TakesMoreInputsThanAWordHasBits) {
  std::vector<Tensor> x;
  for (int i = 0; i < 200; ++i) x.push_back(i % 2 ? variable(1.0) : full({}, 1.0));
  backward(total(x));
  for (int i = 0; i < 200; ++i) {
    if (i % 2)
      EXPECT_EQ(x[static_cast<std::size_t>(i)].grad().item(), i + 1);
    else
      EXPECT_FALSE(x[static_cast<std::size_t>(i)].graph());
  }
}

}  // namespace
}  // namespace ramie
