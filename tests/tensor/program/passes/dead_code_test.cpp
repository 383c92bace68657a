#include <ramie/autograd/ops/elementwise.h>
#include <ramie/autograd/ops/index.h>
#include <ramie/autograd/ops/pool2d.h>
#include <ramie/autograd/ops/reduce.h>

#include "tensor/program/recorded.h"

namespace ramie {
namespace {

TEST(DeadCode, WhatNobodyNeedsGoes) {
  const Tensor x = halves({3});
  const Program p = record(
      [](const List& x) {
        const Tensor unused = exp(x[0]);
        static_cast<void>(sin(unused));  // nor what only that reads
        return List{cos(x[0]) * 2};
      },
      {x});
  const Program q = after(p, passes::dead_code);
  EXPECT_EQ(steps(p), (Names{"exp", "sin", "cos", "multiply"}));
  EXPECT_EQ(steps(q), (Names{"cos", "multiply"}));
  expect_same_results(q, p, {x});
}

TEST(DeadCode, ResultsAndWhatTheyReadStay) {
  const Program p = record([](const List& x) { return List{exp(sin(x[0])), x[0]}; }, {halves({3})});
  EXPECT_EQ(steps(after(p, passes::dead_code)), (Names{"sin", "exp"}));
}

TEST(DeadCode, NewStatesStay) {
  const auto cell = cell_of(halves({2})), read = cell_of(halves({2}));
  const Program p = record(
      [&](const List&) {
        set(cell, exp(get(cell)));
        static_cast<void>(sin(get(read)));
        return List{};
      },
      {});
  EXPECT_EQ(steps(after(p, passes::dead_code)), (Names{"exp"}));
}

TEST(DeadCode, AStepThatLooksAtValuesStays) {
  const Tensor x = halves({3});
  const auto f = [](const List& x) {
    static_cast<void>(take(x[0], x[1] * 1));  // an index may be wrong: what it reads is needed too
    return List{x[0] + 1};
  };
  const Program p = after(record(f, {x, full({}, 1)}), passes::dead_code);
  EXPECT_EQ(steps(p), (Names{"multiply", "take", "add"}));
  if (default_device() == cpu()) {
    EXPECT_NE(error_text([&] { run(p, {x, full({}, 9)}); }).find("[take]"), std::string::npos);
  }
}

TEST(DeadCode, AStepWithOneNeededOutputStays) {
  const Program p = record(
      [](const List& x) {
        return List{max_pool(x[0], {.window = {2, 2}})};
      },
      {halves({1, 3, 3, 1})});
  EXPECT_EQ(steps(after(p, passes::dead_code)), (Names{"max_pool"}));
}

TEST(DeadCode, AnEmptyProgram) {
  const Program p = record([](const List& x) { return x; }, {halves({2})});
  EXPECT_TRUE(after(p, passes::dead_code).steps.empty());
}

}  // namespace
}  // namespace ramie
