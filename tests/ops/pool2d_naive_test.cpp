#include <ramie/tensor/ops/pool2d_naive.h>

#include "ops/conv2d_cases.h"

namespace ramie {
namespace {

namespace naive = kernels::naive;
using kernels::PoolWindow;
using Values = std::vector<double>;

// 1 5 2
// 4 3 6
Tensor image() { return cases::from_doubles({1, 5, 2, 4, 3, 6}, {1, 2, 3, 1}, float64); }

TEST(Pool2dNaive, Average) {
  const Tensor dy = cases::from_doubles({4, 8}, {1, 1, 2, 1}, float64);
  EXPECT_EQ(launch(naive::AvgPool{{.size = {2, 2}}}, image()).to_vector<double>(), (Values{3.25, 4}));
  EXPECT_EQ(launch(naive::AvgPoolGradient{{.size = {2, 2}}, true, {1, 2, 3, 1}}, dy).to_vector<double>(),
            (Values{1, 3, 2, 1, 3, 2}));
}

TEST(Pool2dNaive, AverageOverPadding) {
  const PoolWindow corner{
      .size = {2, 2}, .strides = {2, 3}, .padding = {{{1, 0}, {1, 0}}}};  // 1 alone under a window
  EXPECT_EQ(launch(naive::AvgPool{corner, true}, image()).to_vector<double>(), (Values{0.25}));
  EXPECT_EQ(launch(naive::AvgPool{corner, false}, image()).to_vector<double>(), (Values{1}));
  const Tensor dy = cases::from_doubles({8}, {1, 1, 1, 1}, float64);
  EXPECT_EQ(launch(naive::AvgPoolGradient{corner, true, {1, 2, 3, 1}}, dy).to_vector<double>(),
            (Values{2, 0, 0, 0, 0, 0}));
  EXPECT_EQ(launch(naive::AvgPoolGradient{corner, false, {1, 2, 3, 1}}, dy).to_vector<double>(),
            (Values{8, 0, 0, 0, 0, 0}));
}

TEST(Pool2dNaive, MaximumAndItsPlace) {
  const PoolWindow w{.size = {2, 2}};
  const auto [y, index] = launch(naive::MaxPoolIndex{w}, image());
  EXPECT_EQ(y.to_vector<double>(), (Values{5, 6}));
  EXPECT_EQ(index.to_vector<int>(), (std::vector<int>{1, 3}));
  const auto [low, at] = launch(naive::MaxPoolIndex{w, true}, image());
  EXPECT_EQ(low.to_vector<double>(), (Values{1, 2}));
  EXPECT_EQ(at.to_vector<int>(), (std::vector<int>{0, 1}));
  EXPECT_EQ(launch(naive::MaxPool{w, true}, image()).to_vector<double>(), (Values{1, 2}));
  const Tensor dy = cases::from_doubles({10, 20}, {1, 1, 2, 1}, float64);
  EXPECT_EQ(launch(naive::PoolScatter{w, {1, 2, 3, 1}}, dy, index).to_vector<double>(),
            (Values{0, 10, 0, 0, 0, 20}));
  EXPECT_EQ(launch(naive::PoolGather{w}, image(), at).to_vector<double>(), (Values{1, 2}));
}

TEST(Pool2dNaive, TheFirstOfEqualsAndNaNWin) {
  const auto index = [](const Values& v) {
    return launch(naive::MaxPoolIndex{{.size = {1, 3}}}, cases::from_doubles(v, {1, 1, 3, 1}, float64))[1]
        .item<int>();
  };
  EXPECT_EQ(index({2, 2, 1}), 0);
  EXPECT_EQ(index({1, 2, 2}), 1);
  EXPECT_EQ(index({-INFINITY, -INFINITY, -INFINITY}), 0);
  EXPECT_EQ(index({9, NAN, NAN}), 1);
  EXPECT_EQ(index({NAN, 9, 1}), 0);
}

// A window that lies in the padding alone has the extreme of nothing, and no place.
TEST(Pool2dNaive, WindowsOfPaddingOnly) {
  const PoolWindow w{.size = {1, 1}, .padding = {{{0, 0}, {1, 0}}}};
  const Tensor x = cases::from_doubles({3}, {1, 1, 1, 1}, float64);
  const auto [y, index] = launch(naive::MaxPoolIndex{w}, x);
  EXPECT_EQ(y.to_vector<double>(), (Values{-INFINITY, 3}));
  EXPECT_EQ(index.to_vector<int>(), (std::vector<int>{1, 0}));
  EXPECT_EQ(launch(naive::MaxPool{w, true}, x).to_vector<double>(), (Values{INFINITY, 3}));
}

TEST(Pool2dNaive, TakesEveryDtype) {
  for (DType t : {uint8, int8, int32, int64, float16, bfloat16, float32}) {
    const Tensor x = cases::from_doubles({1, 5, 2, 4, 3, 6}, {1, 2, 3, 1}, t);
    EXPECT_EQ(launch(naive::MaxPool{{.size = {2, 2}}}, x).to_vector<double>(), (Values{5, 6})) << name(t);
    if (!is_floating(t)) continue;
    EXPECT_EQ(launch(naive::AvgPool{{.size = {2, 2}}}, x).to_vector<double>(), (Values{3.25, 4})) << name(t);
  }
}

}  // namespace
}  // namespace ramie
