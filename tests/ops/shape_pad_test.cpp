#include <ramie/autograd/ops/shape_pad.h>

#include "support/ops.h"
#include "support/values.h"

namespace ramie {
namespace {

TEST(Arrange, PadsWithWhatIsThere) {
  const Tensor x = tensor({1, 2, 3});
  const std::vector<std::pair<PadMode, Values>> expected{
      {PadMode::edge, {1, 1, 1, 1, 1, 1, 2, 3, 3, 3, 3}},
      {PadMode::reflect, {2, 1, 2, 3, 2, 1, 2, 3, 2, 1, 2}},
      {PadMode::symmetric, {2, 3, 3, 2, 1, 1, 2, 3, 3, 2, 1}},
      {PadMode::wrap, {2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 3}}};
  for (auto& [mode, padded] : expected) {
    EXPECT_EQ(values(pad(x, {{5, 3}}, mode)), padded) << static_cast<int>(mode);
    EXPECT_EQ(values(pad(tensor({7}), {{2, 1}}, mode)), Values(4, 7));
    EXPECT_EQ(pad(zeros({0, 2}), {{0, 0}, {1, 1}}, mode).shape(), (Shape{0, 4}));
    EXPECT_TRUE(pad(x, {{0, 0}}, mode).same(x));
  }
  EXPECT_EQ(values(pad(tensor({{1, 2}, {3, 4}}), {{1, 0}, {0, 1}}, PadMode::edge)),
            (Values{1, 2, 2, 1, 2, 2, 3, 4, 4}));
}

}  // namespace
}  // namespace ramie
