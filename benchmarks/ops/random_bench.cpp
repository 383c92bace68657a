// Random numbers: elements per second, beside the scalar hash alone.
#include "measure.h"

#include <ramie/tensor/ops/threefry.h>
#include <ramie/tensor/random.h>

namespace {

using namespace ramie;

constexpr std::int64_t elements = 1 << 20;

template <class Draw>
void time_draws(benchmark::State& state, const Draw& draw) {
  const Tensor key = random::key(0);
  const Shape shape = {elements};
  measure(state, [&] { return draw(key, shape); });
  state.SetItemsProcessed(state.iterations() * elements);
}

void naive_bits(benchmark::State& state) {
  std::vector<std::uint32_t> y(elements);
  for (auto _ : state) {
    for (std::size_t i = 0; i < y.size(); ++i) {
      const kernels::Words w = kernels::threefry2x32({0, 0}, std::uint64_t{i});
      y[i] = w.first ^ w.second;
    }
    benchmark::DoNotOptimize(y.data());
  }
  state.SetItemsProcessed(state.iterations() * elements);
}
void bits(benchmark::State& s) {
  time_draws(s, [](auto& key, auto& shape) { return random::bits(key, shape); });
}
void uniform(benchmark::State& s) {
  time_draws(s, [](auto& key, auto& shape) { return random::uniform(key, shape); });
}
void normal(benchmark::State& s) {
  time_draws(s, [](auto& key, auto& shape) { return random::normal(key, shape); });
}
void normal_float64(benchmark::State& s) {
  time_draws(s, [](auto& key, auto& shape) { return random::normal(key, shape, float64); });
}
void bernoulli(benchmark::State& s) {
  time_draws(s, [](auto& key, auto& shape) { return random::bernoulli(key, 0.5, shape); });
}
void randint(benchmark::State& s) {
  time_draws(s, [](auto& key, auto& shape) { return random::randint(key, shape, 0, 1000); });
}
void permutation(benchmark::State& s) {
  time_draws(s, [](auto& key, auto& shape) { return random::permutation(key, shape[0]); });
}

// 128 rows of 28x28, a key for each: what a batch of images takes.
template <class Draw>
void time_rows(benchmark::State& state, const Draw& draw) {
  constexpr std::int64_t rows = 128, row = 784;
  const Tensor keys = random::bits(random::key(0), {rows, 2});
  measure(state, [&] { return draw(keys, Shape{row}); });
  state.SetItemsProcessed(state.iterations() * rows * row);
}
void uniform_rows(benchmark::State& s) {
  time_rows(s, [](auto& keys, const Shape& row) { return random::uniform_rows(keys, row); });
}
void normal_rows(benchmark::State& s) {
  time_rows(s, [](auto& keys, const Shape& row) { return random::normal_rows(keys, row); });
}
void normal_rows_float64(benchmark::State& s) {
  time_rows(s, [](auto& keys, const Shape& row) { return random::normal_rows(keys, row, float64); });
}
void bernoulli_rows(benchmark::State& s) {
  time_rows(s, [](auto& keys, const Shape& row) { return random::bernoulli_rows(keys, 0.5, row); });
}

BENCHMARK(naive_bits)->Name("random/naive bits");
BENCHMARK(bits)->Name("random/bits")->UseManualTime();
BENCHMARK(uniform)->Name("random/uniform")->UseManualTime();
BENCHMARK(normal)->Name("random/normal")->UseManualTime();
BENCHMARK(normal_float64)->Name("random/normal float64")->UseManualTime();
BENCHMARK(bernoulli)->Name("random/bernoulli")->UseManualTime();
BENCHMARK(randint)->Name("random/randint")->UseManualTime();
BENCHMARK(permutation)->Name("random/permutation")->UseManualTime();
BENCHMARK(uniform_rows)->Name("random/uniform_rows")->UseManualTime();
BENCHMARK(normal_rows)->Name("random/normal_rows")->UseManualTime();
BENCHMARK(normal_rows_float64)->Name("random/normal_rows float64")->UseManualTime();
BENCHMARK(bernoulli_rows)->Name("random/bernoulli_rows")->UseManualTime();

}  // namespace
