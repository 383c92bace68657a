// Random pipelines: each against a model of a few lines, and against itself with threads, with a part
// skipped, and with a break at every place.
#include <algorithm>
#include <functional>

#include <ramie/autograd/ops/elementwise.h>
#include <ramie/data/pipeline.h>
#include <ramie/data/random.h>
#include <ramie/data/samplers.h>
#include <ramie/tensor/random.h>

#include "data_module/files.h"
#include "data_module/numbers.h"

namespace ramie::data {
namespace {

using namespace ramie::testing;
using Numbers = std::vector<std::int64_t>;

// All that is in each element.
using Contents = std::vector<std::vector<double>>;
Contents rest_of(Iterator elements) {
  Contents all;
  while (const auto element = elements.next()) {
    all.emplace_back();
    for (const auto& [name, x] : *element)
      for (const double value : x.to_vector<double>()) all.back().push_back(value);
  }
  return all;
}
Contents from(const Contents& all, std::size_t first) {
  return {all.begin() + static_cast<std::ptrdiff_t>(std::min(first, all.size())), all.end()};
}

// Adds a random number to "noise".
struct Noisy : Operator {
  bool captured;
  explicit Noisy(bool captured) : captured(captured) {}
  std::string describe() const override { return "Noisy"; }
  bool random() const override { return true; }
  bool capturable() const override { return captured; }
  Batch apply(const Batch& batch, const Tensor& keys) const override {
    Batch out = batch;
    const Tensor noise = random::uniform_rows(keys);
    out.set("noise", batch.contains("noise") ? batch["noise"] + noise : noise);
    return out;
  }
};

// A pipeline, and the "x" of each of its elements.
struct Drawn {
  Pipeline pipeline;
  CounterRandom random;
  std::vector<Numbers> model = {};
  bool batched = false, exact = true;  // exact: the model has the order too
  bool numbered = false;               // batches with a scalar cannot be cut

