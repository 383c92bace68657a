#include <ramie/tensor/program/edit.h>

#include <ramie/autograd/ops/elementwise.h>
#include <ramie/autograd/ops/shape.h>

#include "tensor/program/recorded.h"

namespace ramie {
namespace {

// arg0, a = exp arg0, b = a * a; b and arg0 are results
Program example() {
  return record(
      [](const List& x) {
        const Tensor a = exp(x[0]);
        return List{a * a, x[0]};
      },
      {halves({3})});
}

TEST(Edit, WritersAndReaders) {
  const Program p = example();
  const std::uint32_t x = p.arguments[0].buffer, a = p.steps[0].out[0].buffer, b = p.steps[1].out[0].buffer;
  const auto writers = find_writers(p), readers = count_readers(p);
  EXPECT_EQ(writers[x], -1);
  EXPECT_EQ(writers[a], 0);
  EXPECT_EQ(writers[b], 1);
  EXPECT_EQ(readers[x], 2);  // a step and a result
  EXPECT_EQ(readers[a], 2);
  EXPECT_EQ(readers[b], 1);
}

TEST(Edit, NewStatesAreReaders) {
  const auto cell = cell_of(halves({3}));
  const Program p = record([&](const List&) { return set(cell, exp(get(cell))), List{}; }, {});
  EXPECT_EQ(count_readers(p)[p.steps[0].out[0].buffer], 1);
}

TEST(Edit, UndefinedOperandsAreNobodys) {
  const Program p = record([](const List& x) { return x; }, {Tensor(), halves({1})});
  EXPECT_EQ(count_readers(p), (std::vector<int>{1}));
}

TEST(Edit, RemovedStepsLeaveTheOthersInOrder) {
  Program p = record(
      [](const List& x) {
        return List{exp(x[0]), sin(x[0]), cos(x[0]), tanh(x[0])};
      },
      {halves({3})});
  remove_steps(p, {true, false, true, false});
  EXPECT_EQ(steps(p), (Names{"sin", "tanh"}));
  remove_steps(p, {true, true});
  EXPECT_TRUE(p.steps.empty());
}

TEST(Replacements, AreFollowedToTheEndAndAddTheirOffsets) {
  Replacements r(4);
  EXPECT_TRUE(r.empty());
  const Layout l(float32, {2});
  r.add(3, {2, 8, l});
  r.add(2, {1, 16, l});
  EXPECT_FALSE(r.empty());
  const Program::Operand found = r.follow({3, 4, Layout(float32, {1})});
  EXPECT_EQ(found.buffer, 1u);
  EXPECT_EQ(found.offset, 28);
  EXPECT_EQ(found.layout, Layout(float32, {1}));  // as before
  EXPECT_EQ(r.follow({0, 4, l}).buffer, 0u);
  EXPECT_EQ(r.follow({}).buffer, Program::none);
}

TEST(Replacements, ReachStepsResultsAndStates) {
  const auto cell = cell_of(halves({3}));
  Program p = record(
      [&](const List& x) {
        const Tensor a = exp(x[0]);
        set(cell, a);
        return List{sin(a), a};
      },
      {halves({3})});
  Replacements r(p.buffers.size());
  r.add(p.steps[0].out[0].buffer, p.arguments[0]);
  r.apply(p);
  EXPECT_EQ(p.steps[1].in[0].buffer, p.arguments[0].buffer);
  EXPECT_EQ(p.results[1].buffer, p.arguments[0].buffer);
  EXPECT_EQ(p.states[0].after.buffer, p.arguments[0].buffer);
}

}  // namespace
}  // namespace ramie
