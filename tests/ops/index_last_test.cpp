#include <ramie/tensor/ops/index_last.h>

#include <ramie/autograd/ops/index.h>
#include <ramie/autograd/ops/reduce.h>

#include "support/ops.h"
#include "support/values.h"

namespace ramie {
namespace {

TEST(IndexLast, TheLastOfManyWriters) {
  for (DType t : {uint8, int8, int16, int32, uint32, int64})
    EXPECT_EQ(values(launch(kernels::IndexLast{4}, astype(tensor({2, 0, 2}), t))), (Values{1, -1, 2, -1}));
  EXPECT_EQ(values(launch(kernels::IndexLast{2}, tensor({{0, -1}, {-2, 0}}))), (Values{0, 1, 1, -1}));
  const auto at = random_integers({2, 3000}, -50, 49);
  const auto indices = at.to_vector<int>();
  Values expected(100, -1);
  for (std::size_t i = 0; i < indices.size(); ++i)
    expected[i / 3000 * 50 + static_cast<std::size_t>((indices[i] + 50) % 50)] =
        static_cast<double>(i % 3000);
  EXPECT_EQ(values(launch(kernels::IndexLast{50}, at)), expected);
}

}  // namespace
}  // namespace ramie