  std::int64_t below(std::uint64_t n) { return static_cast<std::int64_t>(random.below(n)); }
  std::string name(const char* begin) { return begin + std::to_string(random.bits()); }
  void keep(std::size_t first, std::size_t last) {
    last = std::min(last, model.size());
    model = first < last ? std::vector(model.begin() + static_cast<std::ptrdiff_t>(first),
                                       model.begin() + static_cast<std::ptrdiff_t>(last))
                         : std::vector<Numbers>{};
  }
  void cut(std::int64_t size, bool drop) {
    Numbers all;
    for (const Numbers& element : model) all.insert(all.end(), element.begin(), element.end());
    model.clear();
    for (auto at = all.begin(); at < all.end();) {
      const auto end = at + std::min<std::ptrdiff_t>(size, all.end() - at);
      if (end - at == size || !drop) model.emplace_back(at, end);
      at = end;
    }
  }
};

void repeat(Drawn& d) {
  const auto count = d.below(4);
  if (d.model.size() * static_cast<std::size_t>(count) > 60) return;
  d.pipeline = d.pipeline.repeat(count);
  const auto once = std::exchange(d.model, {});
  for (int i = 0; i < count; ++i) d.model.insert(d.model.end(), once.begin(), once.end());
}
void repeat_for_ever(Drawn& d) {
  const auto count = d.below(40);
  d.pipeline = d.pipeline.repeat().take(count);
  const auto once = std::exchange(d.model, {});
  for (std::size_t i = 0; i < static_cast<std::size_t>(once.empty() ? 0 : count); ++i)
    d.model.push_back(once[i % once.size()]);
}
void take(Drawn& d) {
  const auto count = d.below(20);
  d.pipeline = d.pipeline.take(count);
  d.keep(0, static_cast<std::size_t>(count));
}
void skip(Drawn& d) {
  const auto count = d.below(6);
  d.pipeline = d.pipeline.skip(count);
  d.keep(static_cast<std::size_t>(count), d.model.size());
}
void shard(Drawn& d) {
  const auto count = d.below(3) + 1, index = d.below(static_cast<std::uint64_t>(count));
  d.pipeline = d.pipeline.shard(count, index);
  const auto all = std::exchange(d.model, {});
  for (auto i = static_cast<std::size_t>(index); i < all.size(); i += static_cast<std::size_t>(count))
    d.model.push_back(all[i]);
}
void shuffle(Drawn& d) {
  const auto size = d.below(9) + 1;
  d.pipeline = d.pipeline.shuffle(size, 3, d.below(2) == 0);
  d.exact = d.exact && (size == 1 || d.model.size() < 2);
}
void concatenate(Drawn& d) {
  const auto count = d.below(4);
  d.pipeline = d.pipeline.concatenate(d.pipeline.take(count));
  for (std::size_t i = 0, n = std::min(d.model.size(), static_cast<std::size_t>(count)); i < n; ++i)
    d.model.push_back(Numbers(d.model[i]));
}
void zip(Drawn& d) {
  const auto count = d.below(30);
  const std::string name = d.name("y");
  if (d.batched) return;
  d.pipeline = d.pipeline.zip(numbers(count).shuffle(4).map([name](const Batch& b) {
    return Batch{{name, b["x"]}};
  }));
  d.keep(0, static_cast<std::size_t>(count));
}
void enumerate(Drawn& d) {
  d.pipeline = d.pipeline.enumerate(3, d.name("i"));
  d.numbered = d.numbered || d.batched;
}
void map(Drawn& d) {
  d.pipeline = d.pipeline.map([](Batch b) { return b.set("x", b["x"] + 1), b; });
  for (Numbers& element : d.model)
    for (auto& x : element) ++x;
}
void filter(Drawn& d) {
  const auto keeps = [](const Numbers& x) { return std::accumulate(x.begin(), x.end(), 0l) % 3 != 0; };
  d.pipeline = d.pipeline.filter([keeps](const Batch& b) { return keeps(b["x"].to_vector<std::int64_t>()); });
  std::erase_if(d.model, [&](const Numbers& x) { return !keeps(x); });
}
void add(Drawn& d) {
  const bool captured = d.below(2) == 0;
  if (!d.numbered) d.pipeline = d.pipeline.add(Noisy(captured)).add(Noisy(captured));
}
void batch(Drawn& d) {
  const auto size = d.below(5) + 1;
  const bool drop = d.below(2) == 0;
  if (d.numbered) return;
  d.pipeline = d.pipeline.rebatch(size, drop);
  d.cut(size, drop);
  d.batched = true;
}
void unbatch(Drawn& d) {
  if (!d.batched || d.numbered) return;
  d.pipeline = d.pipeline.unbatch();
  d.cut(1, false);
  d.batched = false;
}
void cache(Drawn& d) { d.pipeline = d.pipeline.cache(); }

void (*const steps[])(Drawn&) = {
    repeat, repeat_for_ever, take, skip, shard, shuffle, shuffle, concatenate, zip, enumerate,
    map,    filter,          add,  add,  batch, batch,   unbatch, cache};

// The same pipeline for the same number, but for the threads.
Drawn draw(std::uint64_t number, std::int64_t workers = 0) {
  CounterRandom random(fold(17, number)), places(number);
  const auto n = static_cast<std::int64_t>(random.below(14));
  const SamplerPtr sampler = random.below(2) == 0 ? shuffled(n, number) : nullptr;
  const auto source = std::make_shared<TensorSource>(Batch{{"x", from_vector(range_of(0, n))}});
  Drawn d{Pipeline::from_source(source, {.sampler = sampler, .seed = number}), random};
  for (std::int64_t i = 0; i < n; ++i) d.model.push_back({i});
  d.exact = !sampler || n < 2;
  for (auto left = d.below(8); left > 0; --left) {
    steps[d.random.below(std::size(steps))](d);
    if (workers > 0 && places.below(2) == 0)
      d.pipeline = d.pipeline.prefetch(static_cast<std::int64_t>(places.below(3)) + 1, workers);
  }
  return d;
}

constexpr std::uint64_t pipelines = 300;

TEST(RandomPipelines, AreTheirModel) {
  int exact = 0;
  for (std::uint64_t number = 0; number < pipelines; ++number) {
    const Drawn d = draw(number);
    std::vector<Numbers> seen;
    for (const Batch& element : d.pipeline) seen.push_back(element["x"].to_vector<std::int64_t>());
    if (d.exact) {
      EXPECT_EQ(seen, d.model) << number << '\n' << d.pipeline.describe();
    }
    exact += d.exact && !seen.empty();
    const std::int64_t n = d.pipeline.cardinality();
    if (n != unknown_cardinality) {
      EXPECT_EQ(n, seen.size()) << number << '\n' << d.pipeline.describe();
    }
  }
  EXPECT_GT(exact, static_cast<int>(pipelines) / 10);
}

TEST(RandomPipelines, AreTheSameWithThreads) {
  for (std::uint64_t number = 0; number < pipelines; ++number) {
    const Pipeline plain = draw(number).pipeline;
    const Pipeline threaded = draw(number, 1 + static_cast<std::int64_t>(number % 3)).pipeline;
    EXPECT_EQ(plain.fingerprint(), threaded.fingerprint());
    for (int loop = 0; loop < 2; ++loop) {
      EXPECT_EQ(rest_of(plain.iterator()), rest_of(threaded.iterator())) << number << '\n'
                                                                         << threaded.describe();
    }
  }
}

TEST(RandomPipelines, GoOnFromEveryPlace) {
  for (std::uint64_t number = 0; number < pipelines; ++number) {
    const Pipeline p = draw(number).pipeline;
    rest_of(p.iterator());  // the second loop is interrupted
    const Contents all = rest_of(p.iterator());
    PipelineState place{p.fingerprint(), 1, 0};
    for (std::size_t i = 0; i <= all.size(); ++i, ++place.position) {
      const Pipeline again = draw(number, i % 4 == 3 ? 2 : 0).pipeline;  // in another program
      ASSERT_EQ(rest_of(again.iterator(place)), from(all, i)) << number << ' ' << i << '\n' << p.describe();
    }
  }
}

TEST(RandomPipelines, SkipIsNextWithoutTheElement) {
  for (std::uint64_t number = 0; number < pipelines; ++number) {
    const Contents all = rest_of(draw(number).pipeline.iterator());
    for (std::size_t n = 0; n < all.size() + 3; n += 1 + n / 3)
      ASSERT_EQ(rest_of(draw(number).pipeline.skip(static_cast<std::int64_t>(n)).iterator()), from(all, n))
          << number << ' ' << n << '\n'
          << draw(number).pipeline.describe();
  }
}

}  // namespace
}  // namespace ramie::data
