#include <ramie/data/sources/compose.h>

#include <cmath>
#include <fstream>
#include <map>

#include <nlohmann/json.hpp>

#include <ramie/data/sources/mix.h>
#include <ramie/data/sources/splits.h>
#include <ramie/data/split.h>

#include "data_module/files.h"

namespace ramie::data {
namespace {

using ramie::testing::error_of;
using Indices = std::vector<std::int64_t>;

// Records first, first + 1... of "x" [] and "pair" [2].
TensorSource numbers(int first, int count, std::string name = "numbers") {
  std::vector<int> x, pair;
  for (int i = 0; i < count; ++i) {
    x.push_back(first + i);
    pair.insert(pair.end(), {first + i, -i});
  }
  return TensorSource({{"x", from_vector(x)}, {"pair", from_vector(pair, {count, 2})}}, std::move(name));
}

std::vector<int> values(const Source& source) {
  std::vector<int> all;
  for (std::int64_t i = 0; i < source.size(); ++i) all.push_back(source.record(i)["x"].item<int>());
  return all;
}

// What gather gives is what record gives, in any order.
void expect_gathers(const Source& source) {
  Indices order;
  for (std::int64_t i = 0; i < source.size(); ++i) order.push_back(i * 7 % source.size());
  const Batch batch = source.gather(order);
  for (std::size_t i = 0; i < order.size(); ++i) {
    const Batch one = source.record(order[i]), same = row(batch, static_cast<std::int64_t>(i));
    EXPECT_EQ(str(one), str(same));
    for (const auto& [name, x] : one)
      EXPECT_EQ(x.to_vector<double>(), same[name].to_vector<double>()) << order[i];
  }
}

TEST(Concatenate, OneAfterTheOther) {
  const SourcePtr both = concatenate({numbers(0, 3), numbers(10, 0), numbers(20, 2)});
  EXPECT_EQ(values(*both), (std::vector<int>{0, 1, 2, 20, 21}));
  EXPECT_EQ(both->describe(), "numbers[3] + numbers[0] + numbers[2]");
  expect_gathers(*both);
  EXPECT_EQ(error_of([&] { both->record(5); }),
            "[source] index 5 is outside the 5 records of numbers[3] + numbers[0] + numbers[2].");
  EXPECT_EQ(error_of([] { concatenate({}); }), "[concatenate] no sources were given.");
  EXPECT_EQ(error_of([] { concatenate({SourcePtr()}); }),
            "[source] there is no source: the pointer is null.");
}

TEST(Concatenate, RecordsOfOneBatchMustBeOfOneKind) {
  const SourcePtr both =
      concatenate({numbers(0, 2), TensorSource({{"x", from_vector<float>({1})}}, "other")});
  EXPECT_EQ(both->gather(Indices{2}).size(), 1u);  // alone it is no error
  EXPECT_EQ(
      error_of([&] {
        both->gather(Indices{0, 2});
      }),
      "[concatenate] the sources' records differ: numbers[2] has x int32[1], pair int32[1,2], other[1] has "
      "x float32[1]. Make them the same names, shapes and dtypes.");
}

TEST(Subset, TakesTheseRecords) {
  const SourcePtr some = subset(numbers(10, 4), {3, 0, 3, -2});
  EXPECT_EQ(values(*some), (std::vector<int>{13, 10, 13, 12}));
  expect_gathers(*some);
  EXPECT_EQ(some->describe(), subset(numbers(10, 4), {3, 0, 3, 2})->describe());
  EXPECT_NE(some->describe(), subset(numbers(10, 4), {3, 0, 3, 1})->describe());
  EXPECT_EQ(subset(numbers(0, 4), {})->size(), 0);
  for (const std::int64_t i : {4, -5})
    EXPECT_HAS(error_of([&] { subset(numbers(0, 4), {0, i}); }), "is outside the 4 records of numbers[4].");
  EXPECT_HAS(error_of([&] { some->record(4); }), "[source] index 4 is outside the 4 records of subset(");
}

TEST(Slice, ByNumbersAsInPython) {
  EXPECT_EQ(values(*slice(numbers(0, 5), 1, 3)), (std::vector<int>{1, 2}));
  EXPECT_EQ(values(*slice(numbers(0, 5), -2, 100)), (std::vector<int>{3, 4}));
  EXPECT_EQ(slice(numbers(0, 5), 3, 1)->size(), 0);
  EXPECT_EQ(slice(numbers(0, 5), 1, 3)->describe(), "numbers[5][1:3]");
  expect_gathers(*slice(slice(numbers(0, 9), 1, 8), 2, 6));
  EXPECT_HAS(error_of([] { slice(numbers(0, 5), 1, 3)->record(2); }), "is outside the 2 records");
}

TEST(Slice, ByText) {
  EXPECT_EQ(values(*slice(numbers(0, 10), "[10%:30%]")), (std::vector<int>{1, 2}));
  EXPECT_EQ(values(*slice(numbers(0, 10), "[-3:]")), (std::vector<int>{7, 8, 9}));
  EXPECT_EQ(error_of([] { slice(numbers(0, 10), "train[:3]"); }),
            "[split] \"train[:3]\" is not a range in brackets. Write \"train\", \"train[:10000]\", "
            "\"train[10%:20%]\" or \"train+test\".");
  EXPECT_EQ(error_of([] { slice(numbers(0, 10), "[:11]"); }),
            "[split] records[0:11] reaches beyond the 10 records.");
  EXPECT_EQ(error_of([] { slice(numbers(0, 10), "[5:5]"); }), "[split] records[5:5] of 10 records is empty.");
}

// ---- splits against TensorFlow Datasets

SourcePtr counted(const char* name, std::int64_t size) {
  return std::make_shared<FunctionSource>(
      size,
      [](std::int64_t i) -> Batch {
        return {{"x", from_vector<int>({static_cast<int>(i)})}};
      },
      name);
}

SourcePtr read(const std::string& spec) {
  return read_splits(spec, {{"train", [] { return counted("train", 60000); }},
                            {"test", [] { return counted("test", 10003); }},
                            {"tiny", [] { return counted("tiny", 7); }}});
}

TEST(Splits, AreCutAsByTensorFlowDatasets) {
  std::ifstream file(RAMIE_TEST_DATA "/data_module/splits.json");
  const auto cases = nlohmann::json::parse(file);
  ASSERT_GT(cases.size(), 700u);
  for (const auto& one : cases) {
    const auto spec = one[0].get<std::string>();
    if (one[1].is_null()) {
      EXPECT_HAS(error_of([&] { read(spec); }), "[split] ") << spec;
      continue;
    }
    std::string expected;
    const std::map<std::string, int> sizes = {{"train", 60000}, {"test", 10003}, {"tiny", 7}};
    for (const auto& part : one[1]) {
      const auto name = part[0].get<std::string>();
      const std::int64_t from = part[1], to = part[2], size = sizes.at(name);
      if (!expected.empty()) expected += " + ";
      expected += name + "[" + std::to_string(size) + "]";
      const auto bracket = spec.find('[', spec.find(name));
      if (bracket == spec.find(name) + name.size())
        expected += "[" + std::to_string(from) + ":" + std::to_string(to) + "]";
    }
    EXPECT_EQ(read(spec)->describe(), expected) << spec;
  }
}

TEST(Splits, ErrorsSayWhatIsWrong) {
  const auto why = [](const std::string& spec) {
    const std::string text = error_of([&] { read(spec); });
    return text.substr(0, text.find(". Write"));
  };
  EXPECT_EQ(why("valid"), "[split] there is no split \"valid\": there are train, test, tiny.");
  EXPECT_EQ(why("train[5]"), "[split] \"train[5]\" needs a range with one colon in its brackets");
  EXPECT_EQ(why("train[:]"),
            "[split] \"train[:]\" has a range without positions; leave the brackets out for all");
  EXPECT_EQ(why("train[:1.5]"), "[split] \"train[:1.5]\" has 1.5 where a whole number belongs");
  EXPECT_EQ(why("train[:1e3]"), "[split] \"train[:1e3]\" has \"1e3\" where a number belongs");
  EXPECT_EQ(why("train[:101%]"), "[split] \"train[:101%]\" has 101 %, but a whole is 100 %");
  EXPECT_EQ(why("train[%:]"), "[split] \"train[%:]\" has a % without a number");
  EXPECT_EQ(why("train[:10%"), "[split] \"train[:10%\" has brackets that do not close");
  EXPECT_EQ(why("train++test"), "[split] \"train++test\" has \"\" where a split's name belongs");
}

TEST(Splits, OfASplitInMemory) {
  const Split split{Tensor::empty({uint8, {4, 2, 2, 1}}), Tensor::empty({int32, {4}}), "MNIST", "here",
                    "train"};
  EXPECT_EQ(split.source()->describe(), "MNIST(train)[4]");
  EXPECT_EQ(str(split.source()->record(1)), "image uint8[2,2,1], label int32[]");
}

// ---- windows

TEST(SlidingWindow, StacksNeighbours) {
  const SourcePtr windows = sliding_window(numbers(0, 8), 3, 2);
  ASSERT_EQ(windows->size(), 3);
  EXPECT_EQ(windows->record(2)["x"].to_vector<int>(), (std::vector<int>{4, 5, 6}));
  EXPECT_EQ(str(windows->gather(Indices{2, 0})), "x int32[2,3], pair int32[2,3,2]");
  EXPECT_EQ(windows->describe(), "sliding_window(numbers[8], size 3, stride 2)[3]");
  expect_gathers(*windows);
}

TEST(SlidingWindow, Sizes) {
  for (int n = 0; n < 9; ++n)
    for (int size = 1; size < 5; ++size)
      for (int stride = 1; stride < 4; ++stride) {
        int count = 0;
        for (int at = 0; at + size <= n; at += stride) ++count;
        EXPECT_EQ(sliding_window(numbers(0, n), size, stride)->size(), count);
      }
  EXPECT_EQ(error_of([] { sliding_window(numbers(0, 3), 0); }),
            "[sliding_window] size 0 and stride 1 must be at least 1.");
}

// ---- functions

TEST(FunctionSource, CallsTheFunction) {
  const FunctionSource squares(
      4,
      [](std::int64_t i) -> Batch {
        return {{"x", from_vector<int>({static_cast<int>(i * i)}, {})}};
      },
      "squares");
  EXPECT_EQ(values(squares), (std::vector<int>{0, 1, 4, 9}));
  EXPECT_EQ(squares.describe(), "squares[4]");
  EXPECT_EQ(squares.gather(Indices{3, 1})["x"].to_vector<int>(), (std::vector<int>{9, 1}));
  EXPECT_HAS(error_of([&] { squares.record(4); }), "[source] index 4 is outside");
  EXPECT_EQ(error_of([] { FunctionSource(1, {}); }), "[source] there is no function to make records with.");
  EXPECT_HAS(error_of([] { FunctionSource(-1, [](auto) { return Batch(); }); }), "-1 records");
}

// ---- mix

TEST(Mix, HoldsEveryRecordOnceAndInItsSourcesOrder) {
  const SourcePtr mixed = mix({numbers(0, 50), numbers(100, 300), numbers(1000, 7)}, {1, 2, 3}, 5);
  std::vector<int> all = values(*mixed), parts[3];
  for (const int x : all) parts[x >= 1000 ? 2 : x >= 100 ? 1 : 0].push_back(x);
  EXPECT_EQ(parts[0], values(numbers(0, 50)));
  EXPECT_EQ(parts[1], values(numbers(100, 300)));
  EXPECT_EQ(parts[2], values(numbers(1000, 7)));
  expect_gathers(*mixed);
  EXPECT_EQ(mixed->describe(),
            "mix(0.166667 numbers[50], 0.333333 numbers[300], 0.5 numbers[7], seed 5)[357]");
}

TEST(Mix, FollowsTheWeights) {
  const int n = 20000;
  for (const double share : {0.1, 0.5, 0.75}) {
    const SourcePtr mixed = mix({numbers(0, n), numbers(n, n)}, {share * 3, (1 - share) * 3}, 11);
    const int places = n / 2;
    int first = 0;
    for (int i = 0; i < places; ++i) first += mixed->record(i)["x"].item<int>() < n;
    EXPECT_NEAR(first, places * share, 4 * std::sqrt(places * share * (1 - share)));
  }
}

TEST(Mix, DependsOnTheSeedAlone) {
  const auto order = [](std::uint64_t seed) {
    return values(*mix({numbers(0, 40), numbers(40, 40)}, {1, 1}, seed));
  };
  EXPECT_EQ(order(1), order(1));
  EXPECT_NE(order(1), order(2));
}

// The next in the list stands in, as in Datarax, and so does a source of weight 0.
TEST(Mix, AnExhaustedSourceFallsBack) {
  EXPECT_EQ(values(*mix({numbers(0, 2), numbers(10, 2), numbers(20, 2)}, {0, 1, 0})),
            (std::vector<int>{10, 11, 20, 21, 0, 1}));
  EXPECT_EQ(mix({numbers(0, 0), numbers(1, 3)}, {1, 0})->size(), 3);
  EXPECT_EQ(mix({numbers(0, 0)}, {1})->size(), 0);
}

TEST(Mix, Errors) {
  const double nan = std::nan("");
  EXPECT_EQ(error_of([] { mix({}, {}); }), "[mix] no sources were given.");
  EXPECT_EQ(error_of([] { mix({numbers(0, 1)}, {1, 2}); }), "[mix] 1 sources but 2 weights.");
  for (const std::vector<double>& weights :
       std::vector<std::vector<double>>{{0, 0}, {1, -1}, {1, nan}, {1, INFINITY}})
    EXPECT_HAS(error_of([&] {
                 mix({numbers(0, 1), numbers(0, 1)}, weights);
               }),
               "[mix] the weights must be finite, not negative, and not all 0: ");
  const SourcePtr mixed = mix({numbers(0, 3), TensorSource({{"y", from_vector<int>({1, 2, 3})}})}, {1, 1});
  EXPECT_HAS(error_of([&] {
               mixed->gather(Indices{0, 1, 2, 3, 4, 5});
             }),
             "[mix] the sources' records differ: ");
}

}  // namespace
}  // namespace ramie::data
