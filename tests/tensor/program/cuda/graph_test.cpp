#include <ramie/tensor/program/cuda/graph.h>

#include <gtest/gtest.h>

#include <cstdlib>

#include <ramie/tensor/ops/index.h>
#include <support/error.h>
#include <tensor/program/cuda/recorded.h>

namespace ramie {
namespace {

class Graph : public GraphTest {};

TEST_F(Graph, GivesWhatLaunchesGive) {
  Recorded f(affine, {filled(1), filled(1)});
  Tensors held;
  for (int i = 0; i < 30; ++i) {
    held.push_back(f({filled(i), filled(2)})[0]);
    EXPECT_EQ(floats(held.back()), Floats(64, static_cast<float>(2 * i + 2)));
  }
  for (int i = 0; i < 30; ++i)  // results of earlier runs stay
    EXPECT_EQ(floats(held[static_cast<std::size_t>(i)]), Floats(64, static_cast<float>(2 * i + 2)));
  EXPECT_EQ(f.graph().why_none, "");
  EXPECT_EQ(f.graph().launches, 29u);  // all but the first
  EXPECT_LE(f.graph().captures, 4u);   // until it is known that the first argument moves
}

TEST_F(Graph, ASteadyRunAsksTheDriverForNothing) {
  Recorded f(affine, {filled(1), filled(1)});
  const Tensor a = filled(3), b = filled(4);
  for (int i = 0; i < 3; ++i) f({a, b});
  const auto before = memory_stats(default_device());
  for (int i = 0; i < 50; ++i) EXPECT_EQ(floats(f({a, b})[0])[0], 16);
  EXPECT_EQ(f.graph().captures, 1u);
  EXPECT_EQ(memory_stats(default_device()).system_calls, before.system_calls);
  EXPECT_EQ(memory_stats(default_device()).in_use, before.in_use);
}

TEST_F(Graph, ArgumentsWithGaps) {
  const Tensor x = tensor({1.0, 2.0, 3.0, 4.0, 5.0, 6.0});
  const auto every_other = [](const Tensor& t) { return t.alias({float32, {3}, {-2}}, 5); };
  Recorded f([](const Tensors& a, const Cells&) { return Tensors{add(a[0], a[0])}; }, {every_other(x)});
  Tensors held;
  for (int i = 0; i < 8; ++i) {
    held.push_back(add(x, full({6}, i)));
    const auto shift = static_cast<float>(2 * i);
    EXPECT_EQ(floats(f({every_other(held.back())})[0]), (Floats{12 + shift, 8 + shift, 4 + shift}));
  }
  EXPECT_EQ(f.graph().why_none, "");
  EXPECT_LE(f.graph().captures, 4u);
}

TEST_F(Graph, WideGapsAreNotCopied) {
  const auto column = [](const Tensor& t) { return t.alias({float32, {4}, {100}}, 7); };
  Recorded f([](const Tensors& a, const Cells&) { return Tensors{add(a[0], a[0])}; },
             {column(filled(1, 400))});
  Tensors held;
  for (int i = 0; i < 8; ++i) {
    held.push_back(filled(i, 400));
    EXPECT_EQ(floats(f({column(held.back())})[0]), Floats(4, static_cast<float>(2 * i)));
  }
  EXPECT_NE(f.graph().why_none.find("wide gaps"), std::string::npos) << f.graph().why_none;
}

TEST_F(Graph, ResultsThatAreInputsViewsAndConstants) {
  const Tensor constant = filled(7);
  const auto c = cell(filled(9));
  Recorded f(
      [&](const Tensors& x, const Cells& cells) {
        const Tensor y = add(x[0], x[0]);
        return Tensors{x[0], y, y, y.alias({float32, {2}}, 3), constant, get(cells[0]), Tensor()};
      },
      {filled(1)}, {c});
  for (int i = 0; i < 5; ++i) {
    const Tensor x = filled(i);
    const auto r = f({x});
    EXPECT_TRUE(r[0].same(x));
    EXPECT_EQ(floats(r[1]), Floats(64, static_cast<float>(2 * i)));
    EXPECT_EQ(floats(r[2]), Floats(64, static_cast<float>(2 * i)));
    EXPECT_EQ(floats(r[3]), Floats(2, static_cast<float>(2 * i)));
    EXPECT_EQ(floats(r[4])[5], 7);
    EXPECT_EQ(floats(r[5])[5], 9);
    EXPECT_FALSE(r[6]);
  }
  EXPECT_EQ(f.graph().launches, 4u);
}

// ---- variables -------------------------------------------------------------------------------------------

TEST_F(Graph, AVariableIsReplacedWhereItLies) {
  for (const auto& passes : {all_passes(), without("donation")}) {
    const auto c = cell(filled(0));
    const Tensor one = filled(1);
    Recorded f(count, {one}, {c}, passes);
    f({one});
    f({one});
    const void* there = c->value.view().data;
    for (int i = 0; i < 20; ++i) {
      f({one});
      EXPECT_EQ(c->value.view().data, there);
    }
    EXPECT_EQ(floats(c->value), Floats(64, 23));
    EXPECT_EQ(f.graph().captures, 1u);
  }
}

TEST_F(Graph, ValuesOfEarlierStepsStay) {
  for (const auto& passes : {all_passes(), without("donation")}) {
    const auto c = cell(filled(0));
    const Tensor one = filled(1);
    Recorded f(count, {one}, {c}, passes);
    Tensors held;
    for (int i = 0; i < 30; ++i) {
      held.push_back(c->value);
      f({one});
    }
    for (std::size_t i = 0; i < held.size(); ++i) EXPECT_EQ(floats(held[i]), Floats(64, 1.0f + i)) << i;
    EXPECT_EQ(f.graph().launches, 29u);
    EXPECT_LE(f.graph().captures, 4u);  // it has learned that it must copy
  }
}

TEST_F(Graph, AViewOfAnEarlierValueStays) {
  const auto c = cell(filled(0));
  const Tensor one = filled(1);
  Recorded f(count, {one}, {c});
  for (int i = 0; i < 4; ++i) f({one});
  const Tensor part = c->value.alias({float32, {3}}, 10);
  f({one});
  EXPECT_EQ(floats(part), Floats(3, 5));
  EXPECT_EQ(floats(c->value), Floats(64, 6));
  for (int i = 0; i < 40; ++i) f({one});  // seldom held: it still runs where it lies
  const Tensor again = c->value;
  f({one});
  EXPECT_EQ(floats(again), Floats(64, 46));
  EXPECT_EQ(floats(c->value), Floats(64, 47));
  EXPECT_EQ(f.graph().captures, 3u);
}

TEST_F(Graph, AVariableAssignedFromOutside) {
  const auto c = cell(filled(0));
  const Tensor one = filled(1);
  Recorded f(count, {one}, {c});
  Tensors held;
  for (int i = 0; i < 12; ++i) {
    held.push_back(c->value = filled(10 * i));
    f({one});
    EXPECT_EQ(floats(c->value), Floats(64, static_cast<float>(10 * i + 1)));
    f({one});
    EXPECT_EQ(floats(c->value), Floats(64, static_cast<float>(10 * i + 2)));
  }
  for (std::size_t i = 0; i < held.size(); ++i) EXPECT_EQ(floats(held[i]), Floats(64, 10.0f * i));
  EXPECT_EQ(f.graph().launches, 23u);
  EXPECT_LE(f.graph().captures, 4u);
}

TEST_F(Graph, VariablesThatChangePlaces) {
  const auto a = cell(filled(1)), b = cell(filled(2));
  Recorded f(
      [](const Tensors& x, const Cells& c) {
        const Tensor old = get(c[0]), y = add(x[0], x[0]);
        set(c[0], get(c[1]));
        set(c[1], old);
        return Tensors{old, y};
      },
      {filled(1)}, {a, b});
  for (int i = 0; i < 6; ++i) {
    const float now = i % 2 == 0 ? 2.0f : 1.0f;  // of a
    const auto r = f({filled(5)});
    EXPECT_EQ(floats(r[0]), Floats(64, now)) << i;
    EXPECT_EQ(floats(a->value), Floats(64, 3 - now)) << i;
    EXPECT_EQ(floats(b->value), Floats(64, now)) << i;
  }
  EXPECT_EQ(f.graph().launches, 5u);
}

TEST_F(Graph, OldValuesAndSharedNewOnesAsResults) {
  const auto a = cell(filled(1)), b = cell(filled(0));
  const Tensor one = filled(1);
  Recorded f(
      [](const Tensors& x, const Cells& c) {
        const Tensor old = get(c[0]), now = add(old, x[0]);
        set(c[0], now);
        set(c[1], now);
        return Tensors{old, now};
      },
      {one}, {a, b});
  Tensors held;
  for (int i = 0; i < 6; ++i)
    for (auto& t : f({one})) held.push_back(t);
  for (std::size_t i = 0; i < held.size(); ++i) EXPECT_EQ(floats(held[i]), Floats(64, 2.0f + (i + 1) / 2));
  EXPECT_EQ(floats(a->value), Floats(64, 8));
  EXPECT_EQ(floats(b->value), Floats(64, 8));
  EXPECT_EQ(f.graph().launches, 5u);
}

TEST_F(Graph, AVariableThatGetsAViewOrAnArgument) {
  const auto a = cell(tensor({{1.0, 2.0}, {3.0, 4.0}})), b = cell(filled(0));
  const Layout turned{float32, {2, 2}, {1, 2}};
  Recorded f(
      [&](const Tensors& x, const Cells& c) {
        set(c[0], add(get(c[0]), get(c[0])).alias(turned));
        set(c[1], x[0]);
        return Tensors{};
      },
      {filled(1)}, {a, b});
  EXPECT_EQ(floats(a->value), (Floats{2, 6, 4, 8}));
  for (int i = 0; i < 4; ++i) {
    a->value = tensor({{1.0, 2.0}, {3.0, 4.0}});
    const Tensor x = filled(i);
    f({x});
    EXPECT_EQ(floats(a->value), (Floats{2, 6, 4, 8}));
    EXPECT_EQ(floats(b->value), floats(x));
    EXPECT_EQ(floats(x), Floats(64, static_cast<float>(i)));
  }
}

TEST_F(Graph, TwoProgramsOnOneVariable) {
  const auto c = cell(filled(0));
  const Tensor one = filled(1), ten = filled(10);
  Recorded f(count, {one}, {c}), g(count, {ten}, {c});
  for (int i = 0; i < 10; ++i) {
    f({one});
    g({ten});
  }
  EXPECT_EQ(floats(c->value), Floats(64, 121));
  EXPECT_EQ(f.graph().captures, 1u);  // both use the same place
  EXPECT_EQ(g.graph().captures, 1u);
}

// ---- what can go wrong -----------------------------------------------------------------------------------

struct Waits {  // which no graph can hold
  static constexpr const char* name = "waits";
  bool operator==(const Waits&) const = default;
  Layout outputs(const Layout& x) const { return x; }
  void run(Cpu, View, View) const noexcept {}
  void run(Cuda cuda, View y, View x) const {
    gpu::wait(gpu_index, cuda.stream);
    kernels::Elementwise(kernels::ops::add).run(cuda, y, x, x);
  }
  int gpu_index;
};

TEST_F(Graph, WhatCannotBeCapturedRunsLaunchByLaunch) {
  const auto c = cell(filled(1));
  const int index = default_device().index;
  Recorded f(
      [&](const Tensors& x, const Cells& cells) {
        set(cells[0], add(get(cells[0]), x[0]));
        return Tensors{launch(Waits{index}, x[0])};
      },
      {filled(1)}, {c});
  for (int i = 0; i < 4; ++i) EXPECT_EQ(floats(f({filled(i)})[0]), Floats(64, static_cast<float>(2 * i)));
  EXPECT_EQ(floats(c->value), Floats(64, 8));
  EXPECT_NE(f.graph().why_none.find("waiting for a stream"), std::string::npos) << f.graph().why_none;
  EXPECT_EQ(f.graph().launches, 0u);
  EXPECT_EQ(f.graph().captures, 0u);
  synchronize(default_device());
}

TEST_F(Graph, CanBeSwitchedOff) {
  setenv("RAMIE_CUDA_GRAPHS", "0", 1);
  Recorded f(affine, {filled(1), filled(1)});
  unsetenv("RAMIE_CUDA_GRAPHS");
  for (int i = 0; i < 3; ++i) EXPECT_EQ(floats(f({filled(i), filled(1)})[0])[0], static_cast<float>(i + 1));
  EXPECT_EQ(f.graph().why_none, "RAMIE_CUDA_GRAPHS=0");
}

TEST_F(Graph, ABadValueIsToldByTheNextSynchronisation) {
  const Tensor x = filled(5);
  const auto at = [](int i) { return transfer(full({2}, i, int32), default_device()); };
  Recorded f([](const Tensors& a, const Cells&) { return Tensors{launch(kernels::Take{0}, a[0], a[1])}; },
             {x, at(1)});
  for (int i = 0; i < 3; ++i) f({x, at(i)});
  const Tensor bad = f({x, at(64)})[0];
  EXPECT_NE(error_text([] { synchronize(default_device()); }).find("out of range"), std::string::npos);
  EXPECT_EQ(floats(f({x, at(63)})[0]), Floats(2, 5));
  EXPECT_GE(f.graph().launches, 4u);
}

// The device holds so many bytes: see CMakeLists.txt, which runs this with little of them.
TEST_F(Graph, AnArenaThatDoesNotFit) {
  const char* memory = std::getenv("RAMIE_SIM_MEMORY");
  if (!memory) GTEST_SKIP() << "the device is not a small one";
  static std::int64_t eighth = std::atoll(memory) / 8 / 4;  // elements
  static Tensor filler;
  std::vector<Pass> passes = only("arena");
  passes.push_back({"fill", [](Program&) {
                      filler = Tensor::empty({float32, {eighth * 5}}, default_device());
                    }});
  const auto c = cell(filled(1, eighth));
  const Tensor x = filled(2, eighth);
  const auto record = [&] {
    Recorded(
        [](const Tensors& a, const Cells& cells) {
          const Tensor y = add(a[0], a[0]), z = mul(y, y);
          set(cells[0], add(y, z));
          return Tensors{};
        },
        {x}, {c}, passes);
  };
  const std::string text = error_text(record);
  const char* wanted =
      "[jit] a program of 3 launches needs 16777216 bytes for what it computes on the way. [memory] cuda:0 "
      "is "
      "full";
  EXPECT_NE(text.find(wanted), std::string::npos) << text;
  filler = Tensor();
  EXPECT_EQ(floats(c->value)[0], 20);
  EXPECT_EQ(floats(add(x, x))[0], 4);  // and it goes on
}

}  // namespace
}  // namespace ramie
