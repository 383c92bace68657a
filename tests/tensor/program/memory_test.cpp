#include <ramie/tensor/program/memory.h>

#include <chrono>
#include <cstdio>
#include <random>

#include <ramie/autograd/grad.h>
#include <ramie/autograd/ops/elementwise.h>
#include <ramie/autograd/ops/matmul.h>
#include <ramie/autograd/ops/reduce.h>
#include <ramie/autograd/ops/shape.h>
#include <ramie/autograd/ops/softmax.h>

#include "tensor/program/recorded.h"

namespace ramie {
namespace {

struct Nothing {  // a kernel for programs that only are planned
  static constexpr const char* name = "nothing";
  static constexpr bool in_place = true;
  Layout outputs(const Layout& x) const { return x; }
  void run(Cpu, View, View) const noexcept {}
  void run(Cuda, View, View) const {}
};
Launch launch_of(std::size_t workspace) {
  return {"nothing",
          &detail::kernel_type<Nothing>(),
          std::make_shared<Nothing>(),
          detail::run_views<Nothing, 1, 1>,
          cpu(),
          workspace,
          {}};
}
std::uint32_t add_buffer(Program& p, std::size_t bytes, Program::Kind kind = Program::Kind::temporary) {
  p.buffers.push_back({kind, bytes});
  return static_cast<std::uint32_t>(p.buffers.size() - 1);
}
Program::Operand whole(const Program& p, std::uint32_t id) {
  return {id, 0, Layout(uint8, {static_cast<std::int64_t>(p.buffers[id].bytes)})};
}

// `steps` steps of one output and up to three earlier ones as inputs, the recent ones more often.
Program random_program(std::uint64_t seed, int steps) {
  std::mt19937_64 random(seed);
  const auto below = [&](std::size_t n) { return static_cast<std::size_t>(random() % n); };
  static constexpr std::size_t sizes[] = {0, 1, 100, 256, 257, 1000, 4096, 100000};
  Program p;
  p.arguments.push_back(whole(p, add_buffer(p, 64, Program::Kind::argument)));
  for (int i = 0; i < steps; ++i) {
    Program::Step step{launch_of(below(5) ? 0 : sizes[below(8)]), {}, {}};
    const std::size_t n = p.buffers.size();
    for (std::size_t k = below(4); k-- > 0;)
      step.in.push_back(whole(p, static_cast<std::uint32_t>(n - 1 - below(std::min<std::size_t>(n, 12)))));
    step.out.push_back(whole(p, add_buffer(p, sizes[below(8)])));
    p.steps.push_back(std::move(step));
    if (!below(10)) p.results.push_back(p.steps.back().out[0]);
  }
  return p;
}

// ---- lives -----------------------------------------------------------------------------------------------

TEST(Lives, FromTheWriterToTheLastReader) {
  const Program p = record(
      [](const List& x) {
        const Tensor a = exp(x[0]), b = sin(a);
        return List{cos(b) + a};
      },
      {halves({3})});
  const auto lives = find_lives(p);
  const auto life = [&](const Program::Operand& o) {
    return std::pair(lives[o.buffer].first, lives[o.buffer].last);
  };
  EXPECT_EQ(life(p.arguments[0]), std::pair(0, 0));
  EXPECT_EQ(life(p.steps[0].out[0]), std::pair(0, 3));
  EXPECT_EQ(life(p.steps[1].out[0]), std::pair(1, 2));
  EXPECT_EQ(life(p.results[0]), std::pair(3, 3));
}

TEST(Lives, OfWhatNobodyUses) {
  const Program p = record([](const List& x) { return x; }, {halves({3})});
  EXPECT_EQ(find_lives(p)[0].first, -1);
}

TEST(Lives, ResultsAndNewStatesAreKept) {
  const auto cell = cell_of(halves({3})), read = cell_of(halves({3}));
  const Program p = record(
      [&](const List& x) {
        const Tensor a = exp(x[0]);
        set(cell, sin(a));
        return List{cos(a) + get(read)};
      },
      {halves({3})});
  const auto kept = find_kept(p);
  EXPECT_FALSE(kept[p.steps[0].out[0].buffer]);
  EXPECT_TRUE(kept[p.results[0].buffer]);
  EXPECT_TRUE(kept[p.states[0].after.buffer]);
  EXPECT_EQ(std::count(kept.begin(), kept.end(), true), 2);
}

// ---- the plan --------------------------------------------------------------------------------------------

struct Place {
  std::size_t begin, end;
  int first, last;
};

// Where everything lies that is in the arena; what is written over something is that one's place.
std::vector<Place> places(const Program& p, const MemoryPlan& plan) {
  const auto lives = find_lives(p);
  const auto kept = find_kept(p);
  std::vector<Place> out;
  for (std::size_t i = 0; i < p.steps.size(); ++i) {
    const auto& step = p.steps[i];
    const int at = static_cast<int>(i);
    for (std::size_t k = 0; k < step.out.size(); ++k) {
      const std::uint32_t id = step.out[k].buffer;
      if (kept[id]) continue;
      const bool over = k < step.over.size() && step.over[k] >= 0;
      // The donor's life ends where this one begins: nothing of it is read afterwards.
      out.push_back(
          {plan.offset[id], plan.offset[id] + p.buffers[id].bytes, lives[id].first + over, lives[id].last});
    }
    if (step.launch.workspace)
      out.push_back({plan.workspace[i], plan.workspace[i] + step.launch.workspace, at, at});
  }
  return out;
}
void expect_no_overlap(const Program& p) {
  const MemoryPlan plan = plan_memory(p);
  const auto all = places(p, plan);
  for (std::size_t i = 0; i < all.size(); ++i) {
    EXPECT_EQ(all[i].begin % arena_alignment, 0u);
    EXPECT_LE(all[i].end, plan.arena);
    for (std::size_t j = 0; j < i; ++j) {
      const auto &a = all[i], &b = all[j];
      const bool together = a.first <= b.last && b.first <= a.last;
      ASSERT_FALSE(together && a.begin < b.end && b.begin < a.end)
          << a.begin << "-" << a.end << " and " << b.begin << "-" << b.end;
    }
  }
  EXPECT_GE(plan.arena, plan.alive);
}

TEST(MemoryPlan, NothingThatIsNeededAtOneTimeOverlaps) {
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    SCOPED_TRACE(seed);
    expect_no_overlap(random_program(seed, 60));
  }
}

TEST(MemoryPlan, NorWhereOutputsAreWrittenOverInputs) {
  std::size_t over = 0;
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    SCOPED_TRACE(seed);
    const Program p = after(random_program(seed, 60), passes::donation);
    for (auto& s : p.steps) over += !s.over.empty() && s.over[0] >= 0;
    expect_no_overlap(p);
  }
  EXPECT_GT(over, 100u);
}

