// Pipelines against what tf.data delivers; tests/oracles/tf_data.py says what the words of a program mean.
#include <fmt/format.h>

#include <cmath>
#include <map>

#include <ramie/data/pipeline.h>
#include <ramie/data/samplers.h>
#include <ramie/tensor/create.h>

#include "data_module/files.h"
#include "data_module/numbers.h"
#include "support/oracle.h"

namespace ramie::data {
namespace {

using namespace ramie::testing;
using oracle::Json;
using Numbers = std::vector<std::int64_t>;

const Json& reference() {
  static const Json file = oracle::read("data_module/tf_data.json");
  return file;
}

// A pipeline and the names of its components in tf's order.
struct Program {
  Pipeline pipeline;
  std::vector<std::string> names;
  std::string prefix;  // of all names, so that two inputs of a zip share none
};

Program build(const Json& steps, const std::string& prefix = "");

Pipeline each(const Program& p, std::function<Tensor(const Tensor&)> f) {
  return p.pipeline.map([f = std::move(f)](Batch element) {
    for (auto& [name, x] : element) x = f(x);
    return element;
  });
}

Pipeline affine(const Program& p, std::int64_t a, std::int64_t b) {
  return each(p, [a, b](const Tensor& x) {
    Numbers values = x.to_vector<std::int64_t>();
    for (auto& value : values) value = a * value + b;
    return from_vector(values, x.shape());
  });
}

Pipeline ragged(const Program& p, std::int64_t k) {
  return each(p, [k](const Tensor& x) {
    const auto value = x.item<std::int64_t>();
    return from_vector(Numbers(static_cast<std::size_t>(value % k), value), {value % k});
  });
}

Pipeline filtered(const Program& p, std::int64_t k) {
  return p.pipeline.filter([k, name = p.names[0]](const Batch& element) {
    std::int64_t sum = 0;
    for (const auto x : element[name].to_vector<std::int64_t>()) sum += x;
    return sum % k != 0;
  });
}

Program zipped(const Program& p, const Json& steps) {
  const Program other = build(steps, p.prefix + "z" + std::to_string(p.names.size()) + "_");
  std::vector<std::string> names = p.names;
  names.insert(names.end(), other.names.begin(), other.names.end());
  return {p.pipeline.zip(other.pipeline), names, p.prefix};
}

Program enumerated(const Program& p, std::int64_t start) {
  std::vector<std::string> names = p.names;
  const std::string name = p.prefix + std::to_string(names.size());
  names.insert(names.begin(), name);
  return {p.pipeline.enumerate(start, name), names, p.prefix};
}

using Step = std::function<Pipeline(const Program&, const Json&)>;

// Steps that leave the names as they are; step[0] is the word.
const std::map<std::string, Step> words = {
    {"repeat", [](auto& p, auto& s) { return p.pipeline.repeat(s[1]); }},
    {"take", [](auto& p, auto& s) { return p.pipeline.take(s[1]); }},
    {"skip", [](auto& p, auto& s) { return p.pipeline.skip(s[1]); }},
    {"shuffle", [](auto& p, auto& s) { return p.pipeline.shuffle(s[1]); }},
    {"shard", [](auto& p, auto& s) { return p.pipeline.shard(s[1], s[2]); }},
    {"cache", [](auto& p, auto&) { return p.pipeline.cache(); }},
    {"prefetch", [](auto& p, auto& s) { return p.pipeline.prefetch(s[1]); }},
    {"map", [](auto& p, auto& s) { return affine(p, s[1], s[2]); }},
    {"ragged", [](auto& p, auto& s) { return ragged(p, s[1]); }},
    {"filter", [](auto& p, auto& s) { return filtered(p, s[1]); }},
    {"batch", [](auto& p, auto& s) { return p.pipeline.batch(s[1], {.drop_remainder = s[2]}); }},
    {"padded_batch", [](auto& p, auto& s) { return p.pipeline.padded_batch(s[1], {.value = s[2]}, s[3]); }},
    {"unbatch", [](auto& p, auto&) { return p.pipeline.unbatch(); }},
    {"rebatch", [](auto& p, auto& s) { return p.pipeline.rebatch(s[1], s[2]); }},
    {"concatenate", [](auto& p, auto& s) { return p.pipeline.concatenate(build(s[1], p.prefix).pipeline); }},
};

// ["range", n] or ["range", start, stop], as the only component.
Program source(const Json& range, const std::string& prefix) {
  const std::int64_t start = range.size() > 2 ? range[1].get<std::int64_t>() : 0;
  const Numbers values = range_of(start, range.back());
  return {Pipeline::from_tensor_slices({{prefix + "0", from_vector(values)}}), {prefix + "0"}, prefix};
}

Program build(const Json& steps, const std::string& prefix) {
  Program program = source(steps[0], prefix);
  for (std::size_t i = 1; i < steps.size(); ++i) {
    const std::string word = steps[i][0];
    if (word == "zip")
      program = zipped(program, steps[i][1]);
    else if (word == "enumerate")
      program = enumerated(program, steps[i][1]);
    else
      program.pipeline = words.at(word)(program, steps[i]);
  }
  return program;
}

// The nested lists of a tensor.
Json plain(const Tensor& x) {
  if (x.rank() == 0) return x.item<std::int64_t>();
  Json list = Json::array();
  for (std::int64_t i = 0; i < x.shape(0); ++i) list.push_back(plain(x[i]));
  return list;
}

Json plain(const Batch& element, const std::vector<std::string>& names) {
  if (names.size() == 1) return plain(element[names[0]]);
  Json list = Json::array();
  for (const auto& name : names) list.push_back(plain(element[name]));
  return list;
}

// The elements of a loop, from number `done` on, in the form of the file.
Json deliver(Iterator loop, const std::vector<std::string>& names, std::size_t done = 0) {
  Json elements = Json::array();
  while (done + elements.size() < reference()["limit"]) {
    const auto element = loop.next();
    if (!element) return {{"ended", true}, {"elements", elements}};
    elements.push_back(plain(*element, names));
  }
  return {{"ended", false}, {"elements", elements}};
}

Json deliver(const Program& program) { return deliver(program.pipeline.iterator(), program.names); }

// Whether tf splits records along their own first axis, which for ours is none of a batch: only batch() makes
// batches, so that operators know where the records are. There ours has no unbatch, and rebatch is batch.
bool splits_records(const Json& steps) {
  int axes = 0;
  for (const Json& step : steps) {
    const std::string word = step[0];
    if (axes == 0 && (word == "unbatch" || word == "rebatch")) return true;
    axes += (word == "batch" || word == "padded_batch") - (word == "unbatch");
  }
  return false;
}

// For the same reason ours does not zip records with batches.
bool zips_records_with_batches(const Error& error) {
  return std::string(error.what()).starts_with("[zip] one input has elements with ");
}

// Where tf reports another number than ours, ours is true of what is delivered: tf knows nothing behind
// rebatch, takes skip(-1) of an endless pipeline to be endless, and repeat() of what a filter may have
// emptied.
void expect_cardinality(std::int64_t ours, const Json& expected) {
  const std::int64_t tf = expected["cardinality"];
  if (ours == tf) return;
  EXPECT_LT(tf, 0);
  if (ours == unknown_cardinality)
    EXPECT_HAS(expected["steps"].dump(), "[\"repeat\",-1]");
  else
    EXPECT_TRUE(expected["ended"] && expected["elements"].size() == static_cast<std::size_t>(ours)) << ours;
}

void expect_same(const Json& expected) {
  const Program program = build(expected["steps"]);
  expect_cardinality(program.pipeline.cardinality(), expected);
  for (int loop = 0; loop < 2; ++loop) {
    const Json delivered = deliver(program);
    EXPECT_EQ(delivered["elements"], expected["elements"]);
    EXPECT_EQ(delivered["ended"], expected["ended"]);
  }
}

// Left in the middle and taken up again, with two threads at work.
void expect_same_when_resumed(const Json& expected) {
  const Program program = build(expected["steps"]);
  const Pipeline ahead = program.pipeline.prefetch(3, 2);
  Json elements = expected["elements"];
  auto loop = ahead.iterator();
  const std::size_t done = elements.size() / 2;
  for (std::size_t i = 0; i < done; ++i) loop.next();
  elements.erase(elements.begin(), elements.begin() + static_cast<std::ptrdiff_t>(done));
  const Json rest = deliver(ahead.iterator(loop.state()), program.names, done);
  EXPECT_EQ(rest["elements"], elements);
  EXPECT_EQ(rest["ended"], expected["ended"]);
}

TEST(TfData, EveryProgramDeliversTheSame) {
  std::size_t same = 0;
  for (const Json& expected : reference()["programs"]) {
    SCOPED_TRACE(expected["steps"].dump());
    if (splits_records(expected["steps"])) continue;
    if (expected.contains("error")) {
      EXPECT_THROW(deliver(build(expected["steps"])), Error);
      continue;
    }
    try {
      expect_same(expected);
      expect_same_when_resumed(expected);
      ++same;
    } catch (const Error& error) {
      EXPECT_TRUE(zips_records_with_batches(error)) << error.what();
    }
  }
  EXPECT_GT(same, 1000u);
}

// A shuffle of the file: each order with its exact chance, and how often tf delivered it.
struct Chances {
  std::map<Numbers, double> exact, tf;
  double runs = 0;
};

Chances chances_of(const Json& shuffle) {
  Chances result;
  result.runs = shuffle["runs"];
  for (const Json& order : shuffle["orders"]) {
    result.exact[order[0]] = order[1].get<double>() / shuffle["denominator"].get<double>();
    result.tf[order[0]] = order[2];
  }
  return result;
}

// How many standard deviations chi-square lies above its mean.
double excess(const std::map<Numbers, double>& counts, const std::map<Numbers, double>& exact, double runs) {
  double sum = 0;
  for (const auto& [order, count] : counts) {
    EXPECT_TRUE(exact.contains(order)) << "an impossible order";
    if (!exact.contains(order)) return INFINITY;
  }
  for (const auto& [order, chance] : exact) {
    const double count = counts.contains(order) ? counts.at(order) : 0;
    sum += (count - runs * chance) * (count - runs * chance) / (runs * chance);
  }
  const double freedom = static_cast<double>(exact.size()) - 1;
  return freedom == 0 ? sum : (sum - freedom) / std::sqrt(2 * freedom);
}

std::map<Numbers, double> orders_of_loops(const Pipeline& pipeline, int runs) {
  std::map<Numbers, double> counts;
  for (int run = 0; run < runs; ++run) ++counts[values_of(pipeline)];
  return counts;
}

std::map<Numbers, double> orders_of_passes(const Pipeline& pipeline, int runs) {
  std::map<Numbers, double> counts;
  for (const Batch& order : pipeline.batch(pipeline.cardinality()).repeat(runs))
    ++counts[order["x"].to_vector<std::int64_t>()];
  return counts;
}

TEST(TfData, ShufflesHaveTheExactDistribution) {
  for (const Json& shuffle : reference()["shuffles"]) {
    const std::int64_t n = shuffle["n"], repeat = shuffle["repeat"], buffer = shuffle["buffer"];
    SCOPED_TRACE(fmt::format("range({}).repeat({}).shuffle({})", n, repeat, buffer));
    const Chances chances = chances_of(shuffle);
    EXPECT_LT(excess(chances.tf, chances.exact, chances.runs), 4);
    const Pipeline pipeline = numbers(n).repeat(repeat).shuffle(buffer, 1);
    EXPECT_LT(excess(orders_of_loops(pipeline, 6000), chances.exact, 6000), 4);
    EXPECT_LT(excess(orders_of_passes(pipeline, 6000), chances.exact, 6000), 4);
  }
}

// Every order that a buffer can give, by trying every draw.
void try_draws(Numbers waiting, Numbers held, const Numbers& order, double chance, std::size_t buffer,
               std::map<Numbers, double>& exact) {
  for (; held.size() < buffer && !waiting.empty(); waiting.erase(waiting.begin()))
    held.push_back(waiting.front());
  if (held.empty()) exact[order] += chance;
  for (std::size_t i = 0; i < held.size(); ++i) {
    Numbers rest = held, longer = order;
    rest.erase(rest.begin() + static_cast<std::ptrdiff_t>(i));
    longer.push_back(held[i]);
    try_draws(waiting, rest, longer, chance / static_cast<double>(held.size()), buffer, exact);
  }
}

TEST(TfData, ShufflesOfSixForEveryBuffer) {
  for (std::size_t buffer = 1; buffer <= 7; ++buffer) {
    std::map<Numbers, double> exact;
    try_draws(range_of(0, 6), {}, {}, 1, buffer, exact);
    const int runs = 20 * static_cast<int>(exact.size());
    const Pipeline pipeline = numbers(6).shuffle(static_cast<std::int64_t>(buffer), 2);
    EXPECT_LT(excess(orders_of_loops(pipeline, runs), exact, runs), 4) << buffer;
  }
}

TEST(TfData, ReshufflesWhereTfDoes) {
  for (const Json& expected : reference()["reshuffling"]) {
    SCOPED_TRACE(expected.dump());
    const Pipeline shuffled = numbers(7).shuffle(7, 3, expected["reshuffle_each_iteration"]);
    const Pipeline pipeline = (expected["cache"] ? shuffled.cache() : shuffled).repeat(2);
    const Numbers first = values_of(pipeline), second = values_of(pipeline);
    EXPECT_EQ(Numbers(first.begin(), first.begin() + 7) == Numbers(first.begin() + 7, first.end()),
              expected["passes_agree"]);
    EXPECT_EQ(first == second, expected["loops_agree"]);
  }
}

// Sizes of the batches, as pairs of how many and which.
std::vector<Numbers> sizes_of(const Pipeline& batches) {
  std::vector<Numbers> sizes;
  for (const Batch& batch : batches) {
    const std::int64_t size = batch["x"].shape(0);
    if (sizes.empty() || sizes.back()[1] != size) sizes.push_back({0, size});
    ++sizes.back()[0];
  }
  return sizes;
}

TEST(DataLoader, BatchesAreTheSame) {
  const Json file = oracle::read("data_module/data_loader.json");
  for (const Json& loader : file["loaders"]) {
    SCOPED_TRACE(loader.dump());
    const Pipeline batches =
        numbers(loader["n"]).batch(loader["batch_size"], {.drop_remainder = loader["drop_last"]});
    EXPECT_EQ(batches.cardinality(), loader["len"]);
    EXPECT_EQ(Json(sizes_of(batches)), loader["sizes"]);
  }
}

TEST(DataLoader, ShardsAreTheSame) {
  const Json file = oracle::read("data_module/data_loader.json");
  for (const Json& shards : file["shards"]) {
    SCOPED_TRACE(shards.dump());
    const auto remainder = shards["drop_last"] ? Remainder::drop : Remainder::pad;
    for (std::int64_t rank = 0; rank < shards["replicas"]; ++rank) {
      const SamplerPtr shard = sharded(sequential(shards["n"]), shards["replicas"], rank, {remainder});
      Numbers records;
      for (std::int64_t i = 0; i < shard->size(); ++i) records.push_back(shard->at(0, i));
      EXPECT_EQ(Json(records), shards["records"][static_cast<std::size_t>(rank)]);
    }
  }
}

}  // namespace
}  // namespace ramie::data
