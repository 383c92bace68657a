#include <algorithm>
#include <deque>
#include <map>
#include <set>

#include <ramie/data/pipeline.h>
#include <ramie/data/random.h>

#include "data_module/files.h"
#include "data_module/numbers.h"

namespace ramie::data {
namespace {

using namespace ramie::testing;
using Numbers = std::vector<std::int64_t>;

// The definition, naively: fill the buffer, draw, swap-remove, refill with the next input, drain at the end.
Numbers reference(Numbers input, std::size_t buffer_size, std::uint64_t key) {
  std::deque<std::int64_t> waiting(input.begin(), input.end());
  Numbers buffer, output;
  CounterRandom random(key);
  while (!waiting.empty() || !buffer.empty()) {
    for (; buffer.size() < buffer_size && !waiting.empty(); waiting.pop_front())
      buffer.push_back(waiting.front());
    const auto drawn = random.below(buffer.size());
    output.push_back(buffer[drawn]);
    buffer[drawn] = buffer.back();
    buffer.pop_back();
  }
  return output;
}

Numbers sorted(Numbers values) {
  std::sort(values.begin(), values.end());
  return values;
}

TEST(Shuffle, FollowsTheDefinition) {
  for (const std::int64_t n : {0, 1, 2, 10, 100})
    for (const std::int64_t buffer : {1, 2, 7, 99, 100, 1000})
      for (const std::uint64_t seed : {0u, 1u, 12345u})
        EXPECT_EQ(values_of(numbers(n).shuffle(buffer, seed)),
                  reference(range_of(0, n), static_cast<std::size_t>(buffer), fold(seed, 0)));
}

TEST(Shuffle, KeepsEveryElement) {
  EXPECT_EQ(sorted(values_of(numbers(1000).shuffle(64))), range_of(0, 1000));
}

TEST(Shuffle, ABufferOfOneKeepsTheOrder) { EXPECT_EQ(values_of(numbers(9).shuffle(1)), range_of(0, 9)); }

// Element i can come at the earliest when the buffer first holds it.
TEST(Shuffle, NothingComesTooEarly) {
  const auto values = values_of(numbers(1000).shuffle(50));
  std::int64_t latest = 0;
  for (std::size_t place = 0; place < values.size(); ++place) {
    EXPECT_LT(values[place], static_cast<std::int64_t>(place) + 50);
    latest = std::max(latest, static_cast<std::int64_t>(place) - values[place]);
  }
  EXPECT_GT(latest, 100);  // but some stay in the buffer for long
}

// A full buffer gives each of the 24 orders of four elements equally often.
TEST(Shuffle, AFullBufferIsUniform) {
  std::map<Numbers, int> counts;
  const Pipeline pipeline = numbers(4).shuffle(4, 3);
  for (int i = 0; i < 24000; ++i) ++counts[values_of(pipeline)];
  EXPECT_EQ(counts.size(), 24u);
  for (const auto& [order, count] : counts) EXPECT_NEAR(count, 1000, 160);  // five standard deviations
}

TEST(Shuffle, EachLoopHasAnOrderOfItsOwn) {
  const Pipeline pipeline = numbers(100).shuffle(100, 5);
  const auto first = values_of(pipeline), second = values_of(pipeline), third = values_of(pipeline);
  EXPECT_NE(first, second);
  EXPECT_NE(second, third);
  const Pipeline again = numbers(100).shuffle(100, 5);
  EXPECT_EQ(values_of(again), first);
  EXPECT_EQ(values_of(again), second);
}

// Datasets made from a shuffled one share its count of loops: an epoch may make its own batches.
TEST(Shuffle, DerivedDatasetsGoOnWhereItsLoopsStopped) {
  const Pipeline shuffled = numbers(100).shuffle(100, 5);
  std::set<Numbers> orders;
  for (int epoch = 0; epoch < 5; ++epoch) orders.insert(values_of(shuffled.batch(10)));
  EXPECT_EQ(orders.size(), 5u);
}

TEST(Shuffle, WithoutReshufflingAllLoopsAgree) {
  const Pipeline pipeline = numbers(100).shuffle(100, 5, false);
  const auto first = values_of(pipeline);
  EXPECT_EQ(values_of(pipeline), first);
  const auto twice = values_of(pipeline.repeat(2));
  EXPECT_EQ(Numbers(twice.begin(), twice.begin() + 100), first);
  EXPECT_EQ(Numbers(twice.begin() + 100, twice.end()), first);
}

TEST(Shuffle, SeedsDiffer) {
  EXPECT_NE(values_of(numbers(100).shuffle(100, 1)), values_of(numbers(100).shuffle(100, 2)));
}

TEST(Shuffle, BeforeRepeatKeepsThePassesApart) {
  const auto values = values_of(numbers(50).shuffle(50).repeat(4));
  std::set<Numbers> passes;
  for (auto from = values.begin(); from != values.end(); from += 50) {
    passes.insert(Numbers(from, from + 50));
    EXPECT_EQ(sorted(Numbers(from, from + 50)), range_of(0, 50));
  }
  EXPECT_EQ(passes.size(), 4u);
}

TEST(Shuffle, AfterRepeatMixesThePasses) {
  const auto values = values_of(numbers(50).repeat(4).shuffle(20));
  EXPECT_NE(sorted(Numbers(values.begin(), values.begin() + 50)), range_of(0, 50));
  Numbers input;
  for (int pass = 0; pass < 4; ++pass)
    for (const auto i : range_of(0, 50)) input.push_back(i);
  EXPECT_EQ(values, reference(input, 20, fold(0, 0)));
}

// Leaving a loop early, even one that a thread reads ahead, must not disturb the next one's order.
TEST(Shuffle, ALoopLeftEarlyCountsAsOne) {
  const auto second_order = [](bool leave_early) {
    const Pipeline pipeline = numbers(40).shuffle(40, 8).repeat(3).batch(4).prefetch(3);
    auto first = pipeline.iterator();
    for (int i = 0; i < (leave_early ? 9 : 30); ++i) first.next();
    return values_of(pipeline);
  };
  EXPECT_EQ(second_order(true), second_order(false));
}

TEST(Shuffle, BatchesCanBeShuffledToo) {
  const auto values = values_of(numbers(100).batch(10).shuffle(10));
  EXPECT_EQ(sorted(values), range_of(0, 100));
  for (std::size_t i = 0; i < 100; i += 10) EXPECT_EQ(values[i] + 9, values[i + 9]);
}

// An epoch of the tutorials: 60,000 records ten times through a buffer of 1024 into batches of 32.
TEST(Shuffle, TheTutorialsPipeline) {
  const Pipeline train =
      numbers(60000).repeat(10).shuffle(1024).batch(32, {.drop_remainder = true}).prefetch(1);
  Numbers counts(60000, 0);
  std::int64_t batches = 0;
  for (const Batch& batch : train) {
    ++batches;
    for (const auto x : batch["x"].to_vector<std::int64_t>()) ++counts[static_cast<std::size_t>(x)];
  }
  EXPECT_EQ(batches, 18750);
  EXPECT_TRUE(std::all_of(counts.begin(), counts.end(), [](std::int64_t count) { return count == 10; }));
}

}  // namespace
}  // namespace ramie::data
