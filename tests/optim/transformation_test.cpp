#include <ramie/optim/transformation.h>

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

#include <ramie/optim/schedules.h>

#include "optim/reference.h"

namespace ramie::optim {
namespace {

// Parameters of several sizes: an empty one, odd ones, and one of many pieces.
State many(DType dtype, double scale) {
  State out;
  int i = 0;
  for (const Shape& s : {Shape{7}, Shape{0}, Shape{3, 5, 11}, Shape{}, Shape{40000}, Shape{1023}})
    out.add("p" + std::to_string(i++), (random_normal(s) * scale).astype(dtype));
  return out;
}
void expect_same_bits(const State& a, const State& b) {
  ASSERT_EQ(paths(a), paths(b));
  for (std::size_t i = 0; i < a.size(); ++i) {
    const Tensor x = a[i].second.to(cpu()), y = b[i].second.to(cpu());
    EXPECT_EQ(0, std::memcmp(x.view().data, y.view().data, x.layout().bytes())) << a[i].first;
  }
}

const std::vector<GradientTransformation>& row() {
  static const std::vector<GradientTransformation> r{scale(0.5),
                                                     trace(0.9, true),
                                                     scale_by_adam(),
                                                     clip_by_global_norm(1),
                                                     add_decayed_weights(0.01),
                                                     trace(0.5),
                                                     scale_by_schedule(linear_schedule(1, 0.5, 4)),
                                                     scale_by_learning_rate(0.1)};
  return r;
}

TEST(Chain, PathsCarryThePartsNumber) {
  const auto tx =
      chain(clip_by_global_norm(1), scale_by_adam(), add_decayed_weights(1e-4), scale_by_learning_rate(1e-3));
  EXPECT_EQ(paths(tx.init(params())), "1.count 1.mu.b 1.mu.w 1.nu.b 1.nu.w 3.learning_rate");
  EXPECT_EQ(paths(chain(tx, trace(0.9)).init(params())),
            "1.count 1.mu.b 1.mu.w 1.nu.b 1.nu.w 3.learning_rate 4.trace.b 4.trace.w");
  EXPECT_TRUE(identity().init(params()).empty());
}

TEST(Chain, StateIsLikeTheParameters) {
  const State s = scale_by_adam().init(params(bfloat16));
  EXPECT_EQ(str(s.at("0.count").layout()), "int32[]");
  EXPECT_EQ(str(s.at("0.mu.w").layout()), "bfloat16[2,3]");
}

// One pass for the whole chain computes what the transformations compute one after another.
TEST(Chain, TheFusedPassIsTheUnfusedChain) {
  for (DType dtype : {float32, float64}) {
    State p = many(dtype, 1), q = p;
    const auto fused = chain(row());
    State s = fused.init(p);
    std::vector<State> states;
    for (auto& t : row()) states.push_back(t.init(p));
    for (int step = 0; step < 4; ++step) {
      const State g = many(dtype, 0.01);
      State u = g;
      for (std::size_t i = 0; i < row().size(); ++i) u = row()[i].update(u, states[i], q);
      State again = s, same = p;
      expect_same_bits(fused.update(g, again, p), u);
      fused.apply(g, s, p);
      for (std::size_t i = 0; i < q.size(); ++i) q[i].second = q[i].second + u[i].second;
      expect_same_bits(p, q);
      expect_same_bits(s, again);
    }
  }
}

TEST(Chain, BitsDoNotDependOnTheNumberOfThreads) {
  const State g = many(float32, 0.1), p = many(float32, 1);
  const auto tx = chain(row());
  for (std::size_t i = 0; i < p.size(); ++i)
    expect_same_bits_for_any_threads([&] {
      State q = p, s = tx.init(p);
      for (int step = 0; step < 2; ++step) tx.apply(g, s, q);
      return q[i].second;
    });
}

TEST(Chain, HalfTypesComputeInFloat32) {
  for (DType dtype : {float16, bfloat16}) {
    const auto tx = chain(clip_by_global_norm(1), scale_by_adam(), scale_by_learning_rate(0.01));
    State p = params(dtype), q = params(float32), s = tx.init(p), t = tx.init(q);
    State g = grads(1, dtype), wide = g;
    for (auto& [path, value] : wide) value = value.astype(float32);
    for (int i = 0; i < 2; ++i) {
      tx.apply(g, s, p);
      tx.apply(wide, t, q);
    }
    for (std::size_t i = 0; i < p.size(); ++i) {
      EXPECT_EQ(p[i].second.dtype(), dtype);
      ramie::expect_near(p[i].second, q[i].second, dtype == float16 ? 2e-3 : 2e-2);
    }
  }
}

// The sum of the squares of 300s overflows float16.
TEST(Chain, TheNormOfHalfTypesDoesNotOverflow) {
  const State g{{"w", ramie::full({4}, 300.0, float16)}};
  EXPECT_EQ(global_norm(g).item(), 600);
  State s = clip_by_global_norm(1).init(g);
  ramie::expect_near(clip_by_global_norm(1).update(g, s, g)[0].second, {0.5, 0.5, 0.5, 0.5}, {4}, 1e-3);
}

TEST(Chain, TakesViewsWithStrides) {
  const Tensor x = random_normal({4, 6}), g = random_normal({6, 4});
  const auto tx = chain(trace(0.9), scale(-1));
  const State p{{"w", transpose(x)}}, q{{"w", contiguous(transpose(x))}};
  State a = p, b = q, s{{"0.trace.w", transpose(transpose(zeros_like(g)))}}, t = tx.init(q);
  for (int step = 0; step < 2; ++step) {
    tx.apply({{"w", transpose(contiguous(transpose(g)))}}, s, a);
    tx.apply({{"w", g}}, t, b);
  }
  expect_equal(a, b);
  ramie::expect_near(x, transpose(p[0].second), 0);
}

TEST(Chain, DenormalsBecomeZero) {
  const float tiny = std::numeric_limits<float>::min();
  const State g{{"w", ramie::full({5}, tiny)}};
  State s;
  ramie::expect_near(scale(0.25).update(g, s, g)[0].second, {0, 0, 0, 0, 0}, {5}, 0);
}

TEST(ClipByGlobalNorm, PassesSmallUpdatesToTheBit) {
  const State g{{"a", tensor({0.3, 0.1})}, {"b", tensor(0.4)}};
  State s = clip_by_global_norm(1).init(g);
  expect_same_bits(clip_by_global_norm(1).update(g, s, g), g);
}

TEST(ClipByGlobalNorm, MakesNaNsSeen) {
  const State g{{"w", tensor({std::nan(""), 1.0})}};
  State s;
  for (double v : clip_by_global_norm(1).update(g, s, g)[0].second.to_vector<double>())
    EXPECT_TRUE(std::isnan(v));
}

TEST(GlobalNorm, IsTheRootOfAllSquares) {
  EXPECT_EQ(global_norm({{"a", tensor({1.0, 2.0})}, {"b", tensor({{2.0}, {4.0}})}}).item(), 5);
  EXPECT_EQ(global_norm({}).item(), 0);
}

TEST(ScaleByLearningRate, KeepsARateThatCanBeChanged) {
  const auto tx = scale_by_learning_rate(0.5);
  const State g{{"w", tensor({2.0})}};
  State s = tx.init(g);
  EXPECT_EQ(tx.update(g, s, g)[0].second.item(), -1);
  s[0].second = tensor(0.25, float64);
  EXPECT_EQ(tx.update(g, s, g)[0].second.item(), -0.5);
}

TEST(ScaleBySchedule, CountsFromZero) {
  const auto tx = scale_by_schedule([](const Tensor& count) { return count.astype(float64) * 10; });
  const State g{{"w", tensor({2.0})}};
  State s = tx.init(g);
  EXPECT_EQ(tx.update(g, s, g)[0].second.item(), 0);
  EXPECT_EQ(tx.update(g, s, g)[0].second.item(), 20);
  EXPECT_EQ(s.at("0.count").item(), 2);
}

TEST(ScaleByAdam, TheFirstStepIsTheSign) {
  const State g{{"w", tensor({1e-3, -20.0})}};
  State s = scale_by_adam().init(g);
  ramie::expect_near(scale_by_adam().update(g, s, g)[0].second, {1, -1}, {2}, 1e-4);
}

// ---- transactions
// ------------------------------------------------------------------------------------------

Tensor no_schedule(const Tensor&) { throw std::runtime_error("no schedule"); }

TEST(Errors, AfterAnExceptionTheStateIsAsBefore) {
  const auto tx = chain(trace(0.9), clip_by_global_norm(1), scale_by_adam(),
                        scale_by_learning_rate(Schedule(no_schedule)));
  const State g = grads(0);
  State p = params(), s = tx.init(p);
  for (auto& [path, value] : s) value = ramie::full(value.shape(), 3, value.dtype());
  const State before = s, same = p;
  EXPECT_THROW(tx.apply(g, s, p), std::runtime_error);
  expect_equal(s, before);
  expect_equal(p, same);
  EXPECT_THROW(tx.update(g, s, p), std::runtime_error);
  expect_equal(s, before);
  expect_equal(g, grads(0));
}

TEST(Errors, NameTheGradient) {
  const auto tx = trace(0.9);
  const State p{{"a", ramie::zeros({2})}, {"b", ramie::zeros({3})}};
  State s = tx.init(p);
  auto text = [&](const State& g) { return error_of([&] { tx.update(g, s, p); }); };
  EXPECT_EQ(text({{"a", ramie::zeros({2})}}),
            "[update] 1 gradients for 2 parameters: take both with the same filter.");
  EXPECT_EQ(text({{"a", ramie::zeros({2})}, {"b", ramie::zeros({4})}}),
            "[update] gradient 1 is 'b' float32[4], but the parameter is 'b' float32[3].");
  EXPECT_EQ(text({{"c", ramie::zeros({2})}, {"b", ramie::zeros({3})}}),
            "[update] gradient 0 is 'c' float32[2], but the parameter is 'a' float32[2].");
  EXPECT_EQ(text({{"a", ramie::zeros({2}, float64)}, {"b", ramie::zeros({3})}}),
            "[update] gradient 0 is 'a' float64[2], but the parameter is 'a' float32[2].");
}

TEST(Errors, TheStateMustBeThisTransformations) {
  const State p{{"a", ramie::zeros({2})}};
  State nothing, other = scale_by_adam().init(p), strange{{"mu", ramie::zeros({2})}};
  State wide = trace(0.9).init({{"a", ramie::zeros({2}, float64)}});
  auto text = [&](State& s) { return error_of([&] { trace(0.9).update(p, s, p); }); };
  EXPECT_EQ(text(nothing),
            "[update] the state has 0 values where 1 belong: use this transformation's init(params).");
  EXPECT_EQ(text(other),
            "[update] the state has 3 values where 1 belong: use this transformation's init(params).");
  EXPECT_EQ(text(strange), "[update] the state's 'mu' is not of this transformation: use its init(params).");
  EXPECT_EQ(text(wide),
            "[update] parameter 0 is float32[2], but its state is float64[2]: all must be alike, floating "
            "and dense.");
  EXPECT_EQ(wide[0].second.dtype(), float64);
}

TEST(Errors, ThereIsALimitOfStatesInARow) {
  const auto tx = chain(std::vector<GradientTransformation>(5, scale_by_adam()));
  const State g = grads(0);
  State s = tx.init(g);
  const State before = s;
  EXPECT_EQ(error_of([&] { tx.update(g, s, g); }),
            "[chain] 10 states for each parameter in a row of elementwise transformations: at most 8.");
  expect_equal(s, before);
}

TEST(Errors, TheNormMustBePositive) {
  EXPECT_EQ(error_of([] { clip_by_global_norm(0); }),
            "[clip_by_global_norm] the largest norm is 0: it must be positive.");
}

// ---- memory
// ------------------------------------------------------------------------------------------------

TEST(Memory, BuffersAreOverwrittenInPlace) {
  const auto tx = chain(clip_by_global_norm(1), scale_by_adam(), scale_by_learning_rate(0.1));
  State p = many(float32, 1), s = tx.init(p);
  const State g = many(float32, 0.1);
  tx.apply(g, s, p);
  std::vector<const void*> before;
  for (auto* state : {&p, &s})
    for (auto& [path, value] : *state) before.push_back(value.view().data);
  tx.apply(g, s, p);
  std::size_t i = 0;
  for (auto* state : {&p, &s})
    for (auto& [path, value] : *state) {
      const void* was = before[i++];
      if (value.rank() > 0) {  // counters are new tensors
        EXPECT_EQ(value.view().data, was) << path;
      }
    }
}

TEST(Memory, NothingIsTakenFromTheSystemInASteadyState) {
  const auto tx = chain(row());
  State p = many(float32, 1), s = tx.init(p);
  const State g = many(float32, 0.1);
  for (int i = 0; i < 3; ++i) tx.apply(g, s, p);
  const auto before = memory_stats().system_calls;
  for (int i = 0; i < 5; ++i) tx.apply(g, s, p);
  EXPECT_EQ(memory_stats().system_calls, before);
}

TEST(Memory, WhatSomebodyElseHoldsStaysAsItIs) {
  const auto tx = chain(trace(0.9), scale_by_learning_rate(0.1));
  State p = params(), s = tx.init(p);
  const State held = p, held_state = s;
  const Tensor view = p[1].second[0];
  const auto row = view.to_vector<double>();
  tx.apply(grads(0), s, p);
  tx.apply(grads(1), s, p);
  expect_equal(held, params());
  EXPECT_EQ(view.to_vector<double>(), row);
  for (auto& [path, value] : held_state)
    if (value.rank() > 0) {
      EXPECT_EQ(value.to_vector<double>(), std::vector<double>(static_cast<std::size_t>(value.size()), 0));
    }
}

TEST(Memory, UpdateLeavesGradientsAndParameters) {
  const auto tx = chain(scale_by_adam(), scale(-1));
  const State g = grads(0), p = params();
  State s = tx.init(p);
  tx.update(g, s, p);
  expect_equal(g, grads(0));
  expect_equal(p, params());
}

}  // namespace
}  // namespace ramie::optim
