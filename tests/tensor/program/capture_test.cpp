#include <ramie/tensor/program/capture.h>

#include <optional>
#include <thread>

#include <ramie/autograd/engine.h>
#include <ramie/autograd/ops/elementwise.h>
#include <ramie/autograd/ops/reduce.h>
#include <ramie/autograd/ops/shape.h>

#include "tensor/program/recorded.h"

namespace ramie {
namespace {

using Kind = Program::Kind;
using Floats = std::vector<float>;
Kind kind(const Program& p, const Program::Operand& o) { return p.buffers[o.buffer].kind; }

// ---- what is written down --------------------------------------------------------------------------------

TEST(Capture, LaunchesInTheirOrder) {
  const Program p = record([](const List& x) { return List{relu(x[0] * 2)}; }, {halves({3})});
  ASSERT_EQ(steps(p), (Names{"multiply", "relu"}));
  EXPECT_EQ(p.steps[0].in[0].buffer, p.arguments[0].buffer);
  EXPECT_EQ(p.steps[1].in[0].buffer, p.steps[0].out[0].buffer);
  EXPECT_EQ(p.results[0].buffer, p.steps[1].out[0].buffer);
  EXPECT_EQ(kind(p, p.arguments[0]), Kind::argument);
  EXPECT_EQ(kind(p, p.results[0]), Kind::temporary);
  EXPECT_EQ(p.buffers[p.results[0].buffer].bytes, 12u);
  EXPECT_EQ(p.device, default_device());
}

TEST(Capture, TheFunctionRunsForReal) {
  Floats seen;
  Capture capture;
  {
    const Tensor y = capture.argument(halves({2})) * 2;
    const Restore<Recorder*> off(context.recorder, nullptr);
    seen = y.to_vector<float>();
  }
  static_cast<void>(capture.finish());
  EXPECT_EQ(seen, (Floats{1, 2}));
}

TEST(Capture, AViewIsNoStep) {
  const Program p =
      record([](const List& x) { return List{exp(transpose(x[0]).slice(0, 1, 3))}; }, {halves({2, 4})});
  ASSERT_EQ(steps(p), (Names{"exp"}));
  const Program::Operand& in = p.steps[0].in[0];
  EXPECT_EQ(in.buffer, p.arguments[0].buffer);
  EXPECT_EQ(in.offset, 4);
  EXPECT_EQ(in.layout, Layout(float32, {2, 2}, {1, 4}));
}

TEST(Capture, ArgumentsHaveNewNames) {
  const Tensor x = halves({3});
  Capture capture;
  {
    const Tensor inside = capture.argument(x), again = capture.argument(x);
    EXPECT_NE(&inside.storage(), &x.storage());
    EXPECT_EQ(inside.view().data, x.view().data);
    EXPECT_FALSE(inside.donatable());
    capture.result(inside + again + x);  // the handle from outside is a constant
  }
  const Program p = capture.finish();
  EXPECT_EQ(p.arguments.size(), 2u);
  EXPECT_EQ(run(p, {full({3}, 10.0), full({3}, 20.0)})[0].to_vector<float>(), (Floats{30.5, 31, 31.5}));
}

TEST(Capture, UndefinedArgumentsAndResults) {
  const Program p = record([](const List& x) { return List{x[0], x[1] + 1}; }, {Tensor(), halves({1})});
  EXPECT_EQ(p.arguments[0].buffer, Program::none);
  const List y = run(p, {Tensor(), halves({1})});
  EXPECT_FALSE(y[0]);
  EXPECT_EQ(y[1].item(), 1.5);
}

TEST(Capture, WhatWasThereIsOneConstantForAllItsViews) {
  const Tensor c = halves({4});
  const Program p = record(
      [&](const List& x) {
        return List{x[0] + c.slice(0, 2, 4), x[0] + c.slice(0, 0, 2), x[0] + flip(c).slice(0, 0, 2)};
      },
      {zeros({2})});
  EXPECT_EQ(
      std::count_if(p.buffers.begin(), p.buffers.end(), [](auto& b) { return b.kind == Kind::constant; }), 1);
  const List y = run(p, {zeros({2})});
  EXPECT_EQ(y[0].to_vector<float>(), (Floats{1.5, 2}));
  EXPECT_EQ(y[1].to_vector<float>(), (Floats{0.5, 1}));
  EXPECT_EQ(y[2].to_vector<float>(), (Floats{2, 1.5}));
}

TEST(Capture, OneInsideOfAnother) {
  const Tensor x = halves({2});
  std::optional<Program> inner;
  const Program outer = record(
      [&](const List& a) {
        inner = record([](const List& b) { return List{sin(b[0])}; }, {x});
        return List{exp(a[0])};
      },
      {x});
  EXPECT_EQ(steps(*inner), (Names{"sin"}));
  EXPECT_EQ(steps(outer), (Names{"exp"}));
  EXPECT_EQ(context.recorder, nullptr);
}

TEST(Capture, GraphsFromOutsideAreNoticed) {
  const Tensor w = variable(halves({2}));
  const auto leads_outside = [&](const Tensor& x) {
    Capture capture;
    static_cast<void>(x * 2);
    return capture.leads_outside();
  };
  EXPECT_TRUE(leads_outside(w));
  EXPECT_FALSE(leads_outside(w.detach()));
  NoGrad guard;
  EXPECT_FALSE(leads_outside(w));
}

// ---- variables -------------------------------------------------------------------------------------------

TEST(CaptureCells, KeepTheirValuesUntilTheEnd) {
  const auto cell = cell_of(halves({2}));
  Capture capture;
  set(cell, get(cell) * 2);
  EXPECT_EQ(get(cell).layout(), halves({2}).layout());
  Floats other_thread;
  std::thread([&] { other_thread = get(cell).to_vector<float>(); }).join();
  EXPECT_EQ(other_thread, (Floats{0.5, 1}));
  const Program p = capture.finish();
  ASSERT_EQ(p.states.size(), 1u);
  EXPECT_TRUE(p.states[0].assigned);
  EXPECT_EQ(p.states[0].cell.lock(), cell);
  EXPECT_EQ(p.states[0].slot, -1);
  EXPECT_EQ(kind(p, p.states[0].before), Kind::state);
  EXPECT_EQ(p.states[0].after.buffer, p.steps[0].out[0].buffer);
}

TEST(CaptureCells, TakeTheirNewValuesAtTheEnd) {
  const auto cell = cell_of(halves({2}));
  static_cast<void>(record([&](const List&) { return set(cell, get(cell) * 2), List{}; }, {}));
  EXPECT_EQ(get(cell).to_vector<float>(), (Floats{1, 2}));
}

TEST(CaptureCells, KeepTheirValuesForEverIfItIsNotFinished) {
  const auto cell = cell_of(halves({2}));
  {
    Capture capture;
    set(cell, get(cell) * 2);
  }
  EXPECT_EQ(get(cell).to_vector<float>(), (Floats{0.5, 1}));
  EXPECT_EQ(context.recorder, nullptr);
}

TEST(CaptureCells, ThatAreReadOnlyAreNotAssigned) {
  const auto read = cell_of(halves({2})), back = cell_of(halves({2}));
  const Program p = record(
      [&](const List&) {
        const Tensor before = get(back);
        set(back, before * 2);
        set(back, before);  // as it was
        return List{get(read) + 1};
      },
      {});
  ASSERT_EQ(p.states.size(), 2u);
  EXPECT_FALSE(p.states[0].assigned);
  EXPECT_FALSE(p.states[1].assigned);
}

TEST(CaptureCells, OfArgumentsHaveTheirPlaceAmongThem) {
  const std::vector<std::shared_ptr<Cell>> cells{cell_of(halves({2})), cell_of(halves({3}))};
  Capture capture(cells);
  set(cells[1], get(cells[1]) * 2);
  const Program p = capture.finish();
  ASSERT_EQ(p.states.size(), 1u);
  EXPECT_EQ(p.states[0].slot, 1);
}

TEST(CaptureCells, MadeInsideAreNoStates) {
  const Program p = record(
      [](const List& x) {
        const auto local = cell_of(Tensor());
        set(local, x[0] * 2);
        return List{get(local) + 1};
      },
      {halves({2})});
  EXPECT_TRUE(p.states.empty());
}

TEST(CaptureCells, ThatExchangeTheirValues) {
  const auto a = cell_of(halves({2})), b = cell_of(full({2}, 7.0));
  const Program p = record(
      [&](const List&) {
        const Tensor before = get(a);
        set(a, get(b));
        set(b, before);
        return List{};
      },
      {});
  EXPECT_TRUE(p.steps.empty());
  EXPECT_EQ(get(a).to_vector<float>(), (Floats{7, 7}));
  run(p, {}, {a, b});
  EXPECT_EQ(get(a).to_vector<float>(), (Floats{0.5, 1}));
  EXPECT_EQ(get(b).to_vector<float>(), (Floats{7, 7}));
}

// ---- errors ----------------------------------------------------------------------------------------------

TEST(CaptureErrors, ValuesAreNotKnown) {
  const auto text = [](auto read) {
    return error_text(
        [&] { record([&](const List& x) { return read(x[0]), read(x[0] * 2), x; }, {halves({1})}); });
  };
  EXPECT_EQ(text([](const Tensor& x) {
              static_cast<void>(x.item());
            }).find("[item] the value of float32[1] (from an argument)"),
            0u);
  EXPECT_EQ(text([](const Tensor& x) { static_cast<void>(str(x)); }).find("[print] the value of"), 0u);
  const auto cell = cell_of(halves({1}));
  EXPECT_EQ(text([&](const Tensor&) {
              static_cast<void>(get(cell).to_vector<float>());
            }).find("[to_vector] the value of float32[1] (from a variable)"),
            0u);
}

TEST(CaptureErrors, ConstantsMayBeRead) {
  const Tensor c = halves({1});
  EXPECT_EQ(steps(record([&](const List& x) { return List{x[0] * c.item()}; }, {c})), (Names{"multiply"}));
}

TEST(CaptureErrors, AVariableThatIsDestroyed) {
  auto cell = cell_of(halves({1}));
  EXPECT_EQ(error_text([&] {
              record([&](const List&) { return set(cell, get(cell) * 2), cell.reset(), List{}; }, {});
            }),
            "[jit] the function destroys a variable that it was given: the next call would not find it.");
}

TEST(CaptureErrors, WhatIsStillHeldOutside) {
  Tensor leak;
  EXPECT_NE(error_text([&] {
              record([&](const List& x) { return leak = exp(x[0]), List{}; }, {halves({1})});
            }).find("a value made inside (by exp) is still held outside"),
            std::string::npos);
}

TEST(CaptureErrors, AVariableThatChangesItsDtype) {
  const auto cell = cell_of(halves({1}));
  EXPECT_NE(error_text([&] {
              record([&](const List&) { return set(cell, get(cell).astype(float64)), List{}; }, {});
            }).find("from float32[1] to float64[1]"),
            std::string::npos);
  EXPECT_EQ(get(cell).dtype(), float32);
}

}  // namespace
}  // namespace ramie
