#include <ramie/tensor/ops/shuffled_indices.h>

#include <gtest/gtest.h>

#include <numeric>
#include <set>

#include <ramie/tensor/create.h>
#include <ramie/tensor/random.h>
#include <support/error.h>

namespace ramie {
namespace {

using kernels::ShuffledIndices;
using Ints = std::vector<int>;

Ints batch(std::int64_t n, std::int64_t count, unsigned step, int seed = 0, bool shuffled = true) {
  return launch(ShuffledIndices{n, count, shuffled}, random::key(seed), full({}, step, uint32))
      .to_vector<int>();
}
Ints epoch(std::int64_t n, std::int64_t count, unsigned number, int seed = 0) {
  Ints all;
  for (unsigned i = 0; i < n / count; ++i)
    for (int k : batch(n, count, number * static_cast<unsigned>(n / count) + i, seed)) all.push_back(k);
  return all;
}

TEST(ShuffledIndices, AnEpochIsAPermutation) {
  for (std::int64_t n : {1, 2, 3, 4, 5, 16, 17, 100, 255, 256, 257, 1000})
    for (unsigned number : {0u, 1u, 7u}) {
      const Ints all = epoch(n, 1, number);
      EXPECT_EQ(std::set<int>(all.begin(), all.end()).size(), static_cast<std::size_t>(n)) << n;
      EXPECT_GE(*std::min_element(all.begin(), all.end()), 0);
      EXPECT_LT(*std::max_element(all.begin(), all.end()), n);
    }
}

TEST(ShuffledIndices, ARestIsLeftOut) {
  const Ints all = epoch(10, 4, 3);
  EXPECT_EQ(all.size(), 8u);
  EXPECT_EQ(std::set<int>(all.begin(), all.end()).size(), 8u);
}

TEST(ShuffledIndices, EpochsAndKeysDiffer) {
  const Ints first = epoch(100, 10, 0);
  EXPECT_NE(first, epoch(100, 10, 1));
  EXPECT_NE(first, epoch(100, 10, 0, 1));
  EXPECT_EQ(first, epoch(100, 10, 0));
}

TEST(ShuffledIndices, TheSizeOfBatchesDoesNotChangeTheOrder) { EXPECT_EQ(epoch(96, 32, 2), epoch(96, 1, 2)); }

// Every record comes to every place about equally often.
TEST(ShuffledIndices, IsUniform) {
  constexpr int n = 10, epochs = 4000;
  int counts[n][n] = {};
  for (unsigned e = 0; e < epochs; ++e)
    for (int at = 0; at < n; ++at) {
      const auto key = kernels::threefry2x32({0, 42}, std::uint64_t{e});
      ++counts[at][kernels::shuffled_index(key, n, at)];
    }
  double chi2 = 0;
  for (auto& row : counts)
    for (int c : row) chi2 += (c - epochs / n) * (c - epochs / n) / double{epochs / n};
  EXPECT_LT(chi2, 140);  // 81 degrees of freedom: the 99.99th percentile is 136
}

TEST(ShuffledIndices, InOrderWithoutShuffling) {
  EXPECT_EQ(batch(5, 2, 0, 0, false), (Ints{0, 1}));
  EXPECT_EQ(batch(5, 2, 1, 0, false), (Ints{2, 3}));
  EXPECT_EQ(batch(5, 2, 2, 0, false), (Ints{0, 1}));
}

TEST(ShuffledIndices, LargeNumbersOfRecordsAndSteps) {
  const std::int64_t n = (std::int64_t{1} << 31) - 1;
  const Ints some = batch(n, 1000, 4294967295u);
  EXPECT_EQ(std::set<int>(some.begin(), some.end()).size(), 1000u);
  EXPECT_GE(*std::min_element(some.begin(), some.end()), 0);
}

TEST(ShuffledIndices, Errors) {
  EXPECT_EQ(error_text([] { batch(3, 4, 0); }),
            "[shuffled_indices] batches of 4 out of 3 records: at least 1, at most all of them, below 2^31.");
  EXPECT_EQ(error_text([] {
              launch(ShuffledIndices{3, 1}, random::key(0), zeros({}));
            }),
            "[shuffled_indices] the step is float32[]: it must be one number of uint32.");
}

}  // namespace
}  // namespace ramie
