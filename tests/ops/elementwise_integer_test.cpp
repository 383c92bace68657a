// The bits of integers.
#include <ramie/autograd/ops/elementwise.h>

#include "support/ops.h"

namespace ramie {
namespace {

using Ints = std::vector<std::int64_t>;
const DType integers[] = {uint8, int8, int16, int32, uint32, int64};

std::int64_t truncated(std::int64_t x, DType t) {
  return visit(t, [&]<class T>(Type<T>) {
    return std::is_integral_v<T> ? static_cast<std::int64_t>(convert<T>(x)) : 0;
  });
}
bool is_unsigned(DType t) { return t == uint8 || t == uint32; }

TEST(ElementwiseInteger, EveryDtypeAsCppComputes) {
  const Tensor a = random_integers({5, 7}, -128, 127, int64), b = random_integers({7}, -128, 127, int64);
  const Ints u = a.to_vector<std::int64_t>(), v = broadcast_to(b, {5, 7}).to_vector<std::int64_t>();
  for (DType t : integers) {
    const Tensor x = a.astype(t), y = b.astype(t);
    const Ints both = bitwise_and(x, y).to_vector<std::int64_t>(), one = (x | y).to_vector<std::int64_t>(),
               differ = (x ^ y).to_vector<std::int64_t>(), flipped = (~x).to_vector<std::int64_t>(),
               masked = bitwise_and(x, 12).to_vector<std::int64_t>();
    for (std::size_t i = 0; i < u.size(); ++i) {
      EXPECT_EQ(both[i], truncated(u[i] & v[i], t)) << name(t);
      EXPECT_EQ(one[i], truncated(u[i] | v[i], t)) << name(t);
      EXPECT_EQ(differ[i], truncated(u[i] ^ v[i], t)) << name(t);
      EXPECT_EQ(flipped[i], truncated(~u[i], t)) << name(t);
      EXPECT_EQ(masked[i], truncated(u[i] & 12, t)) << name(t);
    }
    EXPECT_EQ((x & y).dtype(), t);
    EXPECT_EQ((~x).dtype(), t);
  }
}

TEST(ElementwiseInteger, Shifts) {
  for (DType t : integers) {
    const std::int64_t size = 8 * static_cast<std::int64_t>(size_of(t));
    const Tensor x = tensor({5, 5, 5, 5, -6, -6, -6}, int64).astype(t),
                 bits = from_vector(Ints{0, 2, size, -1, 1, size - 1, 100}).astype(t);
    const std::int64_t minus = truncated(-6, t);
    const bool high = is_unsigned(t);
    EXPECT_EQ(left_shift(x, bits).to_vector<std::int64_t>(), (Ints{5, 20, 0, 0, truncated(-12, t), 0, 0}))
        << name(t);
    EXPECT_EQ(right_shift(x, bits).to_vector<std::int64_t>(),
              (Ints{5, 1, 0, 0, minus >> 1, high ? 1 : -1, high ? 0 : -1}))
        << name(t);
    EXPECT_EQ(left_shift(x, 1).to_vector<std::int64_t>()[0], 10);
    EXPECT_EQ(right_shift(x, 1).to_vector<std::int64_t>()[0], 2);
  }
}

TEST(ElementwiseInteger, BoolHasTheLogicalOps) {
  const Tensor a = tensor({0, 0, 1, 1}, bool_), b = tensor({0, 1, 0, 1}, bool_);
  EXPECT_EQ((a & b).to_vector<int>(), (std::vector<int>{0, 0, 0, 1}));
  EXPECT_EQ((a | b).to_vector<int>(), (std::vector<int>{0, 1, 1, 1}));
  EXPECT_EQ((a ^ b).to_vector<int>(), (std::vector<int>{0, 1, 1, 0}));
  EXPECT_EQ((~a).to_vector<int>(), (std::vector<int>{1, 1, 0, 0}));
  EXPECT_EQ((~a).dtype(), bool_);
  EXPECT_EQ((a & b).dtype(), bool_);
}

TEST(ElementwiseInteger, OddViewsAndEmptyTensors) {
  const Tensor x = random_integers({4, 6}, 0, 100);
  for (const Tensor& v : odd_views(x))
    EXPECT_EQ((v ^ 5).to_vector<int>(), bitwise_xor(x, 5).to_vector<int>());
  EXPECT_EQ((zeros({0, 3}, int32) & 1).shape(), (Shape{0, 3}));
}

TEST(ElementwiseInteger, Errors) {
  EXPECT_EQ(error_of([] { bitwise_and(tensor({1}), tensor({1.0F})); }),
            "[bitwise_and] int32 and float32 are not both integers: floor or round, then astype first.");
  EXPECT_EQ(error_of([] { left_shift(ones({1}, bool_), 1); }),
            "[left_shift] bool has no bits to shift: astype first.");
  EXPECT_NE(error_of([] { ~tensor({1.0}); }).find("[bitwise_not]"), std::string::npos);
  EXPECT_NE(error_of([] { bitwise_or(tensor({1}), 1.5); }).find("[bitwise_or]"), std::string::npos);
}

}  // namespace
}  // namespace ramie
