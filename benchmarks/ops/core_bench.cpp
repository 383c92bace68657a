// What an op costs besides its arithmetic: tensors of one element. Time is per op, tensor, view or graph
// node.
//
//   bench core_
//
// The bounds to keep: 60 ns for an op, 120 ns where it is recorded, its node freed again, and 110 ns for a
// node of a backward.
#include <benchmark/benchmark.h>

#include <chrono>
#include <utility>

#include <ramie/autograd/engine.h>
#include <ramie/autograd/grad.h>
#include <ramie/autograd/ops/elementwise.h>
#include <ramie/tensor/create.h>

namespace {

using namespace ramie;

void core_block(benchmark::State& state) {  // of the pool
  const int c = detail::class_of(256);
  for (auto _ : state) {
    void* p = detail::pool_take(c, 256);
    benchmark::DoNotOptimize(p);
    detail::pool_give(c, p);
  }
}

void core_empty(benchmark::State& state) {
  const Layout layout(float32, {1});
  for (auto _ : state) benchmark::DoNotOptimize(Tensor::empty(layout));
}

void core_view(benchmark::State& state) {
  const Tensor x = ones({1});
  for (auto _ : state) benchmark::DoNotOptimize(x.alias(x.layout()));
}

void core_add(benchmark::State& state) {
  const Tensor a = ones({1}), b = ones({1});
  for (auto _ : state) benchmark::DoNotOptimize(add(a, b));
}

void core_add_number(benchmark::State& state) {
  const Tensor a = ones({1});
  for (auto _ : state) benchmark::DoNotOptimize(add(a, 1.0));
}

void core_add_recorded(benchmark::State& state) {
  const Tensor a = variable(ones({1})), b = variable(ones({1}));
  for (auto _ : state) benchmark::DoNotOptimize(add(a, b));
}

constexpr int chain_length = 1000;

// Builds a chain, and frees it or runs backward through it.
Tensor chain(Tensor x, const Tensor& by) {
  for (int i = 0; i < chain_length; ++i) x = multiply(x, by);
  return x;
}
void core_chain_recorded(benchmark::State& state) {
  const Tensor x = variable(ones({1})), by = ones({1});
  for (auto _ : state) benchmark::DoNotOptimize(chain(x, by));
  state.SetItemsProcessed(state.iterations() * chain_length);
}
void core_chain_backward(benchmark::State& state) {
  const Tensor x = variable(ones({1})), by = ones({1});
  for (auto _ : state) {
    backward(chain(x, by));
    zero_grad(x);
  }
  state.SetItemsProcessed(state.iterations() * chain_length);
}

// The backward alone, the graph's freeing included.
void core_backward(benchmark::State& state) {
  const Tensor x = variable(ones({1})), by = ones({1});
  for (auto _ : state) {
    Tensor y = chain(x, by);
    const auto start = std::chrono::steady_clock::now();
    backward(std::exchange(y, Tensor()));
    state.SetIterationTime(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
    zero_grad(x);
  }
  state.SetItemsProcessed(state.iterations() * chain_length);
}

// 1000 ops that all lead to one variable as well: forward, and forward with backward.
Tensor tangle(const Tensor& w) {
  Tensor h = w;
  for (int i = 0; i < chain_length / 2; ++i) h = h * w + w;
  return h;
}
void core_tangle_recorded(benchmark::State& state) {
  const Tensor w = variable(full({1}, 0.5));
  for (auto _ : state) benchmark::DoNotOptimize(tangle(w));
  state.SetItemsProcessed(state.iterations() * chain_length);
}
void core_tangle_backward(benchmark::State& state) {
  const Tensor w = variable(full({1}, 0.5));
  for (auto _ : state) {
    backward(tangle(w));
    zero_grad(w);
  }
  state.SetItemsProcessed(state.iterations() * chain_length);
}

void core_grad(benchmark::State& state) {  // of one op: a transform's own cost
  const auto square = grad([](const Tensor& x) { return x * x; });
  const Tensor x = full({}, 3.0);
  for (auto _ : state) benchmark::DoNotOptimize(square(x));
}

BENCHMARK(core_block);
BENCHMARK(core_empty);
BENCHMARK(core_view);
BENCHMARK(core_add);
BENCHMARK(core_add_number);
BENCHMARK(core_add_recorded);
BENCHMARK(core_chain_recorded);
BENCHMARK(core_chain_backward);
BENCHMARK(core_backward)->UseManualTime();
BENCHMARK(core_tangle_recorded);
BENCHMARK(core_tangle_backward);
BENCHMARK(core_grad);

}  // namespace
