#include <ramie/tensor/ops/update.h>

#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <vector>

#include "support/ops.h"

namespace ramie::kernels {
namespace {

// A stage that is plain to see: u = u * c + p + old state + scalar; new state = u.
template <class T>
void mix(const Stage& s, const Piece<T>& piece) {
  for (std::int64_t i = 0; i < piece.n; ++i) {
    const T old = piece.before[0][i];
    piece.update[i] = piece.update[i] * static_cast<T>(s.constants[0]) + piece.param[i] + old +
                      static_cast<T>(piece.scalars[0]);
    piece.after[0][i] = piece.update[i];
  }
}
Stage mixing(double c) { return {mix<float>, mix<double>, 1, 1, {c}}; }

std::vector<Tensor> run(const Update& k, std::vector<Tensor> x) { return launch_all(k, std::move(x)); }

TEST(Update, RunsTheStagesOfEachParameter) {
  const Update k{{mixing(2), mixing(10)}, 2};
  EXPECT_EQ(k.states(), 2);
  EXPECT_EQ(k.scalars(), 2);
  auto t = [](double v) { return tensor({v}, float64); };
  // u = 1*2 + 3 + 5 + 0.5 = 10.5, then 10.5*10 + 3 + 7 + 0.25 = 115.25; the parameter becomes 118.25.
  const auto y = run(k, {tensor(0.5), tensor(0.25, float64), t(1), t(3), t(5), t(7), t(0), t(1), t(0), t(0)});
  ASSERT_EQ(y.size(), 6u);
  const double expected[] = {118.25, 10.5, 115.25, 17.25, 1.5, 16.25};
  for (std::size_t i = 0; i < y.size(); ++i) EXPECT_EQ(y[i].item(), expected[i]) << i;
}

TEST(Update, GivesTheUpdateAlone) {
  const Update k{{mixing(2)}, 1, false};
  const auto y = run(k, {tensor(0.0), tensor({1.0}), tensor({3.0}), tensor({5.0})});
  EXPECT_EQ(y[0].item(), 10);
  EXPECT_EQ(y[1].item(), 10);
}

TEST(Update, NeedsNoStagesAndNoParameters) {
  EXPECT_EQ(run({{}, 1}, {tensor({1.0}), tensor({3.0})})[0].item(), 4);
  EXPECT_TRUE(run({{}, 0}, {}).empty());
  EXPECT_EQ(run({{mixing(1)}, 1}, {tensor(0.0), zeros({0}), zeros({0}), zeros({0})})[0].size(), 0);
}

// The sizes around the pieces that the kernel works on, against the formula in ops.
TEST(Update, AnySizeAndDtype) {
  for (DType dtype : {float32, float64, float16, bfloat16})
    for (std::int64_t n : {1, 7, 1023, 1024, 1025, 70001}) {
      const Tensor g = random_normal({n}, dtype), p = random_normal({n}, dtype),
                   s = random_normal({n}, dtype);
      const auto y = run({{mixing(3)}, 1}, {tensor(0.5), g, p, s});
      const DType wide = promote(dtype, float32);
      const Tensor u = g.astype(wide) * 3 + p.astype(wide) + s.astype(wide) + 0.5;
      expect_near(y[0], (p.astype(wide) + u).astype(dtype), 0);
      expect_near(y[1], u.astype(dtype), 0);
    }
}

TEST(Update, ParametersMayDifferInDtype) {
  const auto y =
      run({{mixing(1)}, 2}, {tensor(0.0), tensor({1.0}), tensor({2.0}), tensor({3.0}), tensor({1.0}, float64),
                             tensor({2.0}, float64), tensor({0.1}, float64)});
  EXPECT_EQ(y[0].dtype(), float32);
  EXPECT_EQ(y[2].dtype(), float64);
  EXPECT_EQ(y[2].item(), 2 + (1 + 2 + 0.1));
}

TEST(Update, BitsDoNotDependOnTheNumberOfThreads) {
  std::vector<Tensor> x{tensor(0.5)};
  for (std::int64_t n : {40000, 3, 50001})
    for (int i = 0; i < 3; ++i) x.push_back(random_normal({n}, float32));
  for (std::size_t output : {0, 2, 4})
    expect_same_bits_for_any_threads([&] { return run({{mixing(3)}, 3}, x)[output]; });
}

TEST(Update, WritesOverWhatNobodyElseHolds) {
  std::vector<Tensor> x{tensor(0.5), tensor({1.0}), tensor({2.0}), tensor({3.0})};
  const Tensor held = x[2];
  const void *param = x[2].view().data, *state = x[3].view().data;
  const auto y = launch_all(Update{{mixing(1)}, 1}, std::move(x));
  EXPECT_NE(y[0].view().data, param);
  EXPECT_EQ(y[1].view().data, state);
  EXPECT_EQ(held.item(), 2);
}

TEST(Update, ErrorsNameTheParameter) {
  auto text = [](const Update& k, std::vector<Tensor> x) { return error_of([&] { run(k, x); }); };
  const Tensor one = zeros({1}), s = tensor(0.0);
  EXPECT_EQ(text({{mixing(1)}, 2}, {s, one, one, one}),
            "[update] 4 inputs, not 1 scalars and 3 for each of 2 parameters.");
  EXPECT_EQ(text({{mixing(1)}, 2}, {s, one, one, one, zeros({2}), one, one}),
            "[update] parameter 1 is float32[1], but its gradient is float32[2]: all must be alike, floating "
            "and dense.");
  EXPECT_EQ(text({{mixing(1)}, 1}, {s, one, one, zeros({1}, float64)}),
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
  EXPECT_EQ(text({std::vector<Stage>(9, mixing(1)), 0}, {}),
            "[update] 9 states for each parameter: at most 8.");
}

}  // namespace
}  // namespace ramie::kernels
