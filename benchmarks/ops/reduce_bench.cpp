// Sums over whole arrays, rows and columns. "bytes" is the rate at which x is read; "share" compares it with
// a copy.
#include <ramie/autograd/ops/reduce.h>
#include <ramie/tensor/create.h>

#include <benchmark/benchmark.h>

#include "machine_limits.h"

namespace {

using namespace ramie;

void report(benchmark::State& state, const Tensor& x) {
  const double bytes = static_cast<double>(x.layout().bytes()) * static_cast<double>(state.iterations());
  state.counters["bytes"] = benchmark::Counter(bytes, benchmark::Counter::kIsRate);
  state.counters["share"] =
      benchmark::Counter(bytes / machine_limits().gigabytes / 1e9, benchmark::Counter::kIsRate);
}

void time_reduction(benchmark::State& state, Tensor (*f)(const Tensor&, const Shape&, bool),
                    const Shape& axes) {
  const Tensor x = full({state.range(0), state.range(1)}, 0.5);
  for (auto _ : state) {
    const Tensor y = f(x, axes, false);
    benchmark::DoNotOptimize(y.view().data);
  }
  report(state, x);
}

void sum_all(benchmark::State& state) { time_reduction(state, sum, {}); }
void sum_rows(benchmark::State& state) { time_reduction(state, sum, {1}); }
void sum_columns(benchmark::State& state) { time_reduction(state, sum, {0}); }  // a bias' gradient
void max_all(benchmark::State& state) { time_reduction(state, max, {}); }

// The twins: one total for each result, in order.
void naive_sum_all(benchmark::State& state) {
  const Tensor x = full({state.range(0), state.range(1)}, 0.5);
  const float* p = x.data<float>();
  for (auto _ : state) {
    float total = 0;
    for (std::int64_t i = 0; i < x.size(); ++i) total += p[i];
    benchmark::DoNotOptimize(total);
  }
  report(state, x);
}
void naive_sum_columns(benchmark::State& state) {
  const Tensor x = full({state.range(0), state.range(1)}, 0.5);
  const float* p = x.data<float>();
  std::vector<float> total(static_cast<std::size_t>(x.shape(1)));
  for (auto _ : state) {
    std::fill(total.begin(), total.end(), 0.f);
    for (std::int64_t i = 0; i < x.shape(0); ++i)
      for (std::size_t c = 0; c < total.size(); ++c)
        total[c] += p[static_cast<std::size_t>(i) * total.size() + c];
    benchmark::DoNotOptimize(total.data());
  }
  report(state, x);
}

BENCHMARK(sum_all)->Args({1, 1})->Args({64, 256})->Args({1024, 1024})->Args({8192, 8192})->UseRealTime();
BENCHMARK(sum_rows)->Args({100000, 10})->Args({10000, 128})->Args({1024, 4096})->UseRealTime();
BENCHMARK(sum_columns)
    ->Args({32 * 28 * 28, 32})
    ->Args({32 * 14 * 14, 64})
    ->Args({100000, 3})
    ->Args({100000, 10})
    ->Args({1000000, 64})
    ->Args({4096, 4096})
    ->UseRealTime();
BENCHMARK(max_all)->Args({1024, 1024})->Args({8192, 8192})->UseRealTime();
BENCHMARK(naive_sum_all)->Args({1024, 1024})->Args({8192, 8192})->UseRealTime();
BENCHMARK(naive_sum_columns)->Args({32 * 28 * 28, 32})->Args({1000000, 64})->UseRealTime();

}  // namespace
