// shape_arrange, shape_pad, shape_diagonal and shape_grid.
#include <ramie/autograd/ops/shape_arrange.h>

#include <ramie/autograd/ops/reduce.h>
#include <ramie/autograd/ops/shape_diagonal.h>
#include <ramie/autograd/ops/shape_grid.h>
#include <ramie/autograd/ops/shape_pad.h>

#include "support/ops.h"
#include "support/values.h"

namespace ramie {
namespace {

TEST(Arrange, MovesAxes) {
  const Tensor x = counting({2, 3, 4, 5});
  EXPECT_EQ(moveaxis(x, 0, -1).shape(), (Shape{3, 4, 5, 2}));
  EXPECT_EQ(moveaxis(x, -1, 1).shape(), (Shape{2, 5, 3, 4}));
  EXPECT_EQ(moveaxis(x, {0, 1}, {-1, -2}).shape(), (Shape{4, 5, 3, 2}));
  EXPECT_EQ(moveaxis(x, {3, 0}, {0, 2}).shape(), (Shape{5, 3, 2, 4}));
  EXPECT_EQ(values(moveaxis(x, 1, 2)), values(transpose(x, {0, 2, 1, 3})));
  EXPECT_EQ(moveaxis(tensor(1.0), Shape{}, Shape{}).shape(), Shape{});
  EXPECT_EQ(atleast_1d(tensor(1)).shape(), (Shape{1}));
  EXPECT_EQ(atleast_2d(tensor({1, 2})).shape(), (Shape{1, 2}));
  EXPECT_EQ(atleast_3d(tensor({1, 2})).shape(), (Shape{1, 2, 1}));
  EXPECT_EQ(atleast_3d(zeros({4, 5})).shape(), (Shape{4, 5, 1}));
  EXPECT_EQ(ravel(tensor(2)).shape(), (Shape{1}));
}

TEST(Arrange, Splits) {
  const Tensor x = counting({7, 2});
  auto lengths = [](const std::vector<Tensor>& parts, int axis) {
    Values out;
    for (auto& p : parts) out.push_back(static_cast<double>(p.shape(axis)));
    return out;
  };
  EXPECT_EQ(lengths(array_split(x, 3), 0), (Values{3, 2, 2}));
  EXPECT_EQ(lengths(array_split(x, 9), 0), (Values{1, 1, 1, 1, 1, 1, 1, 0, 0}));
  EXPECT_EQ(lengths(split(x, 7), 0), Values(7, 1));
  EXPECT_EQ(lengths(split(x, {2, 5}), 0), (Values{2, 3, 2}));
  EXPECT_EQ(lengths(split(x, {3}), 0), (Values{3, 4}));  // one index, not three parts
  EXPECT_EQ(lengths(split(x, {-1}), 0), (Values{6, 1}));
  EXPECT_EQ(lengths(split(x, {5, 3, 20}), 0), (Values{5, 0, 4, 0}));
  EXPECT_EQ(values(split(x, 2, -1)[1]), (Values{1, 3, 5, 7, 9, 11, 13}));
  EXPECT_EQ(values(concatenate(array_split(x, 4))), values(x));
  EXPECT_EQ(lengths(split(zeros({0, 2}), 3), 0), Values(3, 0));
}

TEST(Arrange, RepeatsAndRolls) {
  const Tensor x = tensor({{1, 2}, {3, 4}});
  EXPECT_EQ(values(tile(x, {2})), (Values{1, 2, 1, 2, 3, 4, 3, 4}));
  EXPECT_EQ(values(tile(x, {2, 1})), (Values{1, 2, 3, 4, 1, 2, 3, 4}));
  EXPECT_EQ(tile(x, {3, 1, 2}).shape(), (Shape{3, 2, 4}));
  EXPECT_EQ(tile(x, {0, 1}).shape(), (Shape{0, 2}));
  EXPECT_EQ(tile(tensor(1), {2, 2}).shape(), (Shape{2, 2}));
  EXPECT_EQ(values(repeat(x, 2)), (Values{1, 1, 2, 2, 3, 3, 4, 4}));
  EXPECT_EQ(values(repeat(x, 2, 0)), (Values{1, 2, 1, 2, 3, 4, 3, 4}));
  EXPECT_EQ(values(repeat(x, 2, -1)), (Values{1, 1, 2, 2, 3, 3, 4, 4}));
  EXPECT_EQ(repeat(x, 0, 1).shape(), (Shape{2, 0}));
  EXPECT_EQ(values(repeat_each(x, {2, 0}, 1)), (Values{1, 1, 3, 3}));
  EXPECT_EQ(values(roll(tensor({1, 2, 3, 4}), 1)), (Values{4, 1, 2, 3}));
  EXPECT_EQ(values(roll(x, 1)), (Values{4, 1, 2, 3}));
  EXPECT_EQ(values(roll(x, -3, 1)), (Values{2, 1, 4, 3}));
  EXPECT_EQ(values(roll(counting({3, 2}), {1, 1}, {0, 1})), (Values{5, 4, 1, 0, 3, 2}));
  EXPECT_EQ(roll(zeros({0, 3}), 2, 0).shape(), (Shape{0, 3}));
}

TEST(Arrange, GradientsOfBothOrders) {
  const Tensor x = random_normal({3, 4}), v = random_normal({3});
  using Op = std::function<Tensor(const Tensor&)>;
  for (const Op& f : std::vector<Op>{[](auto& x) { return moveaxis(x, 0, 1) + roll(transpose(x), 1, 0); },
                                     [](auto& x) {
                                       return split(x, {1, 3}, 1)[1];
                                     },
                                     [](auto& x) {
                                       return tile(x, {2, 1, 2});
                                     },
                                     [](auto& x) { return repeat(x, 2, 1); },
                                     [](auto& x) {
                                       return repeat_each(x, {2, 0, 1}, 0);
                                     },
                                     [](auto& x) {
                                       return pad(x, {{2, 1}, {0, 5}}, PadMode::reflect);
                                     },
                                     [](auto& x) {
                                       return pad(x, {{2, 1}, {0, 5}}, PadMode::edge);
                                     },
                                     [](auto& x) { return diagonal(x, 1); },
                                     [](auto& x) { return tril(x) + triu(x, 1) * 2; }}) {
    const auto report = check_gradients([&](const Tensor& x) { return square(f(x)); }, {x}, {.order = 2});
    EXPECT_TRUE(report) << report.table;
  }
  const auto report = check_gradients(
      [](const Tensor& v) { return square(diag(v, -1)) * trace(diag_embed(v)); }, {v}, {.order = 2});
  EXPECT_TRUE(report) << report.table;
}

TEST(Arrange, Errors) {
  const Tensor x = zeros({3, 4});
  EXPECT_EQ(error_of([&] {
              moveaxis(x, {0, 0}, {1, 0});
            }),
            "[moveaxis] an axis is named twice: (0, 0) cannot become (1, 0).");
  EXPECT_EQ(error_of([&] {
              moveaxis(x, {0}, {1, 0});
            }),
            "[moveaxis] axes (0,) cannot become axes (1, 0): there must be as many.");
  EXPECT_EQ(
      error_of([&] { split(x, 2); }),
      "[split] axis 0 of float32[3,4] cannot be cut into 2 equal parts: use array_split, or say where to "
      "cut, {...}.");
  EXPECT_EQ(error_of([&] { repeat_each(x, {1}, 1); }), "[repeat_each] 1 repeats for axis 1 of float32[3,4].");
  EXPECT_EQ(error_of([&] { tile(x, {-1}); }), "[tile] the repeats (-1,) are negative.");
  EXPECT_EQ(error_of([&] { roll(x, {1, 2}, {0}); }), "[roll] 2 shifts for 1 axes.");
  EXPECT_EQ(error_of([&] {
              pad(zeros({0}), {{1, 0}}, PadMode::wrap);
            }),
            "[pad] axis 0 of float32[0] has nothing to pad with.");
  EXPECT_EQ(error_of([&] {
              diag(zeros({1, 1, 1}));
            }),
            "[diag] float32[1,1,1] has neither one axis nor two: use diagonal or diag_embed.");
  EXPECT_EQ(error_of([&] { tril(zeros({3})); }), "[tril] float32[3] is no matrix: two axes are needed.");
  EXPECT_EQ(error_of([&] { diagonal(x, 0, 1, -1); }), "[diagonal] axes 1 and -1 are the same.");
  EXPECT_EQ(error_of([&] { geomspace(0, 1, 3); }), "[geomspace] no constant quotient leads from 0 to 1.");
  EXPECT_EQ(error_of([&] { meshgrid({x}); }), "[meshgrid] float32[3,4] has more than one axis.");
}

}  // namespace
}  // namespace ramie
