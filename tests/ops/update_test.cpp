#include <ramie/tensor/ops/update.h>

#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <vector>

#include "support/ops.h"

namespace ramie::kernels {
namespace {

// Two stages that are plain to see: state = u + decay * state, u = state * scalar.
std::vector<Stage> scaled_trace(double decay) {
  return {stage::trace(decay, false), stage::scale_by_scalar(1)};
}

std::vector<Tensor> run(const Update& k, std::vector<Tensor> x) { return launch_all(k, std::move(x)); }

TEST(Update, RunsTheStagesOfEachParameter) {
  Update k{scaled_trace(2), 2};
  for (auto& s : scaled_trace(10)) k.stages.push_back(s);
  EXPECT_EQ(k.states(), 2);
  EXPECT_EQ(k.scalars(), 2);
  auto t = [](double v) { return tensor({v}, float64); };
  // (1 + 2*5) * 0.5 = 5.5, then (5.5 + 10*7) * 0.25 = 18.875; the parameter becomes 21.875.
  const auto y = run(k, {tensor(0.5), tensor(0.25, float64), t(1), t(3), t(5), t(7), t(0), t(1), t(0), t(8)});
  ASSERT_EQ(y.size(), 6u);
  const double expected[] = {21.875, 11, 75.5, 21, 0, 80};
  for (std::size_t i = 0; i < y.size(); ++i) EXPECT_EQ(y[i].item(), expected[i]) << i;
}

TEST(Update, GivesTheUpdateAlone) {
  const Update k{scaled_trace(2), 1, false};
  const auto y = run(k, {tensor(3.0), tensor({1.0}), tensor({3.0}), tensor({5.0})});
  EXPECT_EQ(y[0].item(), 33);
  EXPECT_EQ(y[1].item(), 11);
}

TEST(Update, NeedsNoStagesAndNoParameters) {
  EXPECT_EQ(run({{}, 1}, {tensor({1.0}), tensor({3.0})})[0].item(), 4);
  EXPECT_TRUE(run({{}, 0}, {}).empty());
  EXPECT_EQ(run({scaled_trace(1), 1}, {tensor(0.0), zeros({0}), zeros({0}), zeros({0})})[0].size(), 0);
}

// The update of one parameter against the formula in ops; all numbers are exact, but for the last sum.
void expect_scaled_trace(const Tensor& result, const Tensor& new_state, const Tensor& g, const Tensor& p,
                         const Tensor& state) {
  const DType dtype = g.dtype(), wide = promote(dtype, float32);
  const Tensor s = g.astype(wide) + state.astype(wide) * 2;
  expect_near(result, (p.astype(wide) + s * 0.5).astype(dtype), 0);
  expect_near(new_state, s.astype(dtype), 0);
}

// The sizes around the pieces that the kernel works on.
TEST(Update, AnySizeAndDtype) {
  for (DType dtype : {float32, float64, float16, bfloat16})
    for (std::int64_t n : {1, 7, 1023, 1024, 1025, 2048, 2049, 70001}) {
      const Tensor g = random_normal({n}, dtype), p = random_normal({n}, dtype),
                   s = random_normal({n}, dtype);
      const auto y = run({scaled_trace(2), 1}, {tensor(0.5), g, p, s});
      expect_scaled_trace(y[0], y[1], g, p, s);
    }
}

// Memory that is not aligned to 16 bytes takes another path on CUDA.
TEST(Update, AnyPlaceInMemory) {
  for (DType dtype : {float32, float64, bfloat16})
    for (std::int64_t begin : {1, 2, 3}) {
      const Tensor all = random_normal({3, 5000}, dtype);
      const auto row = [&](std::int64_t i) { return slice(all[i], 0, begin, begin + 4990); };
      const auto y = run({scaled_trace(2), 1}, {tensor(0.5), row(0), row(1), row(2)});
      expect_scaled_trace(y[0], y[1], row(0), row(1), row(2));
    }
}

// Of several dtypes, and more than one launch on CUDA takes.
TEST(Update, ManyParametersOfDifferentSizes) {
  constexpr std::size_t parameters = 131;
  std::vector<Tensor> x{tensor(0.5)};
  for (std::size_t i = 0; i < parameters; ++i)
    for (int j = 0; j < 3; ++j)
      x.push_back(
          random_normal({i % 7 == 6 ? 5003 : static_cast<std::int64_t>(i % 5)}, i % 3 ? float32 : float16));
  const auto y = run({scaled_trace(2), parameters}, x);
  for (std::size_t i = 0; i < parameters; ++i)
    expect_scaled_trace(y[2 * i], y[2 * i + 1], x[1 + 3 * i], x[2 + 3 * i], x[3 + 3 * i]);
}

// Every third parameter leaves one of the stages out, every fifth another.
TEST(Update, ParametersMayLeaveStagesOut) {
  constexpr std::size_t parameters = 67;
  Update k{{stage::trace(2, false), stage::scale(10), stage::add_decayed_weights(1), stage::scale(-1)},
           parameters,
           false};
  std::vector<Tensor> x;
  for (std::size_t i = 0; i < parameters; ++i) {
    k.skipped.push_back((i % 3 ? 0u : 2u) | (i % 5 ? 0u : 4u));
    for (double v : {1., 3., 5.}) x.push_back(full({1025}, v, i % 2 ? float32 : bfloat16));
  }
  const auto y = run(k, x);
  for (std::size_t i = 0; i < parameters; ++i) {
    expect_near(y[2 * i], full_like(y[2 * i], -(11 * (i % 3 ? 10. : 1.) + (i % 5 ? 3. : 0.))), 0);
    expect_near(y[2 * i + 1], full_like(y[2 * i + 1], 11), 0);
  }
}

TEST(Update, ParametersMayDifferInDtype) {
  const auto y =
      run({scaled_trace(1), 2}, {tensor(1.0), tensor({1.0}), tensor({2.0}), tensor({3.0}),
                                 tensor({1.0}, float64), tensor({2.0}, float64), tensor({0.1}, float64)});
  EXPECT_EQ(y[0].dtype(), float32);
  EXPECT_EQ(y[2].dtype(), float64);
  EXPECT_EQ(y[2].item(), 2 + (1 + 0.1));
}

TEST(Update, BitsDoNotDependOnTheNumberOfThreads) {
  std::vector<Tensor> x{tensor(0.5)};
  for (std::int64_t n : {40000, 3, 50001})
    for (int i = 0; i < 3; ++i) x.push_back(random_normal({n}, float32));
  for (std::size_t output : {0, 2, 4})
    expect_same_bits_for_any_threads([&] { return run({scaled_trace(3), 3}, x)[output]; });
}

TEST(Update, WritesOverWhatNobodyElseHolds) {
  std::vector<Tensor> x{tensor(0.5), tensor({1.0}), tensor({2.0}), tensor({3.0})};
  const Tensor held = x[2];
  const void *param = x[2].view().data, *state = x[3].view().data;
  const auto y = launch_all(Update{scaled_trace(1), 1}, std::move(x));
  EXPECT_NE(y[0].view().data, param);
  EXPECT_EQ(y[1].view().data, state);
  EXPECT_EQ(held.item(), 2);
}

TEST(Update, ErrorsNameTheParameter) {
  auto text = [](const Update& k, std::vector<Tensor> x) { return error_of([&] { run(k, x); }); };
  const Tensor one = zeros({1}), s = tensor(0.0);
  EXPECT_EQ(text({scaled_trace(1), 2}, {s, one, one, one}),
            "[update] 4 inputs, not 1 scalars and 3 for each of 2 parameters.");
  EXPECT_EQ(text({scaled_trace(1), 2}, {s, one, one, one, zeros({2}), one, one}),
            "[update] parameter 1 is float32[1], but its gradient is float32[2]: all must be alike, floating "
            "and dense.");
  EXPECT_EQ(text({scaled_trace(1), 1}, {s, one, one, zeros({1}, float64)}),
            "[update] parameter 0 is float32[1], but its state is float64[1]: all must be alike, floating "
            "and dense.");
  const Tensor flipped = flip(zeros({3}));
  EXPECT_EQ(text({{}, 1}, {zeros({3}), flipped}),
            "[update] parameter 0 is float32[3], but its value is float32[3] with strides: all must be "
            "alike, floating and "
            "dense.");
  EXPECT_EQ(text({{}, 1}, {zeros({1}, int32), zeros({1}, int32)}),
            "[update] parameter 0 is int32[1], but its gradient is int32[1]: all must be alike, floating and "
            "dense.");
  EXPECT_EQ(text({scaled_trace(1), 1}, {zeros({2}), one, one, one}),
            "[update] scalar 0 is float32[2]: one number of float32, float64 or int32 is needed.");
  EXPECT_EQ(text({std::vector<Stage>(9, stage::trace(1, false)), 0}, {}),
            "[update] 9 states for each parameter: at most 8.");
  EXPECT_EQ(text({scaled_trace(1), 1, true, {0, 0}}, {s, one, one, one}),
            "[update] the stages that 2 parameters leave out, but there are 1.");
  EXPECT_EQ(text({scaled_trace(1), 1, true, {1}}, {s, one, one, one}),
            "[update] parameter 0 leaves a stage out that has states: it must have none.");
  EXPECT_EQ(text({std::vector<Stage>(17, stage::scale(1)), 0}, {}),
            "[update] 17 stages with 0 scalars: at most 16 with 16.");
}

}  // namespace
}  // namespace ramie::kernels
