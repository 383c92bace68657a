// Comparisons, logic, where.
#include <ramie/autograd/ops/elementwise.h>

#include "support/ops.h"

namespace ramie {
namespace {

using Bits = std::vector<int>;

TEST(ElementwiseChoice, Comparisons) {
  for (DType t : {float16, bfloat16, float32, float64, int8, int32, int64}) {
    const Tensor a = tensor({1, 2, 3}, t), b = tensor({2, 2, 2}, t);
    EXPECT_EQ((a < b).to_vector<int>(), (Bits{1, 0, 0}));
    EXPECT_EQ((a <= b).to_vector<int>(), (Bits{1, 1, 0}));
    EXPECT_EQ((a > b).to_vector<int>(), (Bits{0, 0, 1}));
    EXPECT_EQ((a >= b).to_vector<int>(), (Bits{0, 1, 1}));
    EXPECT_EQ((a == b).to_vector<int>(), (Bits{0, 1, 0}));
    EXPECT_EQ((a != b).to_vector<int>(), (Bits{1, 0, 1}));
    EXPECT_EQ((a < 2).to_vector<int>(), (Bits{1, 0, 0}));
    EXPECT_EQ((a <= 2).to_vector<int>(), (Bits{1, 1, 0}));
    EXPECT_EQ((a > 2).to_vector<int>(), (Bits{0, 0, 1}));
    EXPECT_EQ((a >= 2).to_vector<int>(), (Bits{0, 1, 1}));
    EXPECT_EQ((a == 2).to_vector<int>(), (Bits{0, 1, 0}));
    EXPECT_EQ((a != 2).to_vector<int>(), (Bits{1, 0, 1}));
    EXPECT_EQ(greater(a, b).dtype(), bool_);
  }
  EXPECT_EQ((tensor({1, 2}) < 1.5).to_vector<int>(), (Bits{1, 0}));
  EXPECT_EQ((tensor({{1}, {2}}) == tensor({1, 2, 2})).to_vector<int>(), (Bits{1, 0, 0, 0, 1, 1}));
}

TEST(ElementwiseChoice, NanEqualsNothing) {
  const Tensor x = tensor({static_cast<double>(NAN)}, float64);
  for (const Tensor& y : {x == x, x<x, x <= x, x> x, x >= x, x == 0}) EXPECT_EQ(y.item<int>(), 0);
  EXPECT_EQ((x != x).item<int>(), 1);
}

TEST(ElementwiseChoice, Logic) {
  const Tensor a = tensor({0.0, 0.5, 0.0, -2.0}), b = tensor({0, 0, 1, 7});
  EXPECT_EQ(logical_and(a, b).to_vector<int>(), (Bits{0, 0, 0, 1}));
  EXPECT_EQ(logical_or(a, b).to_vector<int>(), (Bits{0, 1, 1, 1}));
  EXPECT_EQ(logical_not(a).to_vector<int>(), (Bits{1, 0, 1, 0}));
  EXPECT_EQ(logical_not(b > 0).to_vector<int>(), (Bits{1, 1, 0, 0}));
}

// Comparisons of all lengths: their bytes are packed from vectors of several widths.
TEST(ElementwiseChoice, EveryLength) {
  for (DType t : {float32, float64, int32, int64, float16}) {
    const Tensor x = random_integers({83}, -3, 3, t);
    const auto values = x.to_vector<double>();
    for (std::int64_t n = 0; n <= 83; ++n) {
      Bits expected;
      for (std::int64_t i = 0; i < n; ++i) expected.push_back(values[static_cast<std::size_t>(i)] > 0);
      EXPECT_EQ((x.slice(0, 0, n) > 0).to_vector<int>(), expected);
    }
  }
}

TEST(ElementwiseChoice, WhereOfEveryDtype) {
  for (DType t : {bool_, uint8, int8, int16, int32, uint32, int64, float16, bfloat16, float32, float64}) {
    const Tensor c = tensor({true, false, true}), a = tensor({1, 0, 0}, t), b = tensor({0, 1, 1}, t);
    EXPECT_EQ(where(c, a, b).to_vector<int>(), (Bits{1, 1, 0}));
    EXPECT_EQ(where(c, a, b).dtype(), t);
    EXPECT_EQ(where(c, 1, b).to_vector<int>(), (Bits{1, 1, 1}));
    EXPECT_EQ(where(c, a, 0).to_vector<int>(), (Bits{1, 0, 0}));
    EXPECT_EQ(where(c, a, 0).dtype(), t == bool_ ? int32 : t);
  }
  EXPECT_EQ(where(tensor({2.5, 0.0}), tensor({1, 1}), tensor({3, 3})).to_vector<int>(), (Bits{1, 3}));
  EXPECT_EQ(where(tensor({true}), tensor({1}), tensor({0.5})).dtype(), float32);
}

TEST(ElementwiseChoice, WhereBroadcastsAllThree) {
  const Tensor c = tensor({{true}, {false}}), a = tensor({1.0, 2.0, 3.0}), b = tensor(9.0);
  EXPECT_EQ(where(c, a, b).to_vector<int>(), (Bits{1, 2, 3, 9, 9, 9}));
  EXPECT_EQ(where(tensor(true), a, 0).to_vector<int>(), (Bits{1, 2, 3}));
  EXPECT_EQ(where(c, 0.5, tensor(1.0)).shape(), (Shape{2, 1}));
}

TEST(ElementwiseChoice, WhereDoesNotMixInTheOther) {
  const Tensor c = tensor({true, false}),
               bad = tensor({static_cast<double>(NAN), static_cast<double>(INFINITY)});
  EXPECT_EQ(where(c, tensor({1.0, 2.0}), bad).to_vector<double>()[0], 1);
  const Tensor x = variable(tensor({1.0, 2.0}));
  EXPECT_EQ(gradients(where(c, x, bad), {x}, ones({2}))[0].to_vector<double>(), (std::vector<double>{1, 0}));
}

TEST(ElementwiseChoice, GradientsOfWhere) {
  const Tensor c = random_normal({3, 4}) > 0, a = random_normal({4}), b = random_normal({3, 1});
  const CheckOptions second{.order = 2, .tolerance = 1e-5};
  const auto report = check_gradients(
      [&](const Tensor& x, const Tensor& y) { return where(c, x * y, square(y)); }, {a, b}, second);
  EXPECT_TRUE(report) << report.table;
  const auto numbers =
      check_gradients([&](const Tensor& x) { return where(c, x, 2) * where(c, -1, square(x)); },
                      {random_normal({3, 4})}, second);
  EXPECT_TRUE(numbers) << numbers.table;
}

TEST(ElementwiseChoice, ComparisonsEndTheGraph) {
  const Tensor x = variable(tensor({1.0, -1.0}));
  EXPECT_EQ((x > 0).graph(), nullptr);
  EXPECT_EQ(logical_not(x).graph(), nullptr);
  EXPECT_EQ((x == x.reshape({2, 1})).graph(), nullptr);
}

}  // namespace
}  // namespace ramie
