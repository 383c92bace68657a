// Sorting rows; "bytes" is the rate at which x is read.
#include <numeric>

#include <ramie/autograd/ops/sort.h>
#include <ramie/tensor/random.h>

#include "measure.h"

namespace {

using namespace ramie;

Tensor input(const benchmark::State& state) {
  return random::normal(random::key(0), {state.range(0), state.range(1)});
}
Work reading(const Tensor& x) { return {.bytes = static_cast<double>(x.layout().bytes())}; }

void argsort_rows(benchmark::State& state) {
  const Tensor x = input(state);
  measure(
      state, [&] { return argsort(x); }, reading(x));
}
// The twin: the standard library's stable sort of indices.
void naive_argsort_rows(benchmark::State& state) {
  const DeviceScope on(cpu());
  const Tensor x = input(state);
  const float* p = x.data<float>();
  const std::int64_t n = x.shape(1);
  std::vector<std::int32_t> y(static_cast<std::size_t>(x.size()));
  measure(
      state,
      [&] {
        for (std::int64_t at = 0; at < x.size(); at += n) {
          const auto row = y.begin() + at;
          std::iota(row, row + n, 0);
          std::stable_sort(row, row + n,
                           [&](std::int32_t i, std::int32_t j) { return p[at + i] < p[at + j]; });
        }
        return y.data();
      },
      reading(x));
}

BENCHMARK(argsort_rows)->Args({1, 1 << 20})->Args({1000, 1000})->Args({10000, 50})->UseManualTime();
BENCHMARK(naive_argsort_rows)->Args({1, 1 << 20})->Args({1000, 1000})->Args({10000, 50})->UseManualTime();

}  // namespace
