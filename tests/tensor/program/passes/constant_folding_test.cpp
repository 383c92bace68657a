#include <ramie/autograd/ops/elementwise.h>
#include <ramie/autograd/ops/index.h>
#include <ramie/autograd/ops/reduce.h>
#include <ramie/autograd/ops/shape.h>
#include <ramie/tensor/random.h>

#include "tensor/program/recorded.h"

namespace ramie {
namespace {

Program folded(const Program& p) { return after(p, passes::constant_folding); }

TEST(ConstantFolding, WhatIsTheSameInEveryRunIsComputedNow) {
  const Tensor c = halves({3}), x = full({3}, 2.0);
  const Program p = record(
      [&](const List& x) {
        const Tensor e = exp(c);
        return List{x[0] + e * full({3}, 2.0), exp(x[0])};
      },
      {x});
  const Program q = folded(p);
  EXPECT_EQ(steps(p), (Names{"exp", "full", "multiply", "add", "exp"}));
  EXPECT_EQ(steps(q), (Names{"add", "exp"}));
  expect_same_results(q, p, {x});
}

TEST(ConstantFolding, ViewsOfConstants) {
  const Tensor c = halves({2, 3}), x = full({3, 1}, 2.0);
  const Program p = record(
      [&](const List& x) {
        return List{x[0] + exp(transpose(c).slice(1, 1, 2)), x[0] + exp(flip(c[1]).reshape({3, 1}))};
      },
      {x});
  EXPECT_EQ(steps(folded(p)), (Names{"add", "add"}));
  expect_same_results(folded(p), p, {x});
}

TEST(ConstantFolding, DrawsFromAConstantKeyAreConstants) {
  const Program q = folded(record([](const List&) { return List{random::normal(random::key(1), {3})}; }, {}));
  EXPECT_TRUE(q.steps.empty());
  EXPECT_EQ(difference(run(q, List{})[0], random::normal(random::key(1), {3})), "");
}

TEST(ConstantFolding, ArgumentsAndVariablesAreNotKnown) {
  const auto cell = cell_of(halves({3}));
  const Program q = folded(record(
      [&](const List& x) {
        return List{exp(x[0]), exp(get(cell))};
      },
      {halves({3})}));
  EXPECT_EQ(steps(q), (Names{"exp", "exp"}));
}

TEST(ConstantFolding, AStepThatLooksAtValuesStays) {
  const Tensor c = halves({3}), i = full({}, 1);
  EXPECT_EQ(steps(folded(record([&](const List&) { return List{take(c, i)}; }, {}))), (Names{"take"}));
}

TEST(ConstantFolding, LargeValuesAreMadeAnew) {
  const Program q = folded(record(
      [](const List& x) {
        return List{sum(x[0] + full({1 << 20}, 1.0)), full({1 << 18}, 1.0)};
      },
      {full({}, 1.0)}));
  EXPECT_EQ(q.steps[0].launch.name, std::string("full"));
  EXPECT_EQ(q.buffers[q.results[1].buffer].kind, Program::Kind::constant);
}

TEST(ConstantFolding, LeavesEarlierProgramsAlone) {
  const Program p = record([](const List& x) { return List{x[0] + exp(full({3}, 2.0))}; }, {halves({3})});
  const std::string before = str(p);
  static_cast<void>(folded(p));
  EXPECT_EQ(str(p), before);
}

}  // namespace
}  // namespace ramie
