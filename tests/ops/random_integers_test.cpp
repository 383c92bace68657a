// The kernels beside JAX's data, which random_numbers_test.cpp holds them to.
#include <ramie/tensor/ops/random_integers.h>

#include <numeric>

#include <ramie/tensor/random.h>

#include "support/ops.h"

namespace ramie {
namespace {

TEST(RandomIntegers, FillTheirRangeEvenly) {
  for (const DType dtype : {uint8, int8, int16, int32, uint32, int64}) {
    std::vector<int> count(7);
    for (const int v : random::randint(random::key(6), {70000}, 3, 10, dtype).to_vector<int>()) {
      ASSERT_GE(v, 3);
      ASSERT_LT(v, 10);
      ++count[static_cast<std::size_t>(v - 3)];
    }
    for (const int n : count) EXPECT_NEAR(n, 10000, 500) << name(dtype);
  }
}

TEST(RandomIntegers, ReachTheEndsOfTheirDtype) {
  const auto x = random::randint(random::key(6), {10000}, -1000, 1000, int8).to_vector<int>();
  EXPECT_EQ(*std::min_element(x.begin(), x.end()), -128);
  EXPECT_EQ(*std::max_element(x.begin(), x.end()), 127);
}

TEST(RandomIntegers, AreLowWhereTheRangeIsEmpty) {
  for (const int high : {5, 4, -3}) {
    EXPECT_EQ(random::randint(random::key(6), {3}, 5, high).to_vector<int>(), (std::vector<int>{5, 5, 5}));
  }
}

// 200000 elements are sorted in two rounds.
TEST(Permutation, HasEveryNumberOnce) {
  for (const std::int64_t n : {0, 1, 2, 3, 257, 200000}) {
    auto order = random::permutation(random::key(1), n).to_vector<std::int64_t>();
    ASSERT_EQ(static_cast<std::int64_t>(order.size()), n);
    std::vector<std::int64_t> sorted(order.size());
    std::iota(sorted.begin(), sorted.end(), 0);
    if (n > 100) {
      EXPECT_NE(order, sorted);
    }
    std::sort(order.begin(), order.end());
    EXPECT_EQ(order, sorted);
  }
}

}  // namespace
}  // namespace ramie
