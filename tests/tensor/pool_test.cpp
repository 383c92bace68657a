#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <condition_variable>
#include <fstream>
#include <mutex>
#include <queue>
#include <thread>
#include <vector>

#include <ramie/tensor/tensor.h>
#include <support/error.h>
#include <support/sanitizers.h>

namespace ramie {
namespace {

using detail::class_bytes;
using detail::class_of;

Tensor bytes(std::int64_t n) { return Tensor::empty({uint8, {n}}); }
std::uint64_t system_calls() { return memory_stats().system_calls; }

void in_thread(auto f) { std::thread(f).join(); }

std::vector<std::size_t> interesting_sizes() {
  std::vector<std::size_t> n;
  for (std::size_t i = 0; i < 5000; ++i) n.push_back(i);
  for (std::size_t power = 4096; power <= std::size_t{1} << 45; power *= 2)
    for (std::size_t part = 4; part < 8; ++part)
      for (std::size_t by : {-65, -64, -1, 0, 1, 63, 64, 65}) n.push_back(power / 4 * part + by);
  return n;
}

TEST(PoolClass, HoldsTheSizeAndWastesAtMostAQuarter) {
  int last = 0;
  for (const std::size_t n : interesting_sizes()) {
    const int c = class_of(n);
    ASSERT_GE(class_bytes(c), n);
    ASSERT_LE(class_bytes(c), n + n / 4 + 64) << n;
    ASSERT_EQ(class_bytes(c) % 64, 0u);
    last = std::max(last, c);
  }
  EXPECT_LT(last, size_classes - 1);
}

TEST(PoolClass, IsTheSmallestThatFits) {
  for (int c = 0; c < size_classes; ++c) EXPECT_EQ(class_of(class_bytes(c)), c);
  for (int c = 1; c < size_classes; ++c) EXPECT_EQ(class_of(class_bytes(c - 1) + 1), c);
  EXPECT_EQ(class_of(0), 0);
  EXPECT_EQ(class_of(~std::size_t{0}), size_classes - 1);
}

TEST(Pool, BlocksAreAlignedTo64Bytes) {
  std::vector<Tensor> held;
  for (const std::int64_t n : {0, 1, 63, 64, 65, 1000, 4097, 100000, 3 << 20, (4 << 20) - 64}) {
    held.push_back(bytes(n));
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(held.back().view().data) % 64, 0u) << n;
  }
}

TEST(Pool, HugeBlocksCanBeWrittenToTheirLastByte) {
  const std::int64_t n = (std::int64_t{5} << 20) + 17;
  Tensor x = bytes(n);
  std::uint8_t* p = x.mutable_data<std::uint8_t>();
  std::fill(p, p + n, std::uint8_t{7});
  EXPECT_EQ(p[n - 1], 7);
}

TEST(Pool, ASteadyStateAsksTheSystemForNothing) {
  const auto step = [] {
    std::vector<Tensor> held;
    for (std::int64_t n = 1; n < 3000000; n = n * 3 + 1) held.push_back(bytes(n));
  };
  step();
  const std::uint64_t before = system_calls();
  for (int i = 0; i < 100; ++i) step();
  EXPECT_EQ(system_calls(), before);
}

TEST(Pool, AFreedBlockIsTheNextOneOfItsClass) {
  Tensor x = bytes(5000);
  const std::byte* before = x.view().data;
  x = Tensor();
  EXPECT_EQ(bytes(5100).view().data, before);
}

// What a thread produces and another frees comes back through the shared pool.
TEST(Pool, ProducerAndConsumerDoNotGrow) {
  constexpr std::size_t capacity = 64, total = 20000;
  std::mutex mutex;
  std::condition_variable changed;
  std::queue<Tensor> queue;
  const std::uint64_t before = system_calls();
  std::thread consumer([&] {
    for (std::size_t i = 0; i < total; ++i) {
      std::unique_lock lock(mutex);
      changed.wait(lock, [&] { return !queue.empty(); });
      const Tensor freed_here = std::move(queue.front());
      queue.pop();
      changed.notify_one();
    }
  });
  for (std::size_t i = 0; i < total; ++i) {
    Tensor x = bytes(9000);
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return queue.size() < capacity; });
    queue.push(std::move(x));
    changed.notify_one();
  }
  consumer.join();
  // At most: the queue, what a consumer may cache, one in each hand; twice, for tensors and their headers.
  EXPECT_LE(system_calls() - before,
            2 * capacity + detail::cache_limit(class_of(9000)) + detail::cache_limit(class_of(256)) + 8);
}

// Blocks of a size that no other test uses: made by `make`, freed by `free`, and then asked for again here.
template <class Make, class Free>
void expect_blocks_return(std::int64_t n, Make make, Free free) {
  std::vector<Tensor> held;
  make([&] {
    for (int i = 0; i < 20; ++i) held.push_back(bytes(n));
  });
  free([&] { held.clear(); });
  const std::uint64_t before = system_calls();
  for (int i = 0; i < 20; ++i) held.push_back(bytes(n));
  EXPECT_EQ(system_calls(), before);
}
const auto here = [](auto f) { f(); };
const auto there = [](auto f) { in_thread(f); };

