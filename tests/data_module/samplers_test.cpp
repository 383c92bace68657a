#include <ramie/data/samplers.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <set>
#include <thread>

#include "data_module/files.h"

namespace ramie::data {
namespace {

using namespace ramie::testing;
using Numbers = std::vector<std::int64_t>;
constexpr std::int64_t one = 1, largest = std::numeric_limits<std::int64_t>::max();

Numbers places(const SamplerPtr& sampler, std::uint64_t epoch = 0) {
  Numbers records;
  for (std::int64_t i = 0; i < sampler->size(); ++i) records.push_back(sampler->at(epoch, i));
  return records;
}

Numbers sorted(Numbers values) {
  std::sort(values.begin(), values.end());
  return values;
}

Numbers first(std::int64_t n) {
  Numbers values(static_cast<std::size_t>(n));
  std::iota(values.begin(), values.end(), 0);
  return values;
}

// How many standard deviations chi-square lies above its mean, for equally likely cells.
double excess(const std::vector<double>& counts) {
  const auto cells = static_cast<double>(counts.size());
  const double expected = std::accumulate(counts.begin(), counts.end(), 0.0) / cells;
  double sum = 0;
  for (const double count : counts) sum += (count - expected) * (count - expected) / expected;
  return (sum - (cells - 1)) / std::sqrt(2 * (cells - 1));
}

std::size_t cell(std::int64_t row, std::int64_t column, std::int64_t columns) {
  return static_cast<std::size_t>(row * columns + column);
}

TEST(Sequential, InOrder) {
  EXPECT_EQ(places(sequential(4)), (Numbers{0, 1, 2, 3}));
  EXPECT_EQ(places(sequential(4), 7), (Numbers{0, 1, 2, 3}));
  EXPECT_TRUE(places(sequential(0)).empty());
  EXPECT_EQ(sequential(4)->describe(), "sequential(4)");
  EXPECT_EQ(error_of([] { sequential(-1); }), "[sequential] there cannot be -1 records.");
}

TEST(Range, AsInPython) {
  EXPECT_EQ(places(range(2, 9, 3)), (Numbers{2, 5, 8}));
  EXPECT_EQ(places(range(2, 8, 3)), (Numbers{2, 5}));
  EXPECT_EQ(places(range(10, 0, -3)), (Numbers{10, 7, 4, 1}));
  EXPECT_EQ(places(range(3, -1, -1)), (Numbers{3, 2, 1, 0}));
  EXPECT_EQ(places(range(1, -9, -20)), Numbers{1});
  EXPECT_EQ(places(range(5, 7)), (Numbers{5, 6}));
  for (const auto& none : {range(5, 5), range(6, 5), range(5, 6, -1)}) EXPECT_EQ(none->size(), 0);
  EXPECT_EQ(range(0, largest)->at(0, largest - 1), largest - 1);
  EXPECT_EQ(range(0, largest, largest)->size(), 1);
  EXPECT_EQ(range(largest, -1, -2)->at(0, range(largest, -1, -2)->size() - 1), 1);
  EXPECT_EQ(range(7, 0, std::numeric_limits<std::int64_t>::min())->size(), 1);
  EXPECT_EQ(range(2, 9, 3)->describe(), "range(2, 9, 3)");
}

TEST(Range, Errors) {
  EXPECT_EQ(error_of([] { range(0, 9, 0); }), "[range] range(0, 9, 0) never ends: the step must not be 0.");
  const std::string none = " has negative numbers: there are no such records.";
  EXPECT_EQ(error_of([] { range(-1, 9); }), "[range] range(-1, 9, 1)" + none);
  EXPECT_EQ(error_of([] { range(4, -2, -1); }), "[range] range(4, -2, -1)" + none);
  EXPECT_HAS(error_of([] { range(0, std::numeric_limits<std::int64_t>::min(), -1); }), none);
}

TEST(Samplers, RefuseOtherPlaces) {
  const std::map<std::string, SamplerPtr> all = {{"range", sequential(6)},
                                                 {"shuffled", shuffled(6)},
                                                 {"weighted", weighted({1, 2}, 6)},
                                                 {"weighted ", weighted({1, 1, 1, 1, 1, 1}, 6, 0, {false})},
                                                 {"stratified", stratified(first(6), 2)},
                                                 {"sharded", sharded(sequential(18), 3, 0)},
                                                 {"sliding_window", sliding_window(4, 2)}};
  for (const auto& [name, sampler] : all)
    for (const std::int64_t i : {std::int64_t{-1}, std::int64_t{6}, largest})
      EXPECT_EQ(error_of([&, &one = *sampler] { one.at(0, i); }),
                "[" + name.substr(0, name.find(' ')) + "] place " + std::to_string(i) +
                    " is outside the 6 places of an epoch.");
}

TEST(Shuffled, EveryRecordOnce) {
  for (std::int64_t n = 0; n <= 2000; ++n)
    ASSERT_EQ(sorted(places(shuffled(n, static_cast<std::uint64_t>(n)), 3)), first(n)) << n;
  for (const std::int64_t n : {60000, 65535, 65536, 65537, 1 << 18})
    EXPECT_EQ(sorted(places(shuffled(n, 42))), first(n)) << n;
}

TEST(Shuffled, LargeOnesRepeatNothing) {
  for (const std::int64_t n : Numbers{1000000007, one << 32, (one << 40) + 1, one << 62, largest}) {
    const SamplerPtr sampler = shuffled(n, 5);
    std::set<std::int64_t> seen;
    for (std::int64_t i = 0; i < 20000; ++i) {
      seen.insert(sampler->at(1, i));
      seen.insert(sampler->at(1, n - 1 - i));
    }
    EXPECT_EQ(seen.size(), 40000u) << n;
    EXPECT_GE(*seen.begin(), 0);
    EXPECT_LT(*seen.rbegin(), n);
    EXPECT_LT(*seen.begin(), n / 1000);  // but they reach everywhere
    EXPECT_GT(*seen.rbegin(), n - n / 1000);
  }
}

// Seeds and epochs give orders of their own, replay gives one; these values must not change.
TEST(Shuffled, FollowsFromSeedAndEpoch) {
  EXPECT_EQ(places(shuffled(100, 1)), places(shuffled(100, 1)));
  std::set<Numbers> orders;
  for (std::uint64_t seed = 0; seed < 20; ++seed)
    for (std::uint64_t epoch = 0; epoch < 20; ++epoch) orders.insert(places(shuffled(100, seed), epoch));
  EXPECT_EQ(orders.size(), 400u);
  const SamplerPtr replay = shuffled(100, 1, {.replay = true});
  EXPECT_EQ(places(replay, 5), places(replay));
  EXPECT_EQ(places(replay), places(shuffled(100, 1)));
  EXPECT_EQ(replay->describe(), "shuffled(100, seed 1, replay)");
  EXPECT_EQ(places(shuffled(10, 42)), (Numbers{7, 6, 3, 4, 9, 0, 2, 8, 1, 5}));
  EXPECT_EQ(shuffled(60000, 42)->at(2, 1), 9772);
  EXPECT_EQ(error_of([] { shuffled(-4); }), "[shuffled] there cannot be -4 records.");
}

// Over seeds and over epochs, every record is equally often at every place.
TEST(Shuffled, PlacesAreUniform) {
  for (const std::int64_t n : {2, 3, 7, 16, 50, 100}) {
    std::vector<double> by_seed(static_cast<std::size_t>(n * n)), by_epoch = by_seed;
    for (std::uint64_t k = 0; k < static_cast<std::uint64_t>(40 * n); ++k) {
      for (std::int64_t i = 0; i < n; ++i) {
        ++by_seed[cell(i, shuffled(n, k)->at(0, i), n)];
        ++by_epoch[cell(i, shuffled(n, 9)->at(k, i), n)];
      }
    }
    EXPECT_LT(excess(by_seed), 4) << n;
    EXPECT_LT(excess(by_epoch), 4) << n;
  }
}

// All orders of a few records are equally likely, and so are all pairs of records at two places.
TEST(Shuffled, OrdersAndPairsAreUniform) {
  std::map<Numbers, int> orders;
  for (std::uint64_t epoch = 0; epoch < 24000; ++epoch) ++orders[places(shuffled(4, 7), epoch)];
  EXPECT_EQ(orders.size(), 24u);
  for (const auto& [order, count] : orders) EXPECT_NEAR(count, 1000, 160);  // five standard deviations
  for (const std::int64_t n : {20, 100, 300}) {
    for (const std::int64_t other : {std::int64_t{1}, std::int64_t{8}, std::int64_t{16}, n - 1}) {
      std::vector<double> pairs(static_cast<std::size_t>(n * n));
      const SamplerPtr sampler = shuffled(n, 9);
      for (std::uint64_t epoch = 0; epoch < static_cast<std::uint64_t>(10 * n * n); ++epoch)
        ++pairs[cell(sampler->at(epoch, 0), sampler->at(epoch, other), n)];
      for (std::int64_t i = n - 1; i >= 0; --i) pairs.erase(pairs.begin() + i * n + i);  // no record twice
      EXPECT_LT(excess(pairs), 4) << n << ' ' << other;
    }
  }
}

// The difference between places `step` apart tells nothing; with four rounds, this fails by far.
TEST(Shuffled, NeighboursAreUnrelated) {
  for (const std::int64_t n : Numbers{60000, 1000000007}) {
    for (const std::int64_t step : {1, 2, 128, 256, 512}) {
      for (std::uint64_t epoch = 0; epoch < 8; ++epoch) {
        const SamplerPtr sampler = shuffled(n, 11);
        std::vector<double> differences(997);
        for (std::int64_t i = 0; i + step < 60000; ++i) {
          const std::int64_t d = (sampler->at(epoch, i + step) - sampler->at(epoch, i) + n) % n;
          ++differences[static_cast<std::size_t>(d * 997 / n)];
        }
        EXPECT_LT(std::abs(excess(differences)), 4.5) << n << ' ' << step << ' ' << epoch;
      }
    }
  }
}

TEST(Weighted, DrawsInProportion) {
  const std::vector<double> weights = {1, 0, 3, 0.5, 5.5};
  const SamplerPtr sampler = weighted(weights, 1000, 3);
  std::vector<double> counts(5);
  for (std::uint64_t epoch = 0; epoch < 100; ++epoch)
    for (const auto record : places(sampler, epoch)) ++counts[static_cast<std::size_t>(record)];
  for (std::size_t i = 0; i < 5; ++i) {
    const double p = weights[i] / 10;
    EXPECT_NEAR(counts[i], 1e5 * p, 5 * std::sqrt(1e5 * p * (1 - p))) << i;
  }
  EXPECT_EQ(sampler->size(), 1000);
  EXPECT_EQ(places(sampler, 2), places(weighted(weights, 1000, 3), 2));
  EXPECT_NE(places(sampler, 2), places(sampler, 3));
  EXPECT_NE(places(sampler), places(weighted(weights, 1000, 4)));
  EXPECT_EQ(sampler->describe(), "weighted(1000 of 5, seed 3)");
}

TEST(Weighted, ExtremeWeights) {
  EXPECT_EQ(places(weighted({7}, 3)), (Numbers{0, 0, 0}));
  EXPECT_EQ(places(weighted({0, 1e-300, 0}, 3)), (Numbers{1, 1, 1}));
  const Numbers halves = places(weighted({1e308, 1e308}, 1000));
  EXPECT_NEAR(static_cast<double>(std::count(halves.begin(), halves.end(), 0)), 500, 80);
  EXPECT_TRUE(places(weighted({1}, 0)).empty());
}

// The first record is drawn by weight, the second by weight among the others: against the definition.
TEST(Weighted, WithoutReplacement) {
  const std::vector<double> p = {.1, .2, .3, .4};
  const SamplerPtr sampler = weighted(p, 2, 5, {.replacement = false});
  std::map<Numbers, double> pairs;
  constexpr int epochs = 40000;
  for (std::uint64_t epoch = 0; epoch < epochs; ++epoch) ++pairs[places(sampler, epoch)];
  EXPECT_EQ(pairs.size(), 12u);
  for (const auto& [pair, count] : pairs) {
    const double a = p[static_cast<std::size_t>(pair[0])], b = p[static_cast<std::size_t>(pair[1])];
    const double expected = a * b / (1 - a);
    EXPECT_NEAR(count / epochs, expected, 5 * std::sqrt(expected / epochs));
  }
  EXPECT_EQ(sorted(places(weighted({3, 1, 2}, 3, 1, {false}), 9)), first(3));
  EXPECT_EQ(sorted(places(weighted({3, 0, 2}, 2, 1, {false}), 9)), (Numbers{0, 2}));
  EXPECT_EQ(sampler->describe(), "weighted(2 of 4, seed 5, no replacement)");
}

TEST(Weighted, ThreadsInDifferentEpochsAgree) {
  const SamplerPtr sampler = weighted(std::vector<double>(50, 1), 50, 5, {.replacement = false});
  std::vector<Numbers> orders(6);
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < orders.size(); ++t)
    threads.emplace_back([&, t] { orders[t] = places(sampler, t % 3); });
  for (auto& thread : threads) thread.join();
  for (std::size_t t = 0; t < 3; ++t) {
    EXPECT_EQ(orders[t], orders[t + 3]);
    EXPECT_EQ(sorted(orders[t]), first(50));
  }
  EXPECT_NE(orders[0], orders[1]);
}

TEST(Weighted, Errors) {
  const double nan = std::nan(""), infinity = std::numeric_limits<double>::infinity();
  EXPECT_EQ(error_of([] {
              weighted({1, -2}, 1);
            }),
            "[weighted] weight 1 of 2 is -2: weights are finite and not negative.");
  for (const double bad : {nan, infinity})
    EXPECT_HAS(error_of([&] { weighted({bad}, 1); }), "weight 0 of 1 is");
  EXPECT_EQ(error_of([] { weighted({0, 0}, 1); }), "[weighted] none of the 2 weights is above 0.");
  EXPECT_EQ(error_of([] { weighted({}, 0); }), "[weighted] none of the 0 weights is above 0.");
  EXPECT_EQ(error_of([] { weighted({1}, -1); }), "[weighted] there cannot be -1 records.");
  EXPECT_EQ(
      error_of([] {
        weighted({1, 0, 1}, 3, 0, {.replacement = false});
      }),
      "[weighted] 3 different records were asked for but only 2 have a weight above 0: fewer of them, or "
      ".replacement = true.");
}

Numbers labels_of(const Numbers& sizes) {
  Numbers labels;
  for (std::size_t c = 0; c < sizes.size(); ++c)
    labels.insert(labels.end(), static_cast<std::size_t>(sizes[c]), static_cast<std::int64_t>(c) * 10 - 3);
  // Mixed, so that a class is not a block.
  Numbers mixed;
  for (const auto i : places(shuffled(static_cast<std::int64_t>(labels.size()), 99)))
    mixed.push_back(labels[static_cast<std::size_t>(i)]);
  return mixed;
}

TEST(Stratified, EveryBatchHasTheShares) {
  for (const Numbers& sizes :
       {Numbers{50, 50}, {90, 9, 1}, {1, 2, 3, 4, 5, 6, 7}, {333, 1, 1, 1, 664}, {5}, {}}) {
    const Numbers labels = labels_of(sizes);
    const auto n = static_cast<std::int64_t>(labels.size());
    for (const std::int64_t size : {1, 7, 10, 128}) {
      const SamplerPtr sampler = stratified(labels, size, 4);
      const Numbers records = places(sampler, 2);
      EXPECT_EQ(sorted(records), first(n));
      for (std::int64_t end = size; end <= n; end += size) {  // all records so far, and so every batch
        std::map<std::int64_t, double> counts;
        for (std::int64_t i = 0; i < end; ++i)
          ++counts[labels[static_cast<std::size_t>(records[static_cast<std::size_t>(i)])]];
        for (std::size_t c = 0; c < sizes.size(); ++c)
          EXPECT_LT(std::abs(counts[static_cast<std::int64_t>(c) * 10 - 3] -
                             static_cast<double>(sizes[c] * end) / static_cast<double>(n)),
                    1);
      }
    }
  }
}

TEST(Stratified, EpochsDiffer) {
  const Numbers labels = labels_of({30, 60, 10});
  const SamplerPtr sampler = stratified(labels, 10, 4);
  EXPECT_EQ(places(sampler, 1), places(stratified(labels, 10, 4), 1));
  EXPECT_NE(places(sampler, 1), places(sampler, 2));
  EXPECT_NE(places(sampler), places(stratified(labels, 10, 5)));
  std::vector<double> seen(10000);  // any record may stand at any place
  for (std::uint64_t epoch = 0; epoch < 2000; ++epoch)
    for (std::int64_t i = 0; i < 100; ++i) ++seen[cell(i, sampler->at(epoch, i), 100)];
  EXPECT_LT(excess(seen), 4);
  EXPECT_EQ(sampler->describe(), "stratified(100 in 3 classes, batches of 10, seed 4)");
  EXPECT_EQ(error_of([&] { stratified(labels, 0); }),
            "[stratified] a batch must hold at least one record, not 0.");
}

TEST(Sharded, TogetherTheyAreTheWhole) {
  const SamplerPtr whole = shuffled(20, 1);
  Numbers together(20, -1);
  for (std::int64_t index = 0; index < 3; ++index) {
    const Numbers part = places(sharded(whole, 3, index), 4);
    for (std::size_t i = 0; i < part.size(); ++i) together[3 * i + static_cast<std::size_t>(index)] = part[i];
  }
  EXPECT_EQ(together, places(whole, 4));
  EXPECT_EQ(places(sharded(sequential(2), 5, 1)), Numbers{1});
  EXPECT_TRUE(places(sharded(sequential(2), 5, 2)).empty());
}

// torch.utils.data.DistributedSampler(range(10), num_replicas=4, rank=r, shuffle=False, drop_last=...).
TEST(Sharded, PadsAndDropsAsTorch) {
  const std::vector<Numbers> pad = {{0, 4, 8}, {1, 5, 9}, {2, 6, 0}, {3, 7, 1}},
                             drop = {{0, 4}, {1, 5}, {2, 6}, {3, 7}};
  for (std::int64_t index = 0; index < 4; ++index) {
    EXPECT_EQ(places(sharded(sequential(10), 4, index, {Remainder::pad})),
              pad[static_cast<std::size_t>(index)]);
    EXPECT_EQ(places(sharded(sequential(10), 4, index, {Remainder::drop})),
              drop[static_cast<std::size_t>(index)]);
    for (const auto remainder : {Remainder::keep, Remainder::pad, Remainder::drop})
      EXPECT_EQ(sharded(sequential(8), 4, index, {remainder})->size(), 2);
  }
  EXPECT_EQ(places(sharded(sequential(2), 5, 4, {Remainder::pad})), Numbers{0});  // 0 1 0 1 0
  EXPECT_EQ(sharded(sequential(0), 5, 4, {Remainder::pad})->size(), 0);
}

TEST(Sharded, ProcessesAndWorkersCompose) {
  const SamplerPtr all = shuffled(31, 2);
  Numbers records;
  for (std::int64_t process = 0; process < 3; ++process)
    for (std::int64_t worker = 0; worker < 2; ++worker)
      for (const auto record : places(sharded(sharded(all, 3, process), 2, worker)))
        records.push_back(record);
  EXPECT_EQ(sorted(records), first(31));
  EXPECT_EQ(sharded(sharded(all, 3, 1), 2, 0, {Remainder::pad})->describe(),
            "sharded(sharded(shuffled(31, seed 2), 1 of 3), 0 of 2, pad)");
}

TEST(Sharded, Errors) {
  EXPECT_EQ(error_of([] { sharded(nullptr, 1, 0); }), "[sharded] there is no sampler to cut.");
  EXPECT_EQ(error_of([] { sharded(sequential(3), 0, 0); }),
            "[sharded] there must be at least one shard, not 0.");
  EXPECT_EQ(error_of([] { sharded(sequential(3), 2, 2); }), "[sharded] shard 2 is outside of 0..1.");
  EXPECT_HAS(error_of([] { sharded(sequential(3), 2, -1); }), "shard -1");
}

TEST(SlidingWindow, OneAfterTheOther) {
  EXPECT_EQ(places(sliding_window(5, 3)), (Numbers{0, 1, 2, 1, 2, 3, 2, 3, 4}));
  EXPECT_EQ(places(sliding_window(6, 3, 2)), (Numbers{0, 1, 2, 2, 3, 4}));
  EXPECT_EQ(places(sliding_window(7, 2, 4)), (Numbers{0, 1, 4, 5}));
  EXPECT_EQ(places(sliding_window(3, 3)), first(3));
  EXPECT_TRUE(places(sliding_window(2, 3)).empty());
  EXPECT_EQ(sliding_window(6, 3, 2)->describe(), "sliding_window(6, 3, 2)");
  EXPECT_EQ(error_of([] { sliding_window(6, 0, 2); }),
            "[sliding_window] size and stride must be at least 1, but they are 0 and 2.");
  EXPECT_HAS(error_of([] { sliding_window(largest, one << 40); }), "too many to count");
}

// The example of data/samplers.h.
struct Backwards : Sampler {
  std::int64_t size() const override { return 100; }
  std::int64_t at(std::uint64_t, std::int64_t i) const override { return 99 - i; }
  std::string describe() const override { return "backwards(100)"; }
};

TEST(Samplers, OneOfYourOwn) {
  EXPECT_EQ(places(sharded(std::make_shared<Backwards>(), 50, 1)), (Numbers{98, 48}));
}

}  // namespace
}  // namespace ramie::data
