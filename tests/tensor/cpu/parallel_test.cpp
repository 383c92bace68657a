#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <utility>
#include <vector>

#include <ramie/tensor/cpu/parallel.h>
#include <support/error.h>

namespace ramie {
namespace {

using kernels::parallel_for;
using Pieces = std::vector<std::pair<std::int64_t, std::int64_t>>;

Pieces pieces_of(std::int64_t n, std::int64_t grain) {
  std::mutex mutex;
  Pieces pieces;
  parallel_for(n, grain, [&](std::int64_t begin, std::int64_t end) {
    const std::scoped_lock lock(mutex);
    pieces.emplace_back(begin, end);
  });
  std::sort(pieces.begin(), pieces.end());
  return pieces;
}

void expect_covered(const Pieces& pieces, std::int64_t n) {
  std::int64_t at = 0;
  for (const auto& [begin, end] : pieces) {
    EXPECT_EQ(begin, at);
    EXPECT_LT(begin, end);
    at = end;
  }
  EXPECT_EQ(at, n);
}

TEST(ParallelFor, CoversTheRangeOnce) {
  for (const int threads : {1, 2, 3, 8}) {
    set_threads(threads);
    for (const std::int64_t n : {1, 2, 7, 8, 9, 100, 16384, 16385, 100000})
      for (const std::int64_t grain : {1, 3, 16384}) {
        SCOPED_TRACE(testing::Message() << threads << " threads, n " << n << ", grain " << grain);
        const Pieces pieces = pieces_of(n, grain);
        expect_covered(pieces, n);
        EXPECT_LE(static_cast<std::int64_t>(pieces.size()),
                  std::min<std::int64_t>(threads, (n + grain - 1) / grain));
      }
  }
  set_threads(0);
}

TEST(ParallelFor, DoesNothingForNothing) { EXPECT_EQ(pieces_of(0, 1), Pieces()); }

TEST(ParallelFor, SmallWorkStaysOnTheCallingThread) {
  set_threads(4);
  EXPECT_EQ(pieces_of(16384, kernels::default_grain), (Pieces{{0, 16384}}));
  set_threads(0);
}

TEST(ParallelFor, IsSequentialInsideItself) {
  set_threads(2);
  std::atomic<int> inner = 0;
  parallel_for(2, 1, [&](std::int64_t, std::int64_t) {
    parallel_for(100, 1, [&](std::int64_t begin, std::int64_t end) { inner += begin == 0 && end == 100; });
  });
  EXPECT_EQ(inner, 2);
  set_threads(0);
}

TEST(Threads, AreSetAndReset) {
  set_threads(3);
  EXPECT_EQ(threads(), 3);
  set_threads(0);
  EXPECT_EQ(threads(), omp_get_num_procs());
  EXPECT_EQ(error_text([] { set_threads(-1); }),
            "[set_threads] -1 threads: give a number from 1, or 0 for all processors.");
}

}  // namespace
}  // namespace ramie
