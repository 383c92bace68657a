// The steps of a pipeline one by one. Comparisons with tf.data stand in tf_data_test.cpp.
#include <algorithm>
#include <atomic>

#include <ramie/autograd/ops/elementwise.h>
#include <ramie/data/operators.h>
#include <ramie/data/pipeline.h>
#include <ramie/tensor/create.h>

#include "data_module/files.h"
#include "data_module/numbers.h"

namespace ramie::data {
namespace {

using namespace ramie::testing;
using Numbers = std::vector<std::int64_t>;

bool is_even(const Batch& record) { return record["x"].item<std::int64_t>() % 2 == 0; }

// Records "x": i rows of the number i.
Pipeline ragged(std::int64_t n) {
  return numbers(n).map([](Batch record) {
    const auto i = record["x"].item<std::int64_t>();
    return Batch{{"x", full({i}, static_cast<double>(i), int64)}};
  });
}

TEST(Filter, KeepsWhatItIsAskedTo) {
  EXPECT_EQ(values_of(numbers(7).filter(is_even)), (Numbers{0, 2, 4, 6}));
  EXPECT_EQ(values_of(numbers(7).filter(is_even).batch(3).repeat(2)), (Numbers{0, 2, 4, 6, 0, 2, 4, 6}));
  EXPECT_TRUE(values_of(numbers(5).filter([](const Batch&) { return false; }).repeat()).empty());
  EXPECT_EQ(numbers(7).filter(is_even).cardinality(), unknown_cardinality);
}

TEST(Shard, TakesEveryNth) {
  EXPECT_EQ(values_of(numbers(8).shard(3, 0)), (Numbers{0, 3, 6}));
  EXPECT_EQ(values_of(numbers(8).shard(3, 2)), (Numbers{2, 5}));
  EXPECT_EQ(values_of(numbers(2).shard(3, 2)), Numbers{});
  EXPECT_EQ(values_of(numbers(4).shard(3, 1).repeat(2)), (Numbers{1, 1}));
  for (const std::int64_t n : {0, 1, 7, 9})
    for (const std::int64_t i : {0, 1, 2})
      EXPECT_EQ(values_of(numbers(n).shard(3, i)).size(), numbers(n).shard(3, i).cardinality());
}

TEST(Concatenate, OneAfterTheOther) {
  const Pipeline both = numbers(3).concatenate(numbers(2));
  EXPECT_EQ(values_of(both.repeat(2)), (Numbers{0, 1, 2, 0, 1, 0, 1, 2, 0, 1}));
  EXPECT_EQ(values_of(both.skip(2).batch(2)), (Numbers{2, 0, 1}));
  EXPECT_EQ(both.cardinality(), 5);
  EXPECT_EQ(numbers(3).concatenate(numbers(3).repeat()).cardinality(), infinite_cardinality);
}

TEST(Zip, EndsWithTheShorter) {
  const auto named = [](Pipeline p) { return p.map([](Batch r) { return Batch{{"y", r["x"]}}; }); };
  const Pipeline both = numbers(5).zip(named(numbers(9).skip(6)));
  EXPECT_EQ(both.cardinality(), 3);
  auto elements = both.repeat(2).iterator();
  for (const std::int64_t i : {0, 1, 2, 0, 1, 2})
    EXPECT_EQ((*elements.next())["y"].item<std::int64_t>(), i + 6);
  EXPECT_FALSE(elements.next());
  EXPECT_EQ(values_of(both.skip(2)), Numbers{2});
  EXPECT_EQ(error_of([] { values_of(numbers(1).zip(numbers(1))); }),
            "[zip] both inputs have a \"x\": rename one of them in map.");
}

TEST(Enumerate, NumbersElements) {
  auto elements = numbers(10).batch(4).enumerate(5).skip(1).iterator();
  EXPECT_EQ(str(*elements.next()), "x int64[4], index int64[]");
  EXPECT_EQ((*elements.next())["index"].item<std::int64_t>(), 7);
  EXPECT_FALSE(elements.next());
  EXPECT_EQ((*numbers(1).enumerate(0, "i").repeat(2).skip(1).iterator().next())["i"].item<std::int64_t>(), 0);
}

TEST(Unbatch, GivesRecordsBack) {
  const Pipeline records = numbers(7).batch(3).unbatch();
  EXPECT_EQ(values_of(records.repeat(2)), (Numbers{0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6}));
  EXPECT_EQ((*records.iterator().next())["x"].rank(), 0);
  EXPECT_EQ(numbers(7).batch(3, {.drop_remainder = true}).unbatch().cardinality(), 6);
  EXPECT_EQ(records.cardinality(), unknown_cardinality);
  EXPECT_EQ(error_of([] { numbers(3).unbatch(); }), "[unbatch] the elements are single records.");
}

TEST(Rebatch, CutsAnew) {
  for (const std::int64_t from : {1, 2, 3, 7, 100}) {
    for (const std::int64_t to : {1, 2, 5, 20, 100}) {
      EXPECT_EQ(values_of(numbers(20).batch(from).rebatch(to)), range_of(0, 20)) << from << ' ' << to;
      EXPECT_EQ(values_of(numbers(20).batch(from).rebatch(to, true)), range_of(0, 20 / to * to));
    }
  }
  EXPECT_EQ(str(*numbers(20).batch(3).rebatch(8).iterator().next()), "x int64[8]");
  EXPECT_EQ(values_of(numbers(5).batch(3).rebatch(4).repeat(2)), (Numbers{0, 1, 2, 3, 4, 0, 1, 2, 3, 4}));
}

TEST(PaddedBatch, PadsToTheLongest) {
  auto batches = ragged(4).skip(1).padded_batch(2).iterator();
  EXPECT_EQ((*batches.next())["x"].to_vector<int>(), (std::vector<int>{1, 0, 2, 2}));
  EXPECT_EQ((*batches.next())["x"].to_vector<int>(), (std::vector<int>{3, 3, 3}));
  auto wide = ragged(3).padded_batch(3, {.shapes = {{"x", {4}}}, .values = {{"x", -1}}}).iterator();
  EXPECT_EQ((*wide.next())["x"].to_vector<int>(),
            (std::vector<int>{-1, -1, -1, -1, 1, -1, -1, -1, 2, 2, -1, -1}));
  EXPECT_EQ(values_of(ragged(6).padded_batch(4, {}, true)).size(), 12u);
}

TEST(PaddedBatch, Errors) {
  EXPECT_HAS(error_of([] {
               values_of(ragged(4).padded_batch(4, {.shapes = {{"x", {2}}}}));
             }),
             "[padded_batch] a record of \"x\" has 3 elements on axis 0, more than the 2 to pad to.");
  EXPECT_HAS(error_of([] {
               values_of(ragged(2).padded_batch(2, {.shapes = {{"x", {2, 2}}}}));
             }),
             "[padded_batch] \"x\" has 1 axes, but the shape given for it 2.");
  EXPECT_HAS(error_of([] { values_of(ragged(3).batch(3)); }), "crop or pad them");
}

TEST(Collate, IsTheUsersOwn) {
  const Collate count = [](const std::vector<Batch>& records) {
    return Batch{{"x", tensor(static_cast<std::int64_t>(records.size()))}};
  };
  EXPECT_EQ(values_of(ragged(5).batch(2, {.collate = count})), (Numbers{2, 2, 1}));
  EXPECT_EQ(values_of(numbers(5).batch(2, {.drop_remainder = true, .collate = count})), (Numbers{2, 2}));
}

TEST(Cache, ReadsOnceAndKeepsTheFirstCompletePass) {
  std::atomic<int> made = 0;
  const Pipeline cached = numbers(6).map([&](Batch record) { return ++made, record; }).cache();
  EXPECT_EQ(values_of(cached.take(3)), range_of(0, 3));  // left early: nothing is kept
  EXPECT_EQ(values_of(cached.batch(4)), range_of(0, 6));
  EXPECT_EQ(made, 9);
  EXPECT_EQ(values_of(cached.shuffle(1).repeat(3)).size(), 18u);
  EXPECT_EQ(made, 9);
  EXPECT_EQ(values_of(numbers(4).cache().repeat(2)), (Numbers{0, 1, 2, 3, 0, 1, 2, 3}));
}

TEST(Cache, KeepsTheOrderBeforeItAndShufflesBehindIt) {
  const Pipeline before = numbers(50).shuffle(50).cache(), behind = numbers(50).cache().shuffle(50);
  EXPECT_EQ(values_of(before), values_of(before));
  EXPECT_NE(values_of(behind), values_of(behind));
}

// Operators by function, side by side, and by choice.
TEST(Add, TakesFunctionsAndGraphsOfOperators) {
  const auto plus = [](std::int64_t by) {
    return [by](Batch record) -> Batch { return {{"x", record["x"] + by}}; };
  };
  const auto is_big = [](const Batch& record) { return record["x"] >= 3; };
  const MergeOptions sum{.strategy = MergeStrategy::sum};
  for (const Pipeline& p : {numbers(5), numbers(5).batch(2)}) {
    EXPECT_EQ(values_of(p.add(plus(10))), range_of(10, 15));
    EXPECT_EQ(values_of(p.parallel({plus(1), plus(2)}, {.merge = sum})), (Numbers{3, 5, 7, 9, 11}));
    EXPECT_EQ(values_of(p.branch(is_big, plus(100), plus(0))), (Numbers{0, 1, 2, 103, 104}));
  }
}

TEST(Epoch, IsThatLoopForEver) {
  const Pipeline shuffled = numbers(40).shuffle(40, 3), third = numbers(40).shuffle(40, 3).epoch(2).batch(4);
  values_of(shuffled), values_of(shuffled);
  const Numbers expected = values_of(shuffled);
  EXPECT_EQ(values_of(third), expected);
  EXPECT_EQ(values_of(third), expected);
}

TEST(Describe, OneLineForEachStep) {
  const Pipeline p =
      numbers(8).shuffle(4, 7).zip(numbers(3).take(2)).batch(2, {.drop_remainder = true}).prefetch(3, 2);
  EXPECT_EQ(p.describe(),
            "tensors[8]\nshuffle(buffer 4, seed 7)\n  tensors[3]\n  take(2)\nzip\nbatch(2, "
            "drop_remainder)\nprefetch(3, 2 "
            "workers)\n");
  EXPECT_EQ(p.mermaid(),
            "flowchart TB\n  n0[\"tensors[8]\"]\n  n1[\"shuffle(buffer 4, seed 7)\"]\n  n2[\"tensors[3]\"]\n"
            "  n3[\"take(2)\"]\n  n4[\"zip\"]\n  n5[\"batch(2, drop_remainder)\"]\n  n6[\"prefetch(3, 2 "
            "workers)\"]\n"
            "  n0 --> n1\n  n2 --> n3\n  n1 --> n4\n  n3 --> n4\n  n4 --> n5\n  n5 --> n6\n");
  EXPECT_HAS(p.svg(), ">batch</text>");
  EXPECT_HAS(p.svg(), ">2, drop_remainder</text>");
  EXPECT_HAS(numbers(1).enumerate(0, "<i>").svg(), "&lt;i&gt;");
}

TEST(Describe, OperatorsSideBySideAreDrawnSo) {
  const auto same = [](Batch record) { return record; };
  const ElementOperator a(same, {.name = "a"}), b(same, {.name = "b"});
  EXPECT_EQ(numbers(3).parallel({a, b}).mermaid(),
            "flowchart TB\n  n0[\"tensors[3]\"]\n  n1[\"ElementOperator(a)\"]\n  "
            "n2[\"ElementOperator(b)\"]\n  n3[\"Composite(parallel, concat "
            "0)\"]\n  n0 --> n1\n  n0 --> n2\n  n1 --> n3\n  n2 --> n3\n");
  EXPECT_HAS(numbers(3).add(Selector({a, b})).svg(), ">0.5 ElementOperator</text>");
}

TEST(Report, SaysWhoWaitedForWhom) {
  const auto slow = [](Batch batch) {
    std::this_thread::sleep_for(std::chrono::milliseconds(3));
    return batch;
  };
  const Pipeline waits = numbers(20).batch(2).map(slow, "slow").prefetch(2);
  for (const Batch& batch : waits) static_cast<void>(batch);
  Report report = waits.report();
  ASSERT_EQ(report.steps.size(), 4u);
  EXPECT_EQ(report.steps[2].text, "slow");
  EXPECT_EQ(report.steps[2].elements, 10);
  EXPECT_GE(report.steps[2].seconds, 0.03);
  EXPECT_EQ(report.steps[3].queue_size, 2);
  EXPECT_GT(report.model_waited, 0);
  EXPECT_LE(report.model_waited, report.seconds);
  EXPECT_HAS(report.table(), "The model waited for data");

  const OneHot one_hot({.field_key = "x"});
  const Pipeline joined = numbers(20).batch(2).add(one_hot).add(one_hot);  // one program
  for (const Batch& batch : joined) static_cast<void>(batch);
  report = joined.report();
  EXPECT_EQ(report.steps[2].elements, 10);
  EXPECT_EQ(report.steps[2].seconds, 0);
  EXPECT_HAS(report.table(), "10         with the next\n");

  const Pipeline ahead = numbers(20).batch(2).prefetch(2);
  for (const Batch& batch : ahead) slow(batch);
  report = ahead.report();
  EXPECT_GT(report.data_waited, 0);
  EXPECT_GT(report.steps[2].ready, 0);
}

}  // namespace
}  // namespace ramie::data
