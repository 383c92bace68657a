#include <ramie/data/pipeline.h>

#include <limits>

#include "data_module/files.h"
#include "data_module/numbers.h"

#include <ramie/data/samplers.h>
#include <ramie/tensor/create.h>

namespace ramie::data {
namespace {

using namespace ramie::testing;
using Numbers = std::vector<std::int64_t>;

std::vector<std::int64_t> batch_sizes(const Pipeline& pipeline) {
  std::vector<std::int64_t> sizes;
  for (const Batch& batch : pipeline) sizes.push_back(batch["x"].shape(0));
  return sizes;
}

TEST(Pipeline, YieldsRecordsInOrder) {
  EXPECT_EQ(values_of(numbers(5)), range_of(0, 5));
  EXPECT_EQ(numbers(5).cardinality(), 5);
  EXPECT_TRUE(values_of(numbers(0)).empty());
  const auto first = numbers(5).iterator().next();
  EXPECT_EQ(str(*first), "x int64[]");
}

TEST(Pipeline, ABatchStacksRows) {
  const Pipeline pipeline = Pipeline::from_tensor_slices(
      {{"image", Tensor::empty({uint8, {7, 28, 28, 1}})}, {"label", Tensor::empty({int32, {7}})}});
  auto batches = pipeline.batch(4).iterator();
  EXPECT_EQ(str(*batches.next()), "image uint8[4,28,28,1], label int32[4]");
  EXPECT_EQ(str(*batches.next()), "image uint8[3,28,28,1], label int32[3]");
  EXPECT_FALSE(batches.next());
  EXPECT_FALSE(batches.next());
}

TEST(Pipeline, TheRemainderIsKeptOrDropped) {
  EXPECT_EQ(batch_sizes(numbers(10).batch(4)), (Numbers{4, 4, 2}));
  EXPECT_EQ(batch_sizes(numbers(10).batch(4, {.drop_remainder = true})), (Numbers{4, 4}));
  EXPECT_EQ(batch_sizes(numbers(8).batch(4)), (Numbers{4, 4}));
  EXPECT_EQ(batch_sizes(numbers(8).batch(4, {.drop_remainder = true})), (Numbers{4, 4}));
  EXPECT_EQ(batch_sizes(numbers(3).batch(4, {.drop_remainder = true})), Numbers{});
  EXPECT_EQ(batch_sizes(numbers(0).batch(4)), Numbers{});
}

TEST(Pipeline, BatchesOfBatches) {
  auto batches = numbers(12).batch(2).batch(3).iterator();
  const auto first = batches.next();
  EXPECT_EQ((*first)["x"].shape(), (Shape{3, 2}));
  EXPECT_EQ((*first)["x"].to_vector<std::int64_t>(), range_of(0, 6));
}

// The five tutorials' numbers.
TEST(Pipeline, CardinalitiesOfMnistPipelines) {
  const Pipeline train = numbers(60000), test = numbers(10000);
  const BatchOptions drop{.drop_remainder = true};
  EXPECT_EQ(train.repeat(10).shuffle(1024).batch(32, drop).prefetch(1).cardinality(), 18750);
  EXPECT_EQ(test.shuffle(1024).batch(32, drop).prefetch(1).cardinality(), 312);
  EXPECT_EQ(train.shuffle(1000).batch(128).cardinality(), 469);
  EXPECT_EQ(train.batch(64).cardinality(), 938);
  EXPECT_EQ(train.take(10000).batch(128).cardinality(), 79);
}

TEST(Pipeline, CardinalityIsWhatIsYielded) {
  for (const std::int64_t n : {0, 1, 7, 12}) {
    for (const std::int64_t size : {1, 3, 4, 20}) {
      for (const bool drop : {false, true}) {
        const Pipeline pipeline =
            numbers(n).repeat(3).skip(2).take(15).shuffle(4).batch(size, {.drop_remainder = drop});
        EXPECT_EQ(static_cast<std::int64_t>(batch_sizes(pipeline).size()), pipeline.cardinality())
            << n << ' ' << size << ' ' << drop;
      }
    }
  }
}

TEST(Pipeline, CardinalityOfEndlessOnes) {
  EXPECT_EQ(numbers(5).repeat().cardinality(), infinite_cardinality);
  EXPECT_EQ(numbers(5).repeat(-1).shuffle(3).batch(2).prefetch(1).cardinality(), infinite_cardinality);
  EXPECT_EQ(numbers(5).repeat().take(7).cardinality(), 7);
  EXPECT_EQ(numbers(5).repeat().skip(7).cardinality(), infinite_cardinality);
  EXPECT_EQ(numbers(5).repeat().repeat(0).cardinality(), 0);
  EXPECT_EQ(numbers(0).repeat().cardinality(), 0);
  EXPECT_EQ(numbers(5).repeat(std::int64_t{1} << 62).cardinality(), infinite_cardinality);
}

TEST(Pipeline, CardinalityIsUnknownBehindFunctions) {
  const Pipeline batches = numbers(10).batch(5, {.drop_remainder = true});
  EXPECT_EQ(batches.unbatch().cardinality(), 10);
  const auto one_row = [](Batch b) { return b["x"] = b["x"].slice(0, 0, 1), b; };
  EXPECT_EQ(batches.map(one_row).unbatch().cardinality(), unknown_cardinality);
  const BatchOptions collated{.drop_remainder = true, .collate = [](const auto& b) { return stack(b); }};
  EXPECT_EQ(numbers(10).batch(5, collated).unbatch().cardinality(), unknown_cardinality);
  const auto nothing = [](const Batch&) { return false; };
  EXPECT_EQ(numbers(10).filter(nothing).repeat().take(3).cardinality(), unknown_cardinality);
}

TEST(Pipeline, NumbersBeyondAll) {
  const std::int64_t most = std::numeric_limits<std::int64_t>::max(), huge = std::int64_t{1} << 62;
  EXPECT_TRUE(values_of(numbers(5).batch(huge).skip(4)).empty());
  EXPECT_EQ(values_of(numbers(5).batch(huge)), range_of(0, 5));
  EXPECT_TRUE(values_of(numbers(5).batch(most, {.drop_remainder = true}).skip(most)).empty());
  EXPECT_EQ(values_of(numbers(5).take(most).skip(2).repeat(most), 4), (Numbers{2, 3, 4, 2}));
  EXPECT_TRUE(values_of(numbers(5).skip(most).skip(most).prefetch(most).shuffle(most)).empty());
  EXPECT_EQ(values_of(numbers(5).shard(most, 3).padded_batch(most)), Numbers{3});
  const Pipeline many = numbers(2).repeat(huge - 1);
  EXPECT_EQ(many.concatenate(many).cardinality(), infinite_cardinality);
}

TEST(Pipeline, Repeat) {
  EXPECT_EQ(values_of(numbers(3).repeat(2)), (Numbers{0, 1, 2, 0, 1, 2}));
  EXPECT_TRUE(values_of(numbers(3).repeat(0)).empty());
  EXPECT_EQ(values_of(numbers(2).repeat(), 5), (Numbers{0, 1, 0, 1, 0}));
  EXPECT_EQ(values_of(numbers(2).repeat(2).repeat(2)), (Numbers{0, 1, 0, 1, 0, 1, 0, 1}));
  EXPECT_TRUE(values_of(numbers(0).repeat()).empty());  // and does not hang
}

TEST(Pipeline, RepeatOfBatchesKeepsTheShortOnes) {
  EXPECT_EQ(batch_sizes(numbers(5).batch(3).repeat(2)), (Numbers{3, 2, 3, 2}));
  EXPECT_EQ(batch_sizes(numbers(5).repeat(2).batch(3)), (Numbers{3, 3, 3, 1}));
}

TEST(Pipeline, TakeAndSkip) {
  EXPECT_EQ(values_of(numbers(5).take(2)), range_of(0, 2));
  EXPECT_EQ(values_of(numbers(5).take(9)), range_of(0, 5));
  EXPECT_EQ(values_of(numbers(5).take(-1)), range_of(0, 5));
  EXPECT_EQ(values_of(numbers(5).skip(2)), range_of(2, 5));
  EXPECT_TRUE(values_of(numbers(5).skip(9)).empty());
  EXPECT_TRUE(values_of(numbers(5).repeat().skip(-1)).empty());
  EXPECT_TRUE(values_of(numbers(5).take(0)).empty());
  EXPECT_EQ(values_of(numbers(5).skip(1).take(2).repeat(2)), (Numbers{1, 2, 1, 2}));
}

TEST(Pipeline, TakeAsksForNoMoreThanItGives) {
  int calls = 0;
  const Pipeline counted = numbers(5).map([&](Batch record) { return ++calls, record; });
  EXPECT_EQ(values_of(counted.take(2)), range_of(0, 2));
  EXPECT_EQ(calls, 2);
}

Batch doubled(Batch batch) {
  auto values = batch["x"].to_vector<std::int64_t>();
  for (auto& value : values) value *= 2;
  batch["x"] = from_vector(values, batch["x"].shape());
  return batch;
}

TEST(Pipeline, MapWorksOnRecordsAndOnBatches) {
  const Numbers even = {0, 2, 4, 6, 8};
  EXPECT_EQ(values_of(numbers(5).map(doubled)), even);
  EXPECT_EQ(values_of(numbers(5).map(doubled).batch(2)), even);
  EXPECT_EQ(values_of(numbers(5).batch(2).map(doubled)), even);
  EXPECT_EQ(values_of(numbers(5).map(doubled).batch(2).map(doubled)), (Numbers{0, 4, 8, 12, 16}));
}

TEST(Pipeline, MapSeesTheRightShapes) {
  std::vector<std::string> seen;
  const auto note = [&](Batch batch) { return seen.push_back(str(batch)), batch; };
  values_of(numbers(3).map(note).batch(2).map(note));
  EXPECT_EQ(seen,
            (std::vector<std::string>{"x int64[]", "x int64[]", "x int64[2]", "x int64[]", "x int64[1]"}));
}

TEST(Pipeline, MapMayAddNames) {
  const auto add = [](Batch batch) { return batch.set("y", batch["x"]), batch; };
  EXPECT_EQ(str(*numbers(3).map(add).batch(2).iterator().next()), "x int64[2], y int64[2]");
}

TEST(Pipeline, OperationsLeaveTheOriginalAsItWas) {
  const Pipeline original = numbers(4);
  const Pipeline other = original.map(doubled).take(2);
  EXPECT_EQ(values_of(original), range_of(0, 4));
  EXPECT_EQ(values_of(other), (Numbers{0, 2}));
}

TEST(Pipeline, EveryLoopStartsAfresh) {
  const Pipeline pipeline = numbers(4).batch(2);
  for (int loop = 0; loop < 2; ++loop) {
    Numbers values;
    for (const Batch& batch : pipeline)
      for (const auto x : batch["x"].to_vector<std::int64_t>()) values.push_back(x);
    EXPECT_EQ(values, range_of(0, 4));
  }
  auto one = pipeline.iterator(), two = pipeline.iterator();
  EXPECT_EQ((*one.next())["x"].to_vector<int>(), (*two.next())["x"].to_vector<int>());
}

TEST(Pipeline, OutlivesItsParts) {
  auto rest = [] { return numbers(100).shuffle(10).batch(7).prefetch(2).iterator(); }();
  std::int64_t count = 0;
  while (const auto batch = rest.next()) count += batch->operator[]("x").shape(0);
  EXPECT_EQ(count, 100);
}

// A source of one's own: squares, without any memory.
struct Squares : Source {
  std::int64_t size() const override { return 6; }
  std::string describe() const override { return "squares"; }
  Batch record(std::int64_t i) const override { return {{"x", tensor(i * i)}}; }
};

TEST(Pipeline, OwnSources) {
  const Pipeline squares = Pipeline::from_source(std::make_shared<Squares>());
  EXPECT_EQ(values_of(squares.skip(1).batch(4)), (Numbers{1, 4, 9, 16, 25}));
  EXPECT_EQ(values_of(squares.take(3)), (Numbers{0, 1, 4}));
}

TEST(Pipeline, Errors) {
  const Pipeline d = numbers(3);
  EXPECT_EQ(error_of([&] { d.batch(0); }), "[batch] a batch must hold at least one record, but it is 0.");
  EXPECT_EQ(error_of([&] { d.batch(-3); }), "[batch] a batch must hold at least one record, but it is -3.");
  EXPECT_EQ(error_of([&] { d.shuffle(0); }),
            "[shuffle] the buffer must hold at least one element, but it is 0.");
  EXPECT_EQ(error_of([&] { d.prefetch(-1); }),
            "[prefetch] the queue's length must not be negative, but it is -1.");
  EXPECT_EQ(error_of([&] { d.map({}); }), "[map] the function is empty.");
  EXPECT_EQ(error_of([&] { values_of(d.map([](Batch) { return Batch(); })); }),
            "[pipeline] map failed at record 0 (epoch 0): [map] the function returned nothing: return the "
            "batch it was "
            "given.");
  const auto ragged = [](Batch record) {
    record["x"] = Tensor::empty({int64, {record["x"].item<std::int64_t>() + 1}});
    return record;
  };
  EXPECT_NE(error_of([&] { values_of(d.map(ragged).batch(2)); }).find("record 1 is x int64[2]"),
            std::string::npos);
}

struct Nothing : Source {
  std::int64_t size() const override { return 3; }
  std::string describe() const override { return "nothing"; }
  Batch record(std::int64_t) const override { return {}; }
};

TEST(Pipeline, RecordsMayBeEmpty) {
  const Pipeline cached = Pipeline::from_source(std::make_shared<Nothing>()).cache();
  for (int loop = 0; loop < 2; ++loop) {
    int count = 0;
    for (const Batch& record : cached) count += record.empty();
    EXPECT_EQ(count, 3);
  }
}

TEST(Pipeline, ErrorsOfFunctionsNameTheStepAndTheRecord) {
  const auto bad = [](const Batch& record) {
    if (record["x"].item<std::int64_t>() == 2) throw std::runtime_error("two");
    return true;
  };
  EXPECT_EQ(error_of([&] { values_of(numbers(4).filter(bad)); }),
            "[pipeline] filter failed at record 2 (epoch 0): two");
  const auto late = [](const Batch&, const Tensor&) -> Batch { throw std::runtime_error("late"); };
  EXPECT_HAS(error_of([&] { values_of(numbers(4).repeat(2).skip(5).add(late)); }),
             "failed at record 1 (epoch 0, pass 1)");
  const Collate none = [](const std::vector<Batch>&) -> Batch { throw std::runtime_error("none"); };
  EXPECT_EQ(error_of([&] { values_of(numbers(4).skip(1).batch(2, {.collate = none})); }),
            "[pipeline] batch failed on the batch that begins with record 1 (epoch 0): none");
  const auto squares = std::make_shared<Squares>();
  EXPECT_EQ(error_of([&] { values_of(Pipeline::from_source(squares, {.sampler = sequential(7)}).batch(7)); }),
            "[pipeline] sequential(7) failed: [source] index 6 is outside the 6 records of squares.");
  EXPECT_EQ(error_of([] { Pipeline::from_source(nullptr); }), "[from_source] there is no source.");
}

TEST(Pipeline, AnExceptionEndsTheLoop) {
  bool bad = true;
  const Pipeline pipeline = numbers(5).map([&](Batch record) {
    if (bad && record["x"].item<std::int64_t>() == 2) throw std::runtime_error("two");
    return record;
  });
  for (const Pipeline& p : {pipeline, pipeline.prefetch(2)}) {
    bad = true;
    Iterator elements = p.iterator();
    elements.next(), elements.next();
    EXPECT_HAS(error_of([&] { elements.next(); }), "two");
    EXPECT_FALSE(elements.next());
    bad = false;
    Iterator again = p.iterator(elements.state());
    EXPECT_EQ((*again.next())["x"].item<std::int64_t>(), 2);
  }
}

}  // namespace
}  // namespace ramie::data
