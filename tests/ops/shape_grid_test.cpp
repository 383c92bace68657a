#include <ramie/autograd/ops/shape_grid.h>

#include "support/ops.h"
#include "support/values.h"

namespace ramie {
namespace {

TEST(Arrange, Grids) {
  EXPECT_EQ(values(logspace(0, 3, 4)), (Values{1, 10, 100, 1000}));
  EXPECT_EQ(values(logspace(-1, 1, 3, 2, float64)), (Values{0.5, 1, 2}));
  expect_near(geomspace(-2, -32, 5, float64), Values{-2, -4, -8, -16, -32}, {5});
  const auto xy = meshgrid({tensor({1, 2, 3}), tensor({4, 5})});
  EXPECT_EQ(values(xy[0]), (Values{1, 2, 3, 1, 2, 3}));
  EXPECT_EQ(values(xy[1]), (Values{4, 4, 4, 5, 5, 5}));
  EXPECT_EQ(meshgrid({zeros({2}), zeros({3}), zeros({4})}, Indexing::ij)[2].shape(), (Shape{2, 3, 4}));
  EXPECT_EQ(meshgrid({zeros({2}), zeros({3}), zeros({4})})[2].shape(), (Shape{3, 2, 4}));
  EXPECT_EQ(values(indices({2, 2})), (Values{0, 0, 1, 1, 0, 1, 0, 1}));
  EXPECT_TRUE(meshgrid({}).empty());
}

}  // namespace
}  // namespace ramie
