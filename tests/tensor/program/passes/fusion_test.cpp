#include <gtest/gtest.h>

#include <chrono>
#include <cstring>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include <ramie/tensor/create.h>
#include <ramie/tensor/ops/cumsum.h>
#include <ramie/tensor/ops/elementwise.h>
#include <ramie/tensor/ops/fused.h>
#include <ramie/tensor/ops/reduce.h>
#include <ramie/tensor/program/capture.h>
#include <ramie/tensor/program/executable.h>
#include <ramie/tensor/program/passes.h>

namespace ramie {
namespace {

using List = std::vector<Tensor>;
using Function = std::function<List(const List&)>;

Tensor op(const kernels::Op& o, const Tensor& x) { return launch(kernels::Elementwise(o), x); }
Tensor op(const kernels::Op& o, const Tensor& x, const Tensor& y) {
  return launch(kernels::Elementwise(o), x, y);
}
Tensor times(const Tensor& x, double by) {
  return launch(kernels::Elementwise::with_number(kernels::ops::multiply, 1, by), x);
}
Tensor exp(const Tensor& x) { return op(kernels::ops::exp, x); }
Tensor add(const Tensor& x, const Tensor& y) { return op(kernels::ops::add, x, y); }
Tensor dense(const Tensor& x) { return x.layout().dense ? x : launch(kernels::Cast{x.dtype()}, x); }
// What cannot be fused.
Tensor cumsum(const Tensor& x) { return launch(kernels::Cumsum{0}, dense(x)); }
Tensor sum(const Tensor& x, const Shape& axes) {
  return launch(kernels::Reduce{"sum", kernels::Reduce::Op::sum, axes}, dense(x));
}
// The sum of all elements of a matrix, seen in its shape.
Tensor total(const Tensor& x) { return sum(x, {0, 1}).alias(Layout(x.dtype(), x.shape(), {0, 0})); }
Tensor transposed(const Tensor& x) {
  return x.alias(Layout(x.dtype(), {x.shape(1), x.shape(0)}, {x.layout().strides[1], x.layout().strides[0]}));
}
Tensor values(const Shape& shape) {
  static std::mt19937 random(1);
  std::vector<float> v(static_cast<std::size_t>(shape.size()));
  for (float& f : v) f = static_cast<float>(random() % 1000) / 500 - 1;
  return from_vector(v, shape);
}

Program record(const Function& f, const List& x) {
  Capture capture;
  List arguments;
  for (auto& t : x) arguments.push_back(capture.argument(t));
  for (auto& y : f(arguments)) capture.result(y);
  arguments.clear();
  return capture.finish();
}
List run(const Program& p, const List& x) {
  std::vector<const Tensor*> arguments;
  for (auto& t : x) arguments.push_back(&t);
  List results(p.results.size());
  Executable(std::make_shared<const Program>(p)).run(arguments, {}, results);
  return results;
}
void expect_same(const List& a, const List& b) {
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    ASSERT_TRUE(a[i].layout().same(b[i].layout()));
    const auto x = a[i].to_vector<float>(), y = b[i].to_vector<float>();
    EXPECT_EQ(0, std::memcmp(x.data(), y.data(), x.size() * sizeof(float))) << "result " << i;
  }
}
std::string names(const Program& p) {
  std::string s;
  for (auto& step : p.steps) s += (s.empty() ? "" : " ") + std::string(step.launch.name);
  return s;
}
// The steps' names after the pass. What they compute must be what the function computes.
std::string fused(const Function& f, const List& x) {
  Program p = record(f, x);
  passes::fusion(p);
  expect_same(run(p, x), f(x));
  run_passes(p, {{"donation", passes::donation}, {"arena", passes::arena}});
  expect_same(run(p, x), f(x));
  return names(p);
}

TEST(Fusion, AChainBecomesOneStep) {
  const List x{values({300}), values({300})};
  const Function f = [](const List& v) { return List{exp(times(add(v[0], v[1]), 0.5))}; };
  EXPECT_EQ(fused(f, x), "fused");
  Program p = record(f, x);
  passes::fusion(p);
  EXPECT_EQ(p.steps[0].launch.type->attributes(p.steps[0].launch.kernel.get()), "add, multiply, exp");
  EXPECT_EQ(p.steps[0].in.size(), 2u);
  EXPECT_EQ(p.steps[0].out.size(), 1u);
}

TEST(Fusion, ASingleOpStaysAsItIs) {
  EXPECT_EQ(fused([](const List& v) { return List{exp(v[0])}; }, {values({5})}), "exp");
}

// a's other reader runs between the two that are joined: it moves behind them.
TEST(Fusion, AValueThatOthersNeedIsStored) {
  EXPECT_EQ(fused(
                [](const List& v) {
                  const Tensor a = times(v[0], 2), s = cumsum(a), b = exp(a);
                  return List{s, b};
                },
                {values({40})}),
            "fused cumsum");
  EXPECT_EQ(fused(
                [](const List& v) {
                  const Tensor a = times(v[0], 2);
                  return List{a, exp(a)};
                },
                {values({40})}),
            "fused");
}

// exp(a) needs nothing else, but a / cumsum(a) needs a step that needs a.
TEST(Fusion, NothingGoesAroundAStepOutside) {
  EXPECT_EQ(fused(
                [](const List& v) {
                  const Tensor a = exp(v[0]);
                  return List{op(kernels::ops::divide, a, cumsum(a))};
                },
                {values({40})}),
            "exp cumsum divide");
  // The same by way of a chain that could itself join.
  EXPECT_EQ(fused(
                [](const List& v) {
                  const Tensor a = exp(v[0]), c = exp(times(cumsum(a), 2));
                  return List{add(a, c)};
                },
                {values({40})}),
            "exp cumsum fused");
}

// Each pair alone could be joined, but not both: {a, a2} needs cumsum(b), {b, b2} needs cumsum(a).
TEST(Fusion, TwoGroupsDoNotWaitForEachOther) {
  EXPECT_EQ(fused(
                [](const List& v) {
                  const Tensor a = exp(v[0]), b = times(v[1], 3), of_a = cumsum(a), of_b = cumsum(b);
                  return List{add(b, of_a), add(a, of_b)};
                },
                {values({40}), values({40})}),
            "exp cumsum fused cumsum add");
}

// exp(a) could be computed with a, but then it would have to wait in memory for the sum.
TEST(Fusion, NeighboursJoinFirst) {
  EXPECT_EQ(fused(
                [](const List& v) {
                  const Tensor a = times(v[0], 2), b = cumsum(cumsum(a)), c = exp(a);
                  return List{add(c, b)};
                },
                {values({40})}),
            "multiply cumsum cumsum fused");
}

// What the second needs runs before the two, though it was recorded between them.
TEST(Fusion, StepsBetweenMoveBeforeOrBehind) {
  EXPECT_EQ(fused(
                [](const List& v) {
                  const Tensor a = exp(v[0]), s = cumsum(v[1]), t = cumsum(a), b = add(a, s);
                  return List{t, b};
                },
                {values({40}), values({40})}),
            "cumsum fused cumsum");
}

// ---- reductions
// --------------------------------------------------------------------------------------------

TEST(Fusion, AChainEndsInAReduction) {
  for (const Shape& axes : {Shape{0}, Shape{1}, Shape{0, 1}})
    EXPECT_EQ(fused([&](const List& v) { return List{sum(exp(times(v[0], 2)), axes)}; }, {values({300, 70})}),
              "fused_reduce");
  // The value is needed as well.
  EXPECT_EQ(fused(
                [](const List& v) {
                  const Tensor a = times(v[0], 2);
                  return List{sum(a, {0}), a, exp(a)};
                },
                {values({300, 70})}),
            "fused_reduce");
}

TEST(Fusion, ReductionsOverTheSameAxesEndAChain) {
  EXPECT_EQ(fused(
                [](const List& v) {
                  const Tensor a = times(v[0], 2);
                  return List{sum(a, {0}), sum(exp(a), {0})};
                },
                {values({30, 70})}),
            "fused_reduce");
  EXPECT_EQ(fused(
                [](const List& v) {
                  const Tensor a = times(v[0], 2);
                  return List{sum(a, {0}), sum(a, {1})};
                },
                {values({30, 70})}),
            "fused_reduce sum");
  // Softmax: what needs the total is no part of the group.
  EXPECT_EQ(fused(
                [](const List& v) {
                  const Tensor a = exp(v[0]);
                  return List{times(op(kernels::ops::divide, a, total(a)), 2)};
                },
                {values({30, 70})}),
            "fused_reduce fused");
  // Too wide to be reduced block by block.
  EXPECT_EQ(fused([](const List& v) { return List{sum(times(v[0], 2), {0})}; }, {values({40, 5000})}),
            "multiply sum");
}

TEST(Fusion, ReshapesJoinAndOtherViewsDoNot) {
  EXPECT_EQ(fused(
                [](const List& v) {
                  const Tensor a = times(v[0], 2);
                  return List{exp(a.alias(Layout(float32, {a.size()})))};
                },
                {values({6, 4})}),
            "fused");
  EXPECT_EQ(fused([](const List& v) { return List{exp(transposed(times(v[0], 2)))}; }, {values({6, 4})}),
            "multiply exp");
  EXPECT_EQ(fused(
                [](const List& v) {
                  const Tensor a = times(v[0], 2);
                  return List{add(a, transposed(a))};
                },
                {values({6, 6})}),
            "multiply add");
  // But an input may be any view.
  EXPECT_EQ(fused([](const List& v) { return List{exp(add(v[0], transposed(v[0])))}; }, {values({6, 6})}),
            "fused");
}

TEST(Fusion, UnneededValuesAreLeftOut) {
  EXPECT_EQ(fused(
                [](const List& v) {
                  exp(times(v[0], 2));
                  return List{cumsum(v[0])};
                },
                {values({6})}),
            "cumsum");
}

TEST(Fusion, LongChainsAreCut) {
  const std::string steps = fused(
      [](const List& v) {
        Tensor y = v[0];
        for (int i = 0; i < 150; ++i) y = times(y, 1.01);
        for (int i = 0; i < 40; ++i) y = add(y, v[static_cast<std::size_t>(i)]);
        return List{y};
      },
      [] {
        List x;
        for (int i = 0; i < 40; ++i) x.push_back(values({10}));
        return x;
      }());
  EXPECT_LE(std::count(steps.begin(), steps.end(), 'f'), 6);
}

// Of two inputs that could give their memory the old value does.
TEST(Fusion, ANewStateLiesOverTheOldOne) {
  const auto cell = std::make_shared<Cell>(Cell{values({100})});
  Capture capture;
  Tensor x = capture.argument(values({2, 100}));
  Tensor first = sum(x, {0}), part = exp(first);
  set(cell, add(part, times(get(cell), 0.9)));
  x = first = part = Tensor();
  Program p = capture.finish();
  passes::fusion(p);
  ASSERT_EQ(names(p), "sum fused");
  ASSERT_EQ(p.steps[1].in.size(), 2u);
  EXPECT_EQ(p.buffers[p.steps[1].in[1].buffer].kind, Program::Kind::state);
  EXPECT_EQ(p.steps[1].launch.donors, std::vector<int>{1});
}

// ---- random programs
// ---------------------------------------------------------------------------------------

// Elementwise ops, sums, broadcasts and views of one size in any order.
List random_function(unsigned seed, const List& x) {
  std::mt19937 random(seed);
  List v = x;
  const auto any = [&]() -> const Tensor& { return v[random() % v.size()]; };
  for (int i = 0; i < 25; ++i) {
    const unsigned kind = random() % 10;
    v.push_back(kind < 5    ? add(any(), any())
                : kind < 8  ? times(any(), 0.5)
                : kind == 8 ? (random() % 2 ? total(any()) : cumsum(any()))
                            : transposed(any()));
  }
  List results;
  for (std::size_t i = x.size(); i < v.size(); ++i)
    if (i + 1 == v.size() || random() % 6 == 0)
      results.push_back(launch(kernels::Elementwise(kernels::ops::negative), v[i]));
  return results;
}

TEST(Fusion, RandomProgramsGiveTheSameBits) {
  const List x{values({9, 9}), values({9, 9}), values({9, 9})};
  for (unsigned seed = 0; seed < 500 && !testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    fused([&](const List& v) { return random_function(seed, v); }, x);
  }
}

TEST(Fusion, ManyStepsTakeLinearTime) {
  const Program recorded = record(
      [](const List& v) {
        Tensor y = v[0], z = v[0];
        for (int i = 0; i < 8000; ++i)
          y = add(exp(times(y, 0.5)), i % 7 ? z : cumsum(y)), z = i % 100 ? z : times(y, 2);
        return List{y};
      },
      {values({3})});
  Program p = recorded;
  const auto start = std::chrono::steady_clock::now();
  passes::fusion(p);
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  std::printf("%zu steps, %zu after the pass, %.3f s\n", recorded.steps.size(), p.steps.size(), seconds);
  EXPECT_LT(seconds, 2);
  EXPECT_LT(p.steps.size(), recorded.steps.size() / 4);
}

}  // namespace
}  // namespace ramie
