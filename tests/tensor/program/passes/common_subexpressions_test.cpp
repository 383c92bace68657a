#include <ramie/autograd/ops/elementwise.h>
#include <ramie/autograd/ops/index.h>
#include <ramie/autograd/ops/matmul.h>
#include <ramie/autograd/ops/reduce.h>
#include <ramie/autograd/ops/shape.h>
#include <ramie/tensor/random.h>

#include "tensor/program/recorded.h"

namespace ramie {
namespace {

Program merged(const Program& p) { return after(p, passes::common_subexpressions); }

TEST(CommonSubexpressions, EqualStepsRunOnce) {
  const Tensor x = halves({3});
  const Program p = record([](const List& x) { return List{exp(x[0]) * 2, exp(x[0]) * 2 + 1}; }, {x});
  const Program q = merged(p);
  EXPECT_EQ(steps(p), (Names{"exp", "multiply", "exp", "multiply", "add"}));
  EXPECT_EQ(steps(q), (Names{"exp", "multiply", "add"}));
  expect_same_results(q, p, {x});
}

TEST(CommonSubexpressions, TwoResultsMayBecomeOne) {
  const Program q = merged(record([](const List& x) { return List{exp(x[0]), exp(x[0])}; }, {halves({3})}));
  EXPECT_EQ(steps(q), (Names{"exp"}));
  EXPECT_EQ(q.results[0].buffer, q.results[1].buffer);
}

TEST(CommonSubexpressions, OtherAttributesAreOtherSteps) {
  const auto count = [](auto f) { return merged(record(f, {halves({2, 2})})).steps.size(); };
  EXPECT_EQ(count([](const List& x) { return List{x[0] * 2, x[0] * 3}; }), 2u);
  EXPECT_EQ(count([](const List& x) { return List{x[0] - 2, 2 - x[0]}; }), 2u);
  EXPECT_EQ(count([](const List& x) { return List{sum(x[0], {0}), sum(x[0], {1})}; }), 2u);
  EXPECT_EQ(count([](const List& x) { return List{sum(x[0], {0}), max(x[0], {0})}; }), 2u);
  EXPECT_EQ(count([](const List& x) { return List{x[0].astype(float64), x[0].astype(int32)}; }), 2u);
  EXPECT_EQ(count([](const List&) { return List{full({2}, 1.0), full({2}, 2.0), full({3}, 1.0)}; }), 3u);
}

TEST(CommonSubexpressions, OtherOperandsAreOtherSteps) {
  const auto count = [](auto f) { return merged(record(f, {halves({2, 2}), halves({2, 2})})).steps.size(); };
  EXPECT_EQ(count([](const List& x) { return List{exp(x[0]), exp(x[1])}; }), 2u);  // even of equal values
  EXPECT_EQ(count([](const List& x) { return List{x[0] - x[1], x[1] - x[0]}; }), 2u);
  EXPECT_EQ(count([](const List& x) { return List{exp(x[0]), exp(transpose(x[0]))}; }), 2u);
  EXPECT_EQ(count([](const List& x) { return List{exp(x[0][0]), exp(x[0][1])}; }), 2u);
  EXPECT_EQ(count([](const List& x) { return List{exp(x[0][0]), exp(x[0][0])}; }), 1u);
}

TEST(CommonSubexpressions, DrawsFromEqualKeysAlone) {
  const auto f = [](const List& x) {
    const auto keys = random::split(x[0]);
    return List{random::normal(keys[0], {4}), random::normal(keys[1], {4}), random::normal(keys[0], {4}),
                random::uniform(keys[0], {4})};
  };
  const Program p = record(f, {random::key(3)}), q = merged(p);
  EXPECT_EQ(steps(q), (Names{"split", "normal", "normal", "uniform"}));
  expect_same_results(q, p, {random::key(5)});
}

TEST(CommonSubexpressions, AVariableBeforeAndAfter) {
  const auto cell = cell_of(halves({2}));
  const Program q = merged(record(
      [&](const List&) {
        const Tensor before = exp(get(cell));
        set(cell, get(cell) * 2);
        return List{before, exp(get(cell))};
      },
      {}));
  EXPECT_EQ(steps(q), (Names{"exp", "multiply", "exp"}));
}

TEST(CommonSubexpressions, StatesMayShareAValue) {
  const auto a = cell_of(halves({2})), b = cell_of(halves({2}));
  const Program q = merged(record(
      [&](const List& x) {
        set(a, exp(x[0]));
        set(b, exp(x[0]));
        return List{};
      },
      {halves({2})}));
  EXPECT_EQ(steps(q), (Names{"exp"}));
  run(q, {full({2}, 0.0)}, {a, b});
  EXPECT_EQ(get(a).to_vector<float>(), (std::vector<float>{1, 1}));
  EXPECT_EQ(get(b).to_vector<float>(), (std::vector<float>{1, 1}));
}

TEST(CommonSubexpressions, ChecksOfTheSameValuesAreOneCheck) {
  const Program q = merged(record(
      [](const List& x) {
        return List{take(x[0], x[1]), take(x[0], x[1])};
      },
      {halves({3}), full({}, 1)}));
  EXPECT_EQ(steps(q), (Names{"take"}));
}

}  // namespace
}  // namespace ramie
