#include <ramie/tensor/program/executable.h>

#include <ramie/autograd/ops/elementwise.h>
#include <ramie/autograd/ops/index.h>
#include <ramie/autograd/ops/matmul.h>
#include <ramie/autograd/ops/reduce.h>
#include <ramie/autograd/ops/shape.h>

#include "tensor/program/recorded.h"

namespace ramie {
namespace {

using Floats = std::vector<float>;
using Cells = std::vector<std::shared_ptr<Cell>>;
Floats floats(const Tensor& x) { return x.to_vector<float>(); }

// One program, ready, for several runs.
class Ready {
 public:
  explicit Ready(Program p, Cells cells = {})
      : cells_(std::move(cells)), executable_(std::make_shared<const Program>(std::move(p))) {}
  List operator()(const List& x = {}) {
    std::vector<const Tensor*> pointers;
    std::vector<Cell*> raw;
    for (auto& a : x) pointers.push_back(&a);
    for (auto& c : cells_) raw.push_back(c.get());
    List results(executable_.program().results.size());
    executable_.run(pointers, raw, results);
    return results;
  }

 private:
  Cells cells_;
  Executable executable_;
};
Program planned(Program p) {
  passes::donation(p);
  passes::arena(p);
  return p;
}

TEST(Executable, RunsOnOtherArguments) {
  const Program p = record([](const List& x) { return List{relu(x[0] * 2 + 1)}; }, {halves({3})});
  for (auto& program : {p, planned(p)}) {
    Ready ready(program);
    EXPECT_EQ(floats(ready({from_vector<float>({-3, 0, 3})})[0]), (Floats{0, 1, 7}));
    EXPECT_EQ(floats(ready({from_vector<float>({1, -1, 10})})[0]), (Floats{3, 0, 21}));
  }
}

TEST(Executable, ResultsAreTheCallers) {
  Ready ready(planned(record([](const List& x) { return List{x[0] * x[0]}; }, {halves({3})})));
  const Tensor a = ready({full({3}, 2.0)})[0], b = ready({full({3}, 3.0)})[0];
  EXPECT_EQ(floats(a), (Floats{4, 4, 4}));
  EXPECT_EQ(floats(b), (Floats{9, 9, 9}));
}

TEST(Executable, ResultsThatAreThereAnyway) {
  const Tensor c = halves({2, 2});
  const auto cell = cell_of(full({2}, 7.0));
  const Program p = record(
      [&](const List& x) {
        const Tensor y = x[0] * 2;
        return List{x[0], transpose(x[0]), c, c[1], get(cell), y, y, y.slice(1, 1, 2), flip(y)};
      },
      {halves({2, 2})});
  Ready ready(p, {cell});
  const Tensor x = full({2, 2}, 1.0) + arange(2);
  const List y = ready({x});
  EXPECT_TRUE(y[0].same(x));
  EXPECT_EQ(floats(y[1]), (Floats{1, 1, 2, 2}));
  EXPECT_EQ(floats(y[2]), floats(c));
  EXPECT_EQ(floats(y[3]), (Floats{1.5, 2}));
  EXPECT_EQ(floats(y[4]), (Floats{7, 7}));
  EXPECT_EQ(floats(y[5]), (Floats{2, 4, 2, 4}));
  EXPECT_EQ(y[5].view().data, y[6].view().data);
  EXPECT_EQ(floats(y[7]), (Floats{4, 4}));
  EXPECT_EQ(floats(y[8]), (Floats{4, 2, 4, 2}));
}

TEST(Executable, ArgumentsOfAnyStrides) {
  const auto f = [](const List& x) { return List{x[0].slice(1, 1, 3) + 1}; };
  const Tensor base = halves({3, 2});
  Ready ready(record(f, {transpose(base)}));
  EXPECT_EQ(floats(ready({transpose(base * 2)})[0]), (Floats{4, 6, 5, 7}));
}

TEST(Executable, ScratchIsThere) {
  const auto f = [](const List& x) { return List{matmul(x[0], x[1]), sum(x[0], {0})}; };
  const List x{halves({33, 17}), halves({17, 9})};
  const Program p = record(f, x);
  const List expected = f(x);
  for (auto& program : {p, planned(p)}) {
    Ready ready(program);
    for (int i = 0; i < 2; ++i) {
      const List found = ready(x);
      for (std::size_t k = 0; k < 2; ++k) EXPECT_EQ(difference(found[k], expected[k]), "");
    }
  }
}

TEST(Executable, EmptyTensorsAndNothingAtAll) {
  Ready empty(planned(record([](const List& x) { return List{sum(x[0] * 2)}; }, {zeros({0, 3})})));
  EXPECT_EQ(empty({zeros({0, 3})})[0].item(), 0);
  Ready nothing(planned(record([](const List&) { return List{}; }, {})));
  EXPECT_TRUE(nothing().empty());
}

// ---- variables -------------------------------------------------------------------------------------------

TEST(ExecutableStates, MoveOn) {
  const auto cell = cell_of(zeros({2}));
  Ready ready(planned(record([&](const List& x) { return set(cell, get(cell) + x[0]), List{get(cell) * 10}; },
                             {full({2}, 1.0)})),
              {cell});
  EXPECT_EQ(floats(ready({full({2}, 1.0)})[0]), (Floats{20, 20}));
  EXPECT_EQ(floats(ready({full({2}, 5.0)})[0]), (Floats{70, 70}));
  EXPECT_EQ(floats(get(cell)), (Floats{7, 7}));
}

TEST(ExecutableStates, AreWrittenInPlaceWhereNobodyElseHoldsThem) {
  const auto cell = cell_of(zeros({2}));
  Ready ready(planned(record([&](const List&) { return set(cell, get(cell) + 1), List{}; }, {})), {cell});
  ready();
  const std::byte* place = get(cell).view().data;
  ready();
  EXPECT_EQ(get(cell).view().data, place);
  const Tensor held = get(cell);
  ready();
  EXPECT_NE(get(cell).view().data, place);
  EXPECT_EQ(floats(held), (Floats{3, 3}));
  EXPECT_EQ(floats(get(cell)), (Floats{4, 4}));
}

TEST(ExecutableStates, WithoutDonationNeverInPlace) {
  const auto cell = cell_of(zeros({2}));
  Ready ready(record([&](const List&) { return set(cell, get(cell) + 1), List{}; }, {}), {cell});
  const std::byte* place = get(cell).view().data;
  const Tensor held = get(cell);
  ready();
  EXPECT_NE(get(cell).view().data, place);
}

TEST(ExecutableStates, MayChangePlaces) {
  const auto a = cell_of(full({2}, 1.0)), b = cell_of(full({2}, 2.0));
  Ready ready(planned(record(
                  [&](const List&) {
                    const Tensor old = get(a);
                    set(a, get(b) * 10);
                    set(b, old);
                    return List{};
                  },
                  {})),
              {a, b});
  EXPECT_EQ(floats(get(a)), (Floats{20, 20}));
  ready();
  EXPECT_EQ(floats(get(a)), (Floats{10, 10}));
  EXPECT_EQ(floats(get(b)), (Floats{20, 20}));
}

TEST(ExecutableStates, OfOtherCells) {
  const auto recorded = cell_of(zeros({2}));
  const Program p =
      planned(record([&](const List&) { return set(recorded, get(recorded) + 1), List{}; }, {}));
  const auto other = cell_of(full({2}, 100.0));
  Ready ready(p, {other});
  ready();
  EXPECT_EQ(floats(get(other)), (Floats{101, 101}));
  EXPECT_EQ(floats(get(recorded)), (Floats{1, 1}));
}

TEST(ExecutableStates, StayAsTheyWereIfItThrows) {
  if (default_device() != cpu()) GTEST_SKIP() << "there the next synchronisation reports it";
  const auto cell = cell_of(zeros({2}));
  Ready ready(planned(record(
                  [&](const List& x) {
                    set(cell, get(cell) + 1);
                    return List{take(x[0], x[1])};
                  },
                  {halves({3}), full({}, 0)})),
              {cell});
  EXPECT_NE(error_text([&] { ready({halves({3}), full({}, 5)}); }), "");
  EXPECT_EQ(floats(get(cell)), (Floats{1, 1}));
  EXPECT_EQ(ready({halves({3}), full({}, 2)})[0].item(), 1.5);  // and it goes on
  EXPECT_EQ(floats(get(cell)), (Floats{2, 2}));
}

// ---- run() -----------------------------------------------------------------------------------------------

TEST(Run, ChecksItsArguments) {
  const Program p = record([](const List& x) { return List{x[0] + 1}; }, {halves({3})});
  EXPECT_EQ(error_text([&] { run(p, List{}); }), "[run] the program takes 1 arguments, not 0.");
  EXPECT_EQ(error_text([&] { run(p, {halves({4})}); }),
            "[run] argument 0 is float32[4], but the program was recorded for float32[3].");
  EXPECT_EQ(error_text([&] { run(p, {Tensor()}); }),
            "[run] argument 0 is undefined, unlike the one that was recorded.");
  const auto cell = cell_of(halves({3}));
  const Program stateful = record([&](const List&) { return List{get(cell) + 1}; }, {});
  EXPECT_EQ(error_text([&] { run(stateful, List{}); }),
            "[run] the program uses variables: call the jitted function that it belongs to.");
}

}  // namespace
}  // namespace ramie
