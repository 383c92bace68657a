#include <ramie/autograd/ops/shape_diagonal.h>

#include <ramie/autograd/ops/reduce.h>

#include "support/ops.h"
#include "support/values.h"

namespace ramie {
namespace {

TEST(Arrange, Diagonals) {
  const Tensor x = counting({3, 4});
  for (auto& v : odd_views(x)) {
    EXPECT_EQ(values(diagonal(v)), (Values{0, 5, 10}));
    EXPECT_EQ(values(diagonal(v, 1)), (Values{1, 6, 11}));
    EXPECT_EQ(values(diagonal(v, 2)), (Values{2, 7}));
    EXPECT_EQ(values(diagonal(v, -2)), (Values{8}));
    EXPECT_EQ(diagonal(v, 4).shape(), (Shape{0}));
    EXPECT_EQ(diagonal(v, -7).shape(), (Shape{0}));
    EXPECT_EQ(trace(v, 1).item(), 18);
  }
  EXPECT_EQ(diagonal(zeros({2, 3, 4, 5})).shape(), (Shape{4, 5, 2}));
  EXPECT_EQ(values(diagonal(counting({2, 2, 2}), 0, 2, 0)), (Values{0, 5, 2, 7}));
  EXPECT_EQ(trace(tensor({{1, 2}, {3, 4}})).item(), 5);
  EXPECT_EQ(diagonal(zeros({0, 3})).shape(), (Shape{0}));
  EXPECT_EQ(values(diag(tensor({1, 2}))), (Values{1, 0, 0, 2}));
  EXPECT_EQ(values(diag(tensor({1, 2}), 1)), (Values{0, 1, 0, 0, 0, 2, 0, 0, 0}));
  EXPECT_EQ(values(diag(tensor({1, 2}), -1)), (Values{0, 0, 0, 1, 0, 0, 0, 2, 0}));
  EXPECT_EQ(values(diag(x, 1)), (Values{1, 6, 11}));
  EXPECT_EQ(values(diag(tensor({5}))), (Values{5}));
  EXPECT_EQ(diag_embed(zeros({2, 0})).shape(), (Shape{2, 0, 0}));
  EXPECT_EQ(values(diag_embed(tensor({{1, 2}, {3, 4}}))), (Values{1, 0, 0, 2, 3, 0, 0, 4}));
}

TEST(Arrange, TrianglesOfEveryDtype) {
  const Tensor x = random_integers({2, 3, 4}, 0, 1);
  for (int t = 0; t < dtype_count; ++t) {
    const Tensor v = astype(x, static_cast<DType>(t));
    for (int k : {-4, -1, 0, 2, 9}) {
      EXPECT_EQ(tril(v, k).dtype(), v.dtype());
      EXPECT_EQ(values(tril(v, k)), values(x * tri(3, 4, k, int32)));
      EXPECT_EQ(values(triu(v, k)), values(x * (1 - tri(3, 4, k - 1, int32))));
    }
  }
  EXPECT_EQ(values(tri(2, 3, -1)), (Values{0, 0, 0, 1, 0, 0}));
  EXPECT_EQ(values(tri(2)), (Values{1, 0, 1, 1}));
  EXPECT_EQ(values(eye(2, 3, 1)), (Values{0, 1, 0, 0, 0, 1}));
  EXPECT_EQ(eye(0, 3).shape(), (Shape{0, 3}));
  const Tensor nan = full({2, 2}, NAN);
  EXPECT_EQ(tril(nan)[0][1].item(), 0);  // chosen, not multiplied
}

}  // namespace
}  // namespace ramie
