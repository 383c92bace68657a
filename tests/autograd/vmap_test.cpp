// vmap against loops, nested with itself and with the derivatives.
#include <ramie/autograd/jvp.h>
#include <ramie/autograd/ops/index.h>
#include <ramie/autograd/ops/matmul.h>
#include <ramie/autograd/ops/reduce.h>
#include <ramie/autograd/ops/softmax.h>
#include <ramie/autograd/vmap.h>
#include <ramie/tensor/random.h>

#include "support/ops.h"

namespace ramie {
namespace {

// f on each row of x, one after the other.
template <class F>
Tensor loop(const F& f, const Tensor& x) {
  std::vector<Tensor> y;
  for (std::int64_t i = 0; i < x.shape(0); ++i) y.push_back(f(x[i]));
  return stack(y);
}

TEST(Vmap, AgreesWithALoop) {
  const Tensor x = random_normal({5, 3, 4}), w = random_normal({4, 2});
  const auto f = [&](const Tensor& x) {
    return sum(softmax(matmul(tanh(x), w)) * sqrt(exp(sum(x, {-1}, true))), {0}) + max(x) +
           mean(transpose(x).reshape({2, 6}), {1});
  };
  expect_near(vmap(f)(x), loop(f, x), 1e-14);
}

TEST(Vmap, MapsChosenAxes) {
  const Tensor a = random_normal({3, 5}), b = random_normal({3}), c = random_normal({2, 5, 3});
  const auto f = [](const Tensor& a, const Tensor& b, const Tensor& c) { return matmul(c, a * b); };
  const Tensor y = vmap(f, {1, not_mapped, -2}, {1})(a, b, c);
  ASSERT_EQ(y.shape(), (Shape{2, 5}));
  for (int i = 0; i < 5; ++i)
    expect_near(y.index({range(), i}), f(a.index({range(), i}), b, c.index({range(), i})));
}

TEST(Vmap, TakesAndGivesTreesOfTensors) {
  using Model = std::map<std::string, Tensor>;
  const Model m{{"w", random_normal({4, 3})}, {"b", random_normal({4})}};
  const auto f = [](const Model& m, const Tensor& x) {
    return std::tuple(sum(m.at("w") * x) + m.at("b"), std::vector{x, m.at("w")});
  };
  const Tensor x = random_normal({3});
  auto [y, parts] = vmap(f, {0, not_mapped})(m, x);
  expect_near(y, sum(m.at("w") * x, {1}) + m.at("b"));
  EXPECT_EQ(parts[0].shape(), (Shape{4, 3}));  // the same for all, repeated
  expect_near(parts[1], m.at("w"));
}

TEST(Vmap, GivesEachResultItsAxis) {
  const Tensor x = random_normal({4, 3});
  const auto f = [](const Tensor& x) { return std::pair(x, std::tuple(sum(x), x * 2)); };
  auto [a, b] = vmap(f, {0}, {1, 0})(x);
  expect_near(a, transpose(x));
  expect_near(std::get<0>(b), sum(x, {1}));
  expect_near(std::get<1>(b), x * 2);
  EXPECT_EQ(error_of([&] { vmap(f, {0}, {0, 0, 0})(x); }), "[vmap] out_axes has 3 entries for 2 results.");
}

TEST(Vmap, NestsWithItself) {
  const Tensor a = random_normal({3, 4}), b = random_normal({5, 4});
  const auto dot = [](const Tensor& x, const Tensor& y) { return sum(x * y); };
  const auto rows = [&](const Tensor& x) { return vmap([&](const Tensor& y) { return dot(x, y); })(b); };
  expect_near(vmap(rows)(a), matmul(a, transpose(b)), 1e-14);
}

TEST(Vmap, GivesPerExampleGradients) {
  const Tensor w = random_normal({4}), x = random_normal({6, 4}), y = random_normal({6});
  const auto loss = [](const Tensor& w, const Tensor& x, const Tensor& y) {
    return square(tanh(sum(w * x)) - y);
  };
  const Tensor g = vmap(grad(loss), {not_mapped, 0, 0})(w, x, y);
  ASSERT_EQ(g.shape(), (Shape{6, 4}));
  for (int i = 0; i < 6; ++i) expect_near(g[i], grad(loss)(w, x[i], y[i]), 1e-14);
  EXPECT_FALSE(g.graph());
}

TEST(Vmap, GradOfVmapOfGrad) {
  const Tensor w = random_normal({4}), x = random_normal({6, 4});
  const auto loss = [](const Tensor& w, const Tensor& x) { return sum(sin(w * x)) * sum(w); };
  const auto penalty = [&](const Tensor& w) { return sum(square(vmap(grad(loss), {not_mapped, 0})(w, x))); };
  const auto by_loop = [&](const Tensor& w) {
    Tensor total = full({}, 0, float64);
    for (int i = 0; i < 6; ++i) total = total + sum(square(grad(loss)(w, x[i])));
    return total;
  };
  expect_near(penalty(w), by_loop(w), 1e-13);
  expect_near(grad(penalty)(w), grad(by_loop)(w), 1e-13);
  expect_near(hvp(penalty, w, w), hvp(by_loop, w, w), 1e-13);
}

TEST(Vmap, OfJvpAndJvpOfVmap) {
  const Tensor x = random_normal({5, 3}), v = random_normal({5, 3});
  const auto f = [](const Tensor& x) { return sum(exp(x) * x); };
  const auto push = [&](const Tensor& x, const Tensor& v) { return jvp(f, x, v).second; };
  const Tensor expected = sum(exp(x) * (x + 1) * v, {1});
  expect_near(vmap(push)(x, v), expected, 1e-14);
  expect_near(jvp(vmap(f), x, v).second, expected, 1e-14);
  expect_near(vmap(push, {not_mapped, 0})(x[0], v), matmul(v, exp(x[0]) * (x[0] + 1)), 1e-14);
}

TEST(Vmap, BackwardReachesVariablesThatItClosesOver) {
  const Tensor w = variable(random_normal({3})), x = random_normal({4, 3});
  backward(sum(vmap([&](const Tensor& x) { return sum(w * x); })(x)));
  expect_near(w.grad(), sum(x, {0}), 1e-14);
}

TEST(Vmap, DrawsFromEachKey) {
  const Tensor keys = stack(random::split(random::key(0), 4));
  const Tensor x = vmap([](const Tensor& key) { return random::normal(key, {3}); })(keys);
  expect_near(x, loop([](const Tensor& key) { return random::normal(key, {3}); }, keys));
}

TEST(Vmap, OfNoExamples) {
  const auto f = [](const Tensor& x) { return cumsum(softmax(x * 2), 0); };
  const Tensor y = vmap(f)(zeros({0, 3}));
  EXPECT_EQ(y.shape(), (Shape{0, 3}));
}

TEST(Vmap, SaysWhichRuleRan) {
  reset_vmap_counts();
  vmap([](const Tensor& x) { return tanh(x) + x; })(zeros({3, 2}));
  const auto counts = vmap_counts();
  EXPECT_EQ(counts.at("tanh").by_rule, 1);
  EXPECT_EQ(counts.at("add").by_rule, 1);
  EXPECT_NE(str(counts).find("tanh"), std::string::npos);
}

TEST(VmapErrors, SayWhatToDo) {
  const auto f = [](const Tensor& a, const Tensor& b) { return a + b; };
  EXPECT_EQ(
      error_of([&] {
        vmap(f)(zeros({2, 3}), zeros({4, 3}));
      }),
      "[vmap] argument 1 (float32[4,3]) has length 4 along axis 0, but argument 0 has 2: all mapped axes "
      "must be as long.");
  EXPECT_EQ(error_of([&] { vmap(f)(zeros({2}), zeros({})); }),
            "[vmap] argument 1 is float32[]: it has no axis to map over. Give not_mapped for it.");
  EXPECT_EQ(error_of([&] {
              vmap(f, {not_mapped, not_mapped})(zeros({2}), zeros({2}));
            }),
            "[vmap] no argument is mapped: give at least one of them an axis.");
  EXPECT_EQ(error_of([&] {
              vmap(f, {0, 0, 0})(zeros({2}), zeros({2}));
            }),
            "[vmap] in_axes has 3 entries for 2 arguments.");
  EXPECT_EQ(
      error_of([&] { vmap([](const Tensor& x) { return x.item() > 0 ? x : -x; })(zeros({2})); }),
      "[item] float32[] is one of a batch under vmap and has no bytes of its own. Use ops, such as where "
      "instead of an if, or move this out of the vmapped function.");
  const auto cell = std::make_shared<Cell>();
  EXPECT_EQ(
      error_of([&] {
        vmap([&](const Tensor& x) {
          set(cell, x);
          return x;
        })(zeros({2}));
      }),
      "[variable] float32[] is one of a batch under vmap: a variable cannot keep it. Return it from the "
      "vmapped function instead.");
  EXPECT_EQ(error_of([&] {
              vmap([&](const Tensor& x) {
                backward(x);
                return x;
              })(zeros({2}));
            }),
            "[backward] the value is inside vmap or jvp: use grad or vjp there.");
}

TEST(Vmap, PrintsWhatStandsInside) {
  std::string text;
  vmap([&](const Tensor& x) {
    text = str(x);
    return x;
  })(tensor({1.0, 2.0}));
  EXPECT_EQ(text, "float32[] inside vmap, of [1, 2] float32[2] " + str(default_device()));
}

}  // namespace
}  // namespace ramie