TEST(Pool, AThreadThatEndsReturnsItsBlocks) {
  expect_blocks_return(20001, there, there);
  expect_blocks_return(
      30001, [](auto make) { in_thread([&] { make(); }); }, here);
}
TEST(Pool, AThreadThatOnlyFreesReturnsThemToo) { expect_blocks_return(40001, here, there); }

TEST(Pool, ATensorMayDieAfterItsThreadsCache) {
  const auto thread = [] {
    static thread_local Tensor last;
    Tensor* p = &last;  // made before this thread first uses the pool, so destroyed after its cache
    *p = bytes(50001);
  };
  in_thread(thread);
  const std::uint64_t before = system_calls();
  in_thread(thread);
  EXPECT_EQ(system_calls(), before);
}

TEST(Pool, StatisticsCountWhatIsHeld) {
  const MemoryStats before = memory_stats();
  {
    const Tensor x = bytes(100000);
    const MemoryStats during = memory_stats();
    EXPECT_GE(during.in_use - before.in_use, 100000u);
    EXPECT_LE(during.in_use - before.in_use, 130000u);
    EXPECT_GE(during.peak, during.in_use);
  }
  const MemoryStats after = memory_stats();
  EXPECT_EQ(after.in_use, before.in_use);
  EXPECT_GE(after.cached, 100000u);
}

TEST(Pool, StatisticsSeeOtherThreads) {
  const std::size_t before = memory_stats().in_use;
  Tensor x;
  in_thread([&] { x = bytes(60001); });
  EXPECT_GE(memory_stats().in_use - before, 60001u);
  in_thread([&] { x = Tensor(); });
  EXPECT_EQ(memory_stats().in_use, before);
}

TEST(Pool, EmptyCacheGivesEverythingBack) {
  bytes(1000000);
  EXPECT_GE(memory_stats().cached, 1000000u);
  const MemoryStats before = memory_stats();
  empty_cache();
  const MemoryStats after = memory_stats();
  EXPECT_EQ(after.cached, 0u);
  EXPECT_EQ(after.in_use, before.in_use);
  EXPECT_EQ(after.peak, before.peak);
  bytes(1000000);
  EXPECT_GT(system_calls(), after.system_calls);
}

TEST(Pool, ManyThreadsAtOnce) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([t] {
      for (int i = 0; i < 2000; ++i) {
        Tensor x = bytes(100 + 64 * ((i * 7 + t) % 40));
        x.mutable_data<std::uint8_t>()[0] = static_cast<std::uint8_t>(t);
        ASSERT_EQ(x.data<std::uint8_t>()[0], t);
        if (i % 100 == 0) {
          ASSERT_GT(memory_stats().peak, 0u);
        }
      }
    });
  }
  for (auto& t : threads) t.join();
}

TEST(PoolError, TellsBytesAndWayOut) {
  const std::string text = error_text([] { bytes(std::int64_t{1} << 52); });
  EXPECT_EQ(text.find("[memory] no 4503599627370560 bytes to be had: "), 0u) << text;
  EXPECT_NE(text.find("Use a smaller batch or model, or free tensors first."), std::string::npos) << text;
}

// In a child of its own: leaves the process so many more bytes of address space.
void limit_memory(std::size_t more) {
  std::size_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages;
  const rlim_t limit = pages * static_cast<std::size_t>(sysconf(_SC_PAGESIZE)) + more;
  const rlimit both{limit, limit};
  if (setrlimit(RLIMIT_AS, &both) != 0) std::exit(2);
}

TEST(PoolError, WhatIsCachedIsGivenBackFirst) {
  if (address_sanitizer || thread_sanitizer) GTEST_SKIP() << "a sanitizer reserves address space of its own";
  const auto child = [] {
    constexpr std::int64_t mebibyte = 1 << 20;
    limit_memory(400 * mebibyte);
    bytes(200 * mebibyte);                                       // cached from here on
    bool good = bytes(300 * mebibyte).size() == 300 * mebibyte;  // does not fit beside it
    good &= error_text([] { bytes(600 * mebibyte); }).find("[memory] no 62914") == 0;
    good &= bytes(100 * mebibyte).size() == 100 * mebibyte;  // and work goes on
    std::exit(good ? 0 : 1);
  };
  EXPECT_EXIT(child(), testing::ExitedWithCode(0), "");
}

TEST(PoolDeathTest, OverrunsInsideABlockAreFound) {
  if (!address_sanitizer) GTEST_SKIP() << "needs the address sanitizer";
  Tensor x = bytes(100);
  volatile std::uint8_t* p = x.mutable_data<std::uint8_t>();
  p[99] = 1;
  EXPECT_DEATH(p[100] = 1, "use-after-poison");
}

TEST(PoolDeathTest, UsesOfFreedBlocksAreFound) {
  if (!address_sanitizer) GTEST_SKIP() << "needs the address sanitizer";
  Tensor x = bytes(100);
  volatile std::uint8_t* p = x.mutable_data<std::uint8_t>();
  x = Tensor();
  EXPECT_DEATH(p[50] = 1, "use-after-poison");
}

}  // namespace
}  // namespace ramie