TEST(MemoryPlan, NorInLargePrograms) {
  const Program p = random_program(1, 6000);  // which are planned in one sweep
  expect_no_overlap(p);
  EXPECT_LE(static_cast<double>(plan_memory(p).arena), 1.5 * static_cast<double>(plan_memory(p).alive));
}

TEST(MemoryPlan, OneOverAnotherHasItsPlace) {
  const Program p = after(record([](const List& x) { return List{sum(exp(sin(x[0])))}; }, {halves({100})}),
                          passes::donation);
  const MemoryPlan plan = plan_memory(p);
  ASSERT_EQ(p.steps[1].over, std::vector<int>{0});
  EXPECT_EQ(plan.offset[p.steps[0].out[0].buffer], plan.offset[p.steps[1].out[0].buffer]);
  EXPECT_EQ(plan.alive, 512u);
}

TEST(MemoryPlan, WhatIsKeptLiesOutside) {
  const MemoryPlan plan = plan_memory(record([](const List& x) { return List{exp(x[0])}; }, {halves({100})}));
  EXPECT_EQ(plan.arena, 0u);
  EXPECT_EQ(plan.alive, 0u);
}

TEST(MemoryPlan, CountsWhatIsAliveAtOnce) {
  const Program p = record(
      [](const List& x) {
        const Tensor a = exp(x[0]), b = sin(a),
                     c = cos(b);  // a lives to the end, b makes room for c's reader
        return List{sum(a * c)};
      },
      {halves({64})});
  EXPECT_EQ(plan_memory(p).alive, 3u * 256);
}

// A step of gradient descent on a perceptron of the given layers.
Program train_step(const std::vector<std::int64_t>& widths, std::int64_t batch) {
  List x{halves({batch, widths[0]})};
  for (std::size_t i = 1; i < widths.size(); ++i) x.push_back(halves({widths[i - 1], widths[i]}));
  const auto loss = [](const List& x) {
    Tensor y = x[0];
    for (std::size_t i = 1; i < x.size(); ++i) y = i + 1 < x.size() ? gelu(matmul(y, x[i])) : matmul(y, x[i]);
    return -mean(log_softmax(y));
  };
  return record(
      [&](const List& given) {
        List leaves = given, out;
        for (std::size_t i = 1; i < leaves.size(); ++i) leaves[i] = variable(given[i]);
        const Tensor l = loss(leaves);
        const List g = gradients(l, List(leaves.begin() + 1, leaves.end()), full({}, 1.0));
        for (std::size_t i = 0; i < g.size(); ++i) out.push_back(given[i + 1] - g[i] * 0.1);
        return out;
      },
      x);
}

TEST(MemoryPlan, OfTrainStepsIsHardlyMoreThanWhatIsAlive) {
  for (const auto& widths : std::vector<std::vector<std::int64_t>>{{784, 16, 10},
                                                                   {784, 128, 64, 10},
                                                                   {10, 300, 20, 300, 20, 300, 10},
                                                                   {50, 50, 50, 50, 50, 50, 50, 50}})
    for (const std::int64_t batch : {1, 32, 100})
      for (const bool with_passes : {false, true}) {
        Program p = train_step(widths, batch);
        if (with_passes) run_passes(p, all_passes());
        const MemoryPlan plan = plan_memory(p);
        EXPECT_LE(static_cast<double>(plan.arena), 1.2 * static_cast<double>(plan.alive)) << p;
      }
}

TEST(MemoryPlan, OfAnEpochTakesNotLong) {
  const Program p = random_program(3, 40000);
  const auto start = std::chrono::steady_clock::now();
  const MemoryPlan plan = plan_memory(p);
  const std::chrono::duration<double> t = std::chrono::steady_clock::now() - start;
  std::printf("%zu launches planned in %.3f s: %zu bytes, %zu alive\n", p.steps.size(), t.count(), plan.arena,
              plan.alive);
  EXPECT_GE(plan.arena, plan.alive);
}

}  // namespace
}  // namespace ramie
