#include <ramie/autograd/ops/elementwise.h>
#include <ramie/autograd/ops/index.h>
#include <ramie/autograd/ops/reduce.h>
#include <ramie/autograd/ops/shape.h>

#include "tensor/program/recorded.h"

namespace ramie {
namespace {

// Over which input each step's first output is written; -1: over none.
using Over = std::vector<int>;
Over over(const std::function<List(const List&)>& f, const List& x = {}) {
  const Program p = after(record(f, x), passes::donation);
  Over out;
  for (auto& s : p.steps) out.push_back(s.over.empty() ? -1 : s.over[0]);
  if (p.states.empty()) expect_same_results(after(p, passes::arena), record(f, x), x);
  return out;
}

TEST(Donation, AStepWritesOverWhatItReadsLast) {
  EXPECT_EQ(over([](const List& x) { return List{sum(exp(sin(x[0])))}; }, {halves({3})}), (Over{-1, 0, -1}));
}

TEST(Donation, NotOverArgumentsAndConstants) {
  const Tensor c = halves({3});
  EXPECT_EQ(over([&](const List& x) { return List{sum(exp(x[0])) + sum(exp(c))}; }, {halves({3})})[0], -1);
  EXPECT_EQ(over([&](const List& x) { return List{sum(exp(x[0])) + sum(exp(c))}; }, {halves({3})})[2], -1);
}

TEST(Donation, NotOverWhatIsReadLater) {
  const auto f = [](const List& x) {
    const Tensor y = sin(x[0]), z = exp(y);
    return List{sum(z * y)};
  };
  EXPECT_EQ(over(f, {halves({3})}),
            (Over{-1, -1, 0, -1}));  // the product, which reads both last, goes over z
}

TEST(Donation, NotOverResultsNorResultsOverAnything) {
  const auto f = [](const List& x) {
    const Tensor y = sin(x[0]);
    return List{y, sum(exp(y))};
  };
  EXPECT_EQ(over(f, {halves({3})})[1], -1);
  EXPECT_EQ(over([](const List& x) { return List{exp(sin(x[0]))}; }, {halves({3})}), (Over{-1, -1}));
}

TEST(Donation, NotInAnotherOrder) {
  const auto turned = [](const List& x) {
    const Tensor y = sin(x[0]);
    return List{sum(y + transpose(y))};
  };
  EXPECT_EQ(over(turned, {halves({3, 3})}), (Over{-1, -1, -1}));
  const auto seen = [](const List& x) { return List{sum(exp(flip(sin(x[0]))))}; };
  EXPECT_EQ(over(seen, {halves({3})}), (Over{-1, -1, -1}));
}

TEST(Donation, NotOverAPartNorAnotherDtype) {
  const auto part = [](const List& x) { return List{sum(exp(sin(x[0]).slice(0, 0, 2)))}; };
  EXPECT_EQ(over(part, {halves({3})}), (Over{-1, -1, -1}));
  const auto wider = [](const List& x) { return List{sum(sin(x[0]).astype(float64))}; };
  EXPECT_EQ(over(wider, {halves({3})}), (Over{-1, -1, -1}));
  const auto broadcast = [](const List& x) { return List{sum(sin(x[0]) + x[1])}; };
  EXPECT_EQ(over(broadcast, {halves({3}), halves({2, 3})}), (Over{-1, -1, -1}));
}

TEST(Donation, OnlyKernelsThatMayWorkInPlace) {
  EXPECT_EQ(over([](const List& x) { return List{sum(cumsum(sin(x[0]), 0))}; }, {halves({3})}),
            (Over{-1, -1, -1}));
}

TEST(Donation, AVariablesNewValueGoesOverItsOldOne) {
  const auto cell = cell_of(halves({3}));
  EXPECT_EQ(over([&](const List&) { return set(cell, get(cell) * 2), List{}; }), (Over{0}));
}

TEST(Donation, NotOverAnotherVariable) {
  const auto a = cell_of(halves({3})), b = cell_of(halves({3}));
  EXPECT_EQ(over([&](const List&) { return set(a, get(b) * 2), set(b, get(b) + 1), List{}; }), (Over{-1, 0}));
  EXPECT_EQ(over([&](const List&) { return set(a, get(b) * 2), List{}; }), (Over{-1}));
}

TEST(Donation, NotOverAVariableThatIsReadLaterOrKept) {
  const auto cell = cell_of(halves({3}));
  EXPECT_EQ(over([&](const List&) {
              const Tensor old = get(cell);
              set(cell, old * 2);
              return List{sum(old)};
            }),
            (Over{-1, -1}));
  EXPECT_EQ(over([&](const List&) {
              const Tensor old = get(cell);
              set(cell, old * 2);
              return List{old};
            }),
            (Over{-1}));
}

TEST(Donation, NotBeforeTheLastCheck) {
  const auto cell = cell_of(halves({3}));
  const Tensor i = full({}, 1);
  const auto late = [&](const List& x) {
    set(cell, get(cell) * 2);
    return List{take(x[0], x[1])};
  };
  EXPECT_EQ(over(late, {halves({3}), i}), (Over{-1, -1}));
  const auto early = [&](const List& x) {
    const Tensor y = take(x[0], x[1]);
    set(cell, get(cell) * 2);
    return List{y};
  };
  EXPECT_EQ(over(early, {halves({3}), i}), (Over{-1, 0}));
}

TEST(Donation, AFailedCheckLeavesTheVariableAsItWas) {
  if (default_device() != cpu()) GTEST_SKIP() << "there the next synchronisation reports it";
  const auto cell = cell_of(halves({2}) * 1);
  Program p = record(
      [&](const List& x) {
        set(cell, get(cell) * 2);
        return List{take(x[0], x[1])};
      },
      {halves({3}), full({}, 1)});
  run_passes(p, all_passes());
  EXPECT_NE(error_text([&] { run(p, {halves({3}), full({}, 9)}, {cell}); }), "");
  EXPECT_EQ(get(cell).to_vector<float>(), (std::vector<float>{1, 2}));
}

}  // namespace
}  // namespace ramie
