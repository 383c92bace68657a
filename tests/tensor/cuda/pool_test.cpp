#include <ramie/tensor/cuda/pool.h>

#include <gtest/gtest.h>

#include <cstdlib>
#include <set>
#include <thread>
#include <vector>

#include <ramie/tensor/create.h>
#include <ramie/tensor/cuda/stream.h>
#include <ramie/tensor/error.h>
#include <support/error.h>

namespace ramie {
namespace {

class GpuPool : public testing::Test {
 protected:
  void SetUp() override {
    if (devices().size() == 1) GTEST_SKIP() << "no GPU";
    empty_cache(cuda(0));
  }
  static Tensor bytes(std::int64_t n) { return Tensor::empty({uint8, {n}}, cuda(0)); }
};

TEST_F(GpuPool, ABlockIsUsedAgainWithoutTheDriver) {
  const std::byte* first = bytes(1000).view().data;
  const auto before = memory_stats(cuda(0));
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(bytes(1000).view().data, first);
  const auto after = memory_stats(cuda(0));
  EXPECT_EQ(after.system_calls, before.system_calls);
  EXPECT_EQ(after.in_use, before.in_use);
}

TEST_F(GpuPool, BlocksDoNotOverlapAndAreAligned) {
  std::vector<Tensor> held;
  std::set<std::pair<const std::byte*, const std::byte*>> spans;
  for (std::int64_t n : {0, 1, 63, 256, 257, 4096, 100000, 1 << 20, (2 << 20) + 1, 5 << 20}) {
    for (int i = 0; i < 3; ++i) {
      held.push_back(bytes(n));
      const std::byte* p = held.back().view().data;
      EXPECT_EQ(reinterpret_cast<std::uintptr_t>(p) % 256, 0u) << n;
      spans.insert({p, p + std::max<std::int64_t>(n, 1)});
    }
  }
  ASSERT_EQ(spans.size(), held.size());
  for (auto at = spans.begin(); std::next(at) != spans.end(); ++at)
    EXPECT_LE(at->second, std::next(at)->first);
}

TEST_F(GpuPool, StatisticsCountWhatIsHeldAndCached) {
  const auto before = memory_stats(cuda(0));
  Tensor x = bytes(3 << 20);
  const auto held = memory_stats(cuda(0));
  EXPECT_GE(held.in_use, before.in_use + (3 << 20));
  EXPECT_GE(held.peak, held.in_use);
  x = Tensor();
  const auto freed = memory_stats(cuda(0));
  EXPECT_EQ(freed.in_use, before.in_use);
  EXPECT_GE(freed.cached, before.cached + (3 << 20));
  empty_cache(cuda(0));
  EXPECT_LE(memory_stats(cuda(0)).cached, before.cached);
}

TEST_F(GpuPool, EmptyCacheKeepsSegmentsThatAreHeld) {
  const Tensor kept = transfer(full({10}, 7, int32), cuda(0));
  const std::byte* mine = kept.view().data;
  bytes(40);
  empty_cache(cuda(0));
  std::vector<Tensor> more;
  for (int i = 0; i < 100; ++i) {
    more.push_back(bytes(40));
    EXPECT_NE(more.back().view().data, mine);
  }
  EXPECT_EQ(kept.to_vector<int>(), std::vector<int>(10, 7));
}

TEST_F(GpuPool, EachStreamHasItsOwnBlocks) {
  const std::byte* first = bytes(5000).view().data;
  const Stream other(cuda(0));
  {
    const StreamScope on(other);
    EXPECT_NE(bytes(5000).view().data, first);  // it is free, but only for the stream that used it
  }
  EXPECT_EQ(bytes(5000).view().data, first);
}

TEST_F(GpuPool, WhatDoesNotFitIsToldInNumbers) {
  const std::string text = error_text([] { bytes(std::int64_t{1} << 50); });
  EXPECT_NE(text.find("[memory] cuda:0 is full: 1073741824.0 MiB were asked for, tensors hold "),
            std::string::npos)
      << text;
  EXPECT_EQ(bytes(16).size(), 16);  // and it goes on
  EXPECT_EQ(ones({2}).to_vector<float>()[1], 1);
}

// The device holds so many bytes: see CMakeLists.txt, which runs this with little of them.
TEST_F(GpuPool, AFullDeviceGivesBackItsCacheFirst) {
  const char* memory = std::getenv("RAMIE_SIM_MEMORY");
  if (!memory) GTEST_SKIP() << "the device is not a small one";
  const std::int64_t half = std::atoll(memory) / 2;
  for (int i = 0; i < 3; ++i) {  // the first's memory is of no use to the second, until it is given back
    EXPECT_EQ(bytes(half).size(), half);
    EXPECT_EQ(bytes(half / 4 * 3).size(), half / 4 * 3);
  }
  const Tensor held = bytes(half);
  EXPECT_NE(error_text([&] { bytes(half + half / 2); }).find("tensors hold"), std::string::npos);
  EXPECT_EQ(bytes(half / 4).size(), half / 4);
}

TEST_F(GpuPool, APrivatePoolKeepsItsMemoryToItself) {
  const std::byte* mine;
  {
    gpu::PrivatePool pool(cuda(0));
    Tensor inside;
    {
      const gpu::PrivatePool::Scope scope(pool);
      inside = bytes(3000);
      mine = inside.view().data;
    }
    EXPECT_GT(pool.stats().in_use, 0u);
    EXPECT_NE(bytes(3000).view().data, mine);
    inside = Tensor();
    EXPECT_EQ(pool.stats().in_use, 0u);
    EXPECT_NE(bytes(3000).view().data, mine);  // free, but for this pool alone
    const gpu::PrivatePool::Scope scope(pool);
    EXPECT_EQ(bytes(3000).view().data, mine);
  }
}

TEST_F(GpuPool, AnAbandonedPrivatePoolDiesWithItsLastBlock) {
  Tensor kept;
  {
    gpu::PrivatePool pool(cuda(0));
    const gpu::PrivatePool::Scope scope(pool);
    kept = transfer(tensor({1, 2, 3}), cuda(0));
  }
  EXPECT_EQ(kept.to_vector<int>(), (std::vector<int>{1, 2, 3}));
  kept = Tensor();  // address sanitizer builds see that nothing leaks
}

TEST_F(GpuPool, ThreadsShareIt) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([t] {
      for (int i = 0; i < 200; ++i) {
        const Tensor x = transfer(full({64 + i}, t, int32), cuda(0));
        ASSERT_EQ(x.to_vector<int>(), std::vector<int>(static_cast<std::size_t>(64 + i), t));
      }
    });
  for (auto& t : threads) t.join();
}

}  // namespace
}  // namespace ramie
