#include <ramie/autograd/ops/elementwise.h>
#include <ramie/autograd/ops/matmul.h>
#include <ramie/autograd/ops/reduce.h>
#include <ramie/autograd/ops/shape.h>
#include <ramie/tensor/ops/copy.h>

#include "tensor/program/recorded.h"

namespace ramie {
namespace {

Tensor copy(const Tensor& x) { return launch(kernels::Copy{}, x); }
// Its steps before and after, of which the results are the same.
std::pair<Names, Names> both(const std::function<List(const List&)>& f, const List& x) {
  const Program p = record(f, x), q = after(p, passes::copy_elimination);
  expect_same_results(q, p, x);
  return {steps(p), steps(q)};
}
using Both = std::pair<Names, Names>;

TEST(CopyElimination, ADenseOriginalServesEverybody) {
  EXPECT_EQ(both(
                [](const List& x) {
                  return List{sum(copy(x[0])), copy(copy(x[0])) + 1};
                },
                {halves({2, 3})}),
            (Both{{"contiguous", "sum", "contiguous", "contiguous", "add"}, {"sum", "add"}}));
}

TEST(CopyElimination, AResultMayBeTheArgument) {
  EXPECT_EQ(both([](const List& x) { return List{copy(x[0])}; }, {halves({2, 3})}),
            (Both{{"contiguous"}, {}}));
}

TEST(CopyElimination, ElementwiseReadersTakeAnyStrides) {
  EXPECT_EQ(both([](const List& x) { return List{contiguous(transpose(x[0])) + x[1]}; },
                 {halves({2, 3}), halves({3, 2})}),
            (Both{{"contiguous", "add"}, {"add"}}));
  EXPECT_EQ(both([](const List& x) { return List{exp(contiguous(flip(x[0])))}; }, {halves({4})}),
            (Both{{"contiguous", "exp"}, {"exp"}}));
}

TEST(CopyElimination, OthersKeepTheirDenseCopy) {
  const auto f = [](const List& x) { return List{sum(contiguous(transpose(x[0])), {0})}; };
  EXPECT_EQ(both(f, {halves({2, 3})}).second, (Names{"contiguous", "sum"}));
  const auto product = [](const List& x) { return List{matmul(contiguous(transpose(x[0])), x[0])}; };
  EXPECT_EQ(both(product, {halves({2, 3})}).second, (Names{"contiguous", "matmul"}));
  const auto one_of_two = [](const List& x) {
    const Tensor y = contiguous(transpose(x[0]));
    return List{y + 1, sum(y, {0})};
  };
  EXPECT_EQ(both(one_of_two, {halves({2, 3})}).second, (Names{"contiguous", "add", "sum"}));
}

TEST(CopyElimination, AViewOfACopyWithGapsKeepsIt) {
  const auto f = [](const List& x) { return List{contiguous(transpose(x[0])).reshape({6}) + 1}; };
  EXPECT_EQ(both(f, {halves({2, 3})}).second, (Names{"contiguous", "add"}));
}

TEST(CopyElimination, ADenseResultStaysDense) {
  const Program q =
      after(record([](const List& x) { return List{contiguous(transpose(x[0]))}; }, {halves({2, 3})}),
            passes::copy_elimination);
  EXPECT_EQ(steps(q), (Names{"contiguous"}));
  EXPECT_TRUE(run(q, {halves({2, 3})})[0].layout().dense);
}

TEST(CopyElimination, CopiesOfCopiesWithGaps) {
  const auto f = [](const List& x) {
    const Tensor y = contiguous(flip(x[0]));
    return List{exp(contiguous(y.slice(0, 1, 4, 2))), exp(copy(y))};
  };
  both(f, {halves({6})});
}

TEST(CopyElimination, AVariableMayTakeAnothersValue) {
  const auto a = cell_of(halves({3})), b = cell_of(full({3}, 7.0));
  const Program q = after(record(
                              [&](const List&) {
                                set(b, copy(get(a)));
                                set(a, get(a) + 1);
                                return List{};
                              },
                              {}),
                          passes::copy_elimination);
  EXPECT_EQ(steps(q), (Names{"add"}));
  run(q, {}, {a, b});
  EXPECT_EQ(get(b).to_vector<float>(), (std::vector<float>{1.5, 2, 2.5}));
  EXPECT_EQ(get(a).to_vector<float>(), (std::vector<float>{2.5, 3, 3.5}));
}

}  // namespace
}  // namespace ramie
