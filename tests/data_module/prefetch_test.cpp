#include <ramie/data/stages/prefetch.h>

#include <atomic>
#include <chrono>
#include <stdexcept>
#include <thread>

#include <ramie/data/pipeline.h>
#include <ramie/data/stages/order.h>
#include <ramie/data/stages/work.h>

#include "data_module/files.h"
#include "data_module/numbers.h"

namespace ramie::data {
namespace {

using namespace ramie::testing;

// Throws at the element with that number.
Pipeline failing_at(std::int64_t number) {
  return numbers(10).map([number](Batch record) {
    if (record["x"].item<std::int64_t>() == number) throw std::runtime_error("no such record");
    return record;
  });
}

void wait_for(const std::atomic<int>& value, int wanted) {
  while (value < wanted) std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

TEST(Prefetch, ChangesNothingButTheThread) {
  for (const std::int64_t size : {1, 2, 100})
    EXPECT_EQ(values_of(numbers(50).prefetch(size)), range_of(0, 50));
  EXPECT_TRUE(values_of(numbers(0).prefetch(3)).empty());
  EXPECT_EQ(values_of(numbers(50).prefetch(2).batch(3).prefetch(1)), range_of(0, 50));
  const auto here = std::this_thread::get_id();
  values_of(numbers(2)
                .map([&](Batch record) {
                  EXPECT_NE(std::this_thread::get_id(), here);
                  return record;
                })
                .prefetch(1));
}

TEST(Prefetch, TheEndIsTheEnd) {
  auto elements = numbers(1).prefetch(4).iterator();
  EXPECT_TRUE(elements.next());
  EXPECT_FALSE(elements.next());
  EXPECT_FALSE(elements.next());
}

TEST(Prefetch, WorksAheadAsFarAsItsQueue) {
  std::atomic<int> made = 0;
  const Pipeline pipeline = numbers(100).map([&](Batch record) { return ++made, record; }).prefetch(3);
  auto elements = pipeline.iterator();
  elements.next();
  wait_for(made, 4);  // the one taken and three in the queue
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  EXPECT_EQ(made, 4);
}

TEST(Prefetch, LoopsTwice) {
  const Pipeline pipeline = numbers(30).shuffle(30).batch(4).prefetch(2);
  const auto first = values_of(pipeline), second = values_of(pipeline);
  EXPECT_EQ(first.size(), 30u);
  EXPECT_EQ(second.size(), 30u);
  EXPECT_NE(first, second);
}

TEST(Prefetch, InsideARepeat) {
  EXPECT_EQ(values_of(numbers(3).prefetch(2).repeat(3)),
            (std::vector<std::int64_t>{0, 1, 2, 0, 1, 2, 0, 1, 2}));
  EXPECT_EQ(values_of(numbers(3).prefetch(8).take(2).repeat(2)), (std::vector<std::int64_t>{0, 1, 0, 1}));
}

TEST(Prefetch, AnExceptionArrivesInItsPlace) {
  auto elements = failing_at(4).prefetch(2).iterator();
  for (std::int64_t i = 0; i < 4; ++i) EXPECT_EQ((*elements.next())["x"].item<std::int64_t>(), i);
  try {
    elements.next();
    FAIL() << "nothing was thrown";
  } catch (const std::runtime_error& error) {
    EXPECT_STREQ(error.what(), "[pipeline] map failed at record 4 (epoch 0): no such record");
    EXPECT_THROW(std::rethrow_if_nested(error), std::runtime_error);
  }
  EXPECT_FALSE(elements.next());
}

TEST(Prefetch, AnExceptionPassesSeveralThreads) {
  EXPECT_THROW(values_of(failing_at(9).prefetch(2).batch(2).prefetch(2)), std::runtime_error);
  EXPECT_THROW(values_of(failing_at(0).prefetch(1)), std::runtime_error);
}

TEST(Prefetch, AnExceptionDoesNotSpoilTheNextLoop) {
  std::atomic<bool> fails = true;
  const Pipeline pipeline = numbers(5)
                                .map([&](Batch record) {
                                  if (fails) throw std::runtime_error("not yet");
                                  return record;
                                })
                                .prefetch(1);
  EXPECT_THROW(values_of(pipeline), std::runtime_error);
  fails = false;
  EXPECT_EQ(values_of(pipeline), range_of(0, 5));
}

// One worker is still fetching when another's element is found to be bad.
TEST(Prefetch, NothingComesBehindAnException) {
  std::atomic<bool> fetching = false, thrown = false;
  const auto slow = [&](const Batch& record) {
    if (record["x"].item<std::int64_t>() != 1) return true;
    for (fetching = true; !thrown;) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    return true;
  };
  const auto bad = [&](const Batch& record) -> Batch {
    while (!fetching) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    throw record["x"].item<std::int64_t>();
  };
  const auto source = std::make_shared<TensorSource>(Batch{{"x", from_vector(range_of(0, 3))}});
  const auto times = std::make_shared<Times>();
  auto records = std::make_unique<RecordStage>(source, nullptr, 0);
  auto filtered = std::make_unique<FilterStage>(std::move(records), slow, times);
  auto made = std::make_unique<WorkStage>(std::move(filtered),
                                          std::make_shared<const Work>(calling("bad", bad)), times);
  PrefetchStage stage(std::move(made), 3, 2, times);
  EXPECT_THROW(stage.next(), std::int64_t);
  thrown = true;
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(stage.next());
}

TEST(Prefetch, MayBeLeftAtAnyPoint) {
  for (int taken = 0; taken < 200; ++taken) {
    auto elements =
        numbers(1000).repeat().shuffle(10).batch(2).prefetch(1 + taken % 3).prefetch(2).iterator();
    for (int i = 0; i < taken % 20; ++i) elements.next();
  }
}

TEST(Prefetch, MayBeLeftWithAnExceptionWaiting) {
  for (int i = 0; i < 100; ++i) {
    auto elements = failing_at(1).prefetch(4).iterator();
    elements.next();
  }
}

TEST(Prefetch, ManyAtOnce) {
  std::vector<Iterator> iterators;
  const Pipeline pipeline = numbers(100).batch(10).prefetch(2);
  for (int i = 0; i < 8; ++i) iterators.push_back(pipeline.iterator());
  for (std::int64_t step = 0; step < 10; ++step)
    for (Iterator& iterator : iterators)
      EXPECT_EQ((*iterator.next())["x"].to_vector<std::int64_t>(), range_of(10 * step, 10 * step + 10));
}

}  // namespace
}  // namespace ramie::data
