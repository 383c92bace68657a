// What must not matter: batch size, workers, shards, and where a loop was interrupted.
#include <map>
#include <set>

#include <ramie/autograd/ops/elementwise.h>
#include <ramie/data/operators.h>
#include <ramie/data/pipeline.h>
#include <ramie/data/samplers.h>
#include <ramie/tensor/create.h>
#include <ramie/tensor/random.h>

#include "data_module/files.h"
#include "data_module/numbers.h"

namespace ramie::data {
namespace {

using namespace ramie::testing;

// Adds a random number to "noisy"; throws at one of the records.
struct Noisy : Operator {
  std::int64_t bad = -1;
  bool together = false;  // with its neighbours, as one program
  std::string describe() const override { return "Noisy"; }
  bool random() const override { return true; }
  bool capturable() const override { return together; }
  Batch apply(const Batch& batch, const Tensor& keys) const override {
    for (std::int64_t i = 0; bad >= 0 && i < batch["x"].shape(0); ++i)
      if (batch["x"][i].item<std::int64_t>() == bad) throw std::runtime_error("a bad number");
    Batch out = batch;
    out.set("noisy", random::normal_rows(keys, {3}) + batch["x"].astype(float32).reshape({-1, 1}));
    return out;
  }
};

// Sees the whole batch.
struct BatchSum : Operator {
  std::string describe() const override { return "BatchSum"; }
  bool per_record() const override { return false; }
  bool capturable() const override { return true; }
  Batch apply(const Batch&, const Tensor&) const override { fail("sum", "no sum today."); }
};

// What became of each record of one loop.
using Results = std::map<std::int64_t, std::vector<float>>;
void collect_some(Iterator& elements, Results& results, int limit) {
  for (; limit != 0; --limit) {
    const auto batch = elements.next();
    if (!batch) return;
    for (std::int64_t i = 0; i < (*batch)["x"].shape(0); ++i)
      results[(*batch)["x"][i].item<std::int64_t>()] = (*batch)["noisy"][i].to_vector<float>();
  }
}
void collect(const Pipeline& pipeline, Results& results) {
  Iterator elements = pipeline.iterator();
  collect_some(elements, results, -1);
}
Results results_of(const Pipeline& pipeline) {
  Results results;
  collect(pipeline, results);
  return results;
}

Pipeline noisy(std::int64_t batch_size, std::uint64_t seed = 5) {
  return from_source(TensorSource({{"x", arange(100)}}), batch_size, {.seed = seed})
      .add(Noisy{})
      .add(Noisy{});
}

TEST(Randomness, FollowsTheRecordAlone) {
  const Results expected = results_of(noisy(1));
  ASSERT_EQ(expected.size(), 100u);
  for (const std::int64_t batch : {1, 7, 128}) {
    for (const std::int64_t workers : {1, 2, 8}) {
      EXPECT_EQ(results_of(noisy(batch).prefetch(4, workers)), expected) << batch << ' ' << workers;
      Results sharded;
      for (const std::int64_t i : {0, 1, 2}) collect(noisy(batch).shard(3, i).prefetch(2, workers), sharded);
      EXPECT_EQ(sharded, expected) << batch << ' ' << workers;
    }
  }
  const Pipeline records =
      Pipeline::from_source(std::make_shared<TensorSource>(Batch{{"x", arange(100)}}), {.seed = 5});
  EXPECT_EQ(results_of(records.shuffle(30).shard(1, 0).batch(9).add(Noisy{}).add(Noisy{})), expected);
}

TEST(Randomness, IsTheSameInOneProgram) {
  Noisy together;
  together.together = true;
  for (const std::int64_t batch : {1, 7, 128}) {
    const Pipeline p =
        from_source(TensorSource({{"x", arange(100)}}), batch, {.seed = 5}).add(together).add(together);
    EXPECT_EQ(results_of(p), results_of(noisy(batch)));
    EXPECT_EQ(results_of(p.prefetch(3, 3)), results_of(noisy(batch).epoch(1)));
    EXPECT_EQ(p.report().steps[2].seconds, 0);  // all in the last
    EXPECT_EQ(p.report().steps[3].elements, 2 * ((99 + batch) / batch));
  }
}

TEST(Randomness, IsTheSameWhereEachBatchHasANewShape) {
  const auto results = [](bool together) {
    Noisy noisy;
    noisy.together = together;
    const auto grow = [](Batch b) { return b.set("y", zeros({b["x"].item<std::int64_t>()})), b; };
    return results_of(numbers(100).map(grow).batch(1).add(noisy).add(noisy));
  };
  EXPECT_EQ(results(true), results(false));
}

TEST(Randomness, DiffersByRecordEpochSeedAndOperator) {
  const Pipeline pipeline = noisy(16);
  const Results first = results_of(pipeline), second = results_of(pipeline);
  EXPECT_NE(first, second);
  EXPECT_EQ(results_of(noisy(16)), first);
  EXPECT_EQ(results_of(pipeline.epoch(1)), second);
  EXPECT_NE(results_of(noisy(16, 6)), first);
  const auto noise = [](const Results& results, std::int64_t i) {
    return results.at(i)[0] - static_cast<float>(i);
  };
  EXPECT_NE(noise(first, 0), noise(first, 1));
  EXPECT_NE(results_of(from_source(TensorSource({{"x", arange(100)}}), 16, {.seed = 5}).add(Noisy{})), first);
}

// 60 images through operators of all kinds: every pixel of "noisy" is the same for any batch size, number of
// workers and shards, and with a break in the middle of the loop.
TEST(Randomness, OfOperatorsOnImages) {
  const TensorSource images(
      {{"x", arange(60)}, {"image", random::bits(random::key(1), {60, 9, 8, 3}, uint8)}});
  const auto pipeline = [&](std::int64_t batch) {
    return from_source(images, batch, {.sampler = shuffled(60, 3), .seed = 7})
        .add(Normalize({.mean = {0.5}, .std = {0.25}}))
        .add(Brightness({.clip_range = {}}))
        .add(Noise({.clip_range = {}}))
        .add(Rotation({.clip_range = {}}))
        .add(Selector({Flip(), Cutout({.length = 3})}))
        .add(Probabilistic(PatchDropout({.patch_size = {2, 2}})))
        .add([](Batch record) -> Batch {
          return {{"noisy", record["image"]}};
        });
  };
  const Results expected = results_of(pipeline(60));
  for (const std::int64_t batch : {1, 7, 128}) {
    for (const std::int64_t workers : {1, 2, 8}) {
      for (const std::int64_t shards : {1, 3}) {
        Results whole, broken;
        for (std::int64_t i = 0; i < shards; ++i) {
          const auto shard = [&] { return pipeline(batch).shard(shards, i).prefetch(3, workers); };
          collect(shard(), whole);
          Iterator first = shard().iterator();
          collect_some(first, broken, 2);
          Iterator second = shard().iterator(first.state());
          collect_some(second, broken, -1);
        }
        ASSERT_EQ(whole, expected) << batch << ' ' << workers << ' ' << shards;
        ASSERT_EQ(broken, expected) << batch << ' ' << workers << ' ' << shards;
      }
    }
  }
}

TEST(State, ALoopGoesOnWhereItWasInterrupted) {
  for (const std::int64_t batch : {1, 7, 128}) {
    for (const std::int64_t workers : {0, 1, 2, 8}) {
      const Pipeline without = noisy(batch).shuffle(5),
                     pipeline = workers ? without.prefetch(3, workers) : without;
      results_of(pipeline);  // the second loop is interrupted
      Iterator elements = pipeline.iterator();
      Results together;
      collect_some(elements, together, 2);
      Iterator resumed =
          noisy(batch).shuffle(5).prefetch(2, 2).iterator(elements.state());  // in another program
      collect_some(resumed, together, -1);
      EXPECT_EQ(together, results_of(without.epoch(1))) << batch << ' ' << workers;
    }
  }
}

// A pass of the outer repeat() reads an unknown number of passes of the inner one: workers are ahead of it.
TEST(State, ThePassesOfARepeatDoNotDependOnHowFarTheOneBeforeWasRead) {
  const Pipeline plain = numbers(5).shuffle(5).repeat().take(12).repeat(3);
  const auto expected = values_of(plain.epoch(0));
  for (const std::int64_t size : {1, 4, 40})
    EXPECT_EQ(values_of(numbers(5).shuffle(5).prefetch(size).repeat().prefetch(size).take(12).repeat(3)),
              expected);
  EXPECT_EQ(values_of(plain.epoch(0).skip(25)), std::vector(expected.begin() + 25, expected.end()));
  EXPECT_EQ(std::set<std::vector<std::int64_t>>({{expected.begin(), expected.begin() + 5},
                                                 {expected.begin() + 5, expected.begin() + 10},
                                                 {expected.begin() + 12, expected.begin() + 17},
                                                 {expected.begin() + 17, expected.begin() + 22}})
                .size(),
            4u);
}

TEST(State, OfEveryStep) {
  const auto even = [](const Batch& b) { return b["x"].item<std::int64_t>() % 2 == 0; };
  const Pipeline n = numbers(23);
  const Pipeline pipelines[] = {n.repeat(3),
                                n.shuffle(5, 1).repeat(3),
                                n.repeat(2).shuffle(6).batch(4),
                                n.filter(even).batch(3).repeat(2),
                                n.batch(5).rebatch(3).repeat(2),
                                n.batch(5).unbatch().skip(2).take(15),
                                n.concatenate(n.skip(20)).shard(2, 1),
                                n.cache().shuffle(3).repeat(2).batch(2),
                                n.enumerate().batch(2).skip(1).repeat(2),
                                n.zip(n.map([](Batch b) {
                                         return Batch{{"y", b["x"]}};
                                       }).skip(5))
                                    .batch(3),
                                n.batch(2).prefetch(2).repeat(2).prefetch(3)};
  for (const Pipeline& pipeline : pipelines) {
    const auto all = values_of(pipeline.epoch(0));
    Iterator elements = pipeline.epoch(0).iterator();
    std::vector<std::int64_t> seen;
    do {
      auto rest = seen;
      Iterator resumed = pipeline.epoch(0).iterator(elements.state());
      while (const auto b = resumed.next())
        for (const auto x : (*b)["x"].to_vector<std::int64_t>()) rest.push_back(x);
      ASSERT_EQ(rest, all) << pipeline.describe() << elements.state().position;
      const auto b = elements.next();
      if (!b) break;
      for (const auto x : (*b)["x"].to_vector<std::int64_t>()) seen.push_back(x);
    } while (true);
  }
}

TEST(State, TheLoopsAfterItGoOnToo) {
  const Pipeline one = numbers(30).shuffle(30), other = numbers(30).shuffle(30);
  values_of(one), values_of(one);
  Iterator third = one.iterator();
  third.next();
  auto resumed = other.iterator(third.state());
  while (resumed.next()) continue;
  EXPECT_EQ(values_of(other), values_of(one));
}

TEST(State, IsTextAndBack) {
  Iterator elements = noisy(7).iterator();
  elements.next();
  const PipelineState state = parse_pipeline_state(str(elements.state()));
  EXPECT_EQ(state.pipeline, elements.state().pipeline);
  EXPECT_EQ(state.loop, 0u);
  EXPECT_EQ(state.position, 1);
  for (const char* text : {"", "1", "loop 1 position x\n", "loop -1 position 2\n", "loop 1 position 2",
                           "loop 1 position -2\n", "loop 99999999999999999999 position 1\n"})
    EXPECT_HAS(error_of([&] { parse_pipeline_state(text); }), "[pipeline] this is not a saved place");
}

TEST(State, OfAnotherPipelineIsRefused) {
  Iterator elements = noisy(7).iterator();
  elements.next();
  EXPECT_EQ(error_of([&] { noisy(8).iterator(elements.state()); }),
            "[pipeline] this place was saved in another pipeline: its step 2 is \"batch(7)\", but here it is "
            "\"batch(8)\".");
  EXPECT_HAS(error_of([&] { noisy(7).take(3).iterator(elements.state()); }),
             "its step 5 is nothing, but here it is \"take(3)\"");
  EXPECT_HAS(error_of([&] { noisy(7, 6).iterator(elements.state()); }), "seed 6");
  PipelineState beyond = elements.state();
  beyond.position = 100;
  EXPECT_EQ(error_of([&] { noisy(7).iterator(beyond); }),
            "[pipeline] the saved place is 100, but a loop has only 15 elements.");
}

TEST(OperatorErrors, NameTheOperatorAndTheRecord) {
  Noisy bad;
  bad.bad = 17;
  const auto source = std::make_shared<TensorSource>(Batch{{"x", arange(100)}});
  const std::string expected = "[pipeline] Noisy failed at record 17 (epoch 0): a bad number";
  for (const std::int64_t workers : {1, 4}) {
    const Pipeline p = from_source(source, 10).add(bad).prefetch(3, workers);
    auto elements = p.iterator();
    EXPECT_TRUE(elements.next());
    EXPECT_EQ(error_of([&] { elements.next(); }), expected);
    EXPECT_FALSE(elements.next());
  }
  EXPECT_EQ(error_of([&] { values_of(Pipeline::from_source(source).add(bad)); }), expected);
  EXPECT_EQ(
      error_of([&] { values_of(from_source(source, 10).add(BatchSum{})); }),
      "[pipeline] BatchSum failed on the batch that begins with record 0 (epoch 0): [sum] no sum today.");
}

TEST(OperatorErrors, NeedOneRowForEachRecord) {
  const auto halves = [](Batch b) {
    b["x"] = b["x"].slice(0, 0, 5);
    return b;
  };
  EXPECT_HAS(error_of([&] { values_of(numbers(20).batch(10).map(halves).add(Noisy{})); }),
             "Noisy got 5 rows made of 10 records");
  EXPECT_HAS(error_of([&] { values_of(numbers(20).batch(10).map(halves).unbatch().add(Noisy{})); }),
             "Noisy got 1 rows made of 0 records");
  EXPECT_HAS(error_of([&] { numbers(20).batch(2).batch(2).add(Noisy{}); }), "not on batches of batches");
}

}  // namespace
}  // namespace ramie::data
