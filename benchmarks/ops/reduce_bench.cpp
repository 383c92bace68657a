// Sums over whole arrays, rows and columns. "bytes" is the rate at which x is read; "share" compares it with
// a copy.
#include <ramie/autograd/ops/reduce.h>
#include <ramie/tensor/create.h>

#include "measure.h"

namespace {

using namespace ramie;

Work reading(const Tensor& x) { return {.bytes = static_cast<double>(x.layout().bytes())}; }

void time_reduction(benchmark::State& state, Tensor (*f)(const Tensor&, const Shape&, bool),
                    const Shape& axes) {
  const Tensor x = full({state.range(0), state.range(1)}, 0.5);
  measure(
      state, [&] { return f(x, axes, false); }, reading(x));
}

void sum_all(benchmark::State& state) { time_reduction(state, sum, {}); }
void sum_rows(benchmark::State& state) { time_reduction(state, sum, {1}); }
void sum_columns(benchmark::State& state) { time_reduction(state, sum, {0}); }  // a bias' gradient
void max_all(benchmark::State& state) { time_reduction(state, max, {}); }

// The twins: one total for each result, in order.
void naive_sum_all(benchmark::State& state) {
  const DeviceScope on(cpu());
  const Tensor x = full({state.range(0), state.range(1)}, 0.5);
  const float* p = x.data<float>();
  measure(
      state,
      [&] {
        float total = 0;
        for (std::int64_t i = 0; i < x.size(); ++i) total += p[i];
        return total;
      },
      reading(x));
}
void naive_sum_columns(benchmark::State& state) {
  const DeviceScope on(cpu());
  const Tensor x = full({state.range(0), state.range(1)}, 0.5);
  const float* p = x.data<float>();
  std::vector<float> total(static_cast<std::size_t>(x.shape(1)));
  measure(
      state,
      [&] {
        std::fill(total.begin(), total.end(), 0.f);
        for (std::int64_t i = 0; i < x.shape(0); ++i)
          for (std::size_t c = 0; c < total.size(); ++c)
            total[c] += p[static_cast<std::size_t>(i) * total.size() + c];
        return total.data();
      },
      reading(x));
}

BENCHMARK(sum_all)->Args({1, 1})->Args({64, 256})->Args({1024, 1024})->Args({8192, 8192})->UseManualTime();
BENCHMARK(sum_rows)->Args({100000, 10})->Args({10000, 128})->Args({1024, 4096})->UseManualTime();
BENCHMARK(sum_columns)
    ->Args({32 * 28 * 28, 32})
    ->Args({32 * 14 * 14, 64})
    ->Args({100000, 3})
    ->Args({100000, 10})
    ->Args({1000000, 64})
    ->Args({4096, 4096})
    ->UseManualTime();
BENCHMARK(max_all)->Args({1024, 1024})->Args({8192, 8192})->UseManualTime();
BENCHMARK(naive_sum_all)->Args({1024, 1024})->Args({8192, 8192})->UseManualTime();
BENCHMARK(naive_sum_columns)->Args({32 * 28 * 28, 32})->Args({1000000, 64})->UseManualTime();

}  // namespace
