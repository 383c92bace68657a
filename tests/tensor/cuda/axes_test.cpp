#include <ramie/tensor/cuda/axes.h>

#include <gtest/gtest.h>

#include <vector>

namespace ramie::kernels {
namespace {

using Offsets = std::vector<std::int64_t>;

// The offsets of an operand in row-major order, as plain loops find them.
Offsets offsets(const Shape& shape, const Shape& strides) {
  Offsets all{0};
  for (int i = 0; i < shape.rank(); ++i) {
    Offsets longer;
    for (const std::int64_t at : all)
      for (std::int64_t j = 0; j < shape[i]; ++j) longer.push_back(at + j * strides[i]);
    all = longer;
  }
  return all;
}
// And as the device's walk does.
template <int n>
Offsets walk(const JointAxes<n>& axes, int operand) {
  const Walk<n> w(axes);
  Offsets all;
  for (std::int64_t i = 0; i < axes.size(); ++i)
    all.push_back(axes.begin[operand] + w.element(static_cast<unsigned>(i)).at[operand]);
  return all;
}

JointAxes<2> joint(const Shape& shape, const Shape& y, const Shape& x) { return {shape, {y, x}}; }
JointAxes<1> joint(const Shape& shape, const Shape& y) { return {shape, {y}}; }

TEST(JointAxes, JoinWhereAllOperandsGoOn) {
  const auto dense = joint({4, 5, 6}, Shape{30, 6, 1}, Shape{30, 6, 1});
  EXPECT_EQ(dense.rank, 1);
  EXPECT_EQ(dense.columns(), 120);
  const auto bias = joint({4, 5, 6}, Shape{30, 6, 1}, Shape{0, 0, 1});
  EXPECT_EQ(bias.rank, 2);
  EXPECT_EQ(bias.length[0], 20);
  EXPECT_EQ(bias.step(), (JointAxes<2>::Strides{1, 1}));
  const auto number = joint({4, 5, 6}, Shape{30, 6, 1}, Shape{0, 0, 0});
  EXPECT_EQ(number.rank, 1);
  EXPECT_EQ(number.step(), (JointAxes<2>::Strides{1, 0}));
}

TEST(JointAxes, AxesOfLengthOneAreLeftOut) {
  const auto axes = joint({1, 7, 1, 3}, Shape{99, 3, -5, 1});
  EXPECT_EQ(axes.rank, 1);
  EXPECT_EQ(axes.columns(), 21);
  const auto none = joint({}, Shape{});
  EXPECT_EQ(none.rank, 1);
  EXPECT_EQ(none.size(), 1);
}

TEST(JointAxes, AWalkFindsEveryElement) {
  const Shape shape = {3, 2, 5, 1, 4, 2, 3, 2};  // as many axes as there can be
  const Shape dense = Layout(float32, shape).strides, flipped = {-7, 100, 1, 0, -3, 0, 1000, 11};
  const auto axes = joint(shape, dense, flipped);
  EXPECT_EQ(walk(axes, 0), offsets(shape, dense));
  EXPECT_EQ(walk(axes, 1), offsets(shape, flipped));
}

TEST(JointAxes, AWalkKnowsItsColumn) {
  const Walk<1> w(joint({4, 5}, Shape{10, 1}));
  for (unsigned i = 0; i < 20; ++i) EXPECT_EQ(w.element(i).column, i % 5);
}

TEST(JointAxes, PartsAreTheWhole) {
  const Shape shape = {7, 300}, strides = {1, 7};
  const auto axes = joint(shape, Shape{300, 1}, strides);
  for (const std::int64_t most : {5, 64, 130, 1000, 2099, 2100}) {
    Offsets from(2100, -1);
    for_each_part(
        axes,
        [&](const JointAxes<2>& part) {
          EXPECT_LE(part.size(), most);
          const Offsets y = walk(part, 0), x = walk(part, 1);
          for (std::size_t i = 0; i < y.size(); ++i) from[static_cast<std::size_t>(y[i])] = x[i];
        },
        most);
    EXPECT_EQ(from, offsets(shape, strides)) << most;
  }
}

TEST(JointAxes, LongRowsAreCutWhereVectorsEnd) {
  const auto axes = joint({1001}, Shape{1});
  for_each_part(
      axes, [](const JointAxes<1>& part) { EXPECT_EQ(part.begin[0] % 64, 0); }, 200);
}

}  // namespace
}  // namespace ramie::kernels
