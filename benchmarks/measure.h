// How benchmarks time a call: by the clock on the CPU, by events on a GPU, where a call only gives work to a
// stream.
//
//   measure(state, [&] { return launch(kernels::Exp{}, x); }, {.flops = ..., .bytes = ...});
#pragma once

#include <benchmark/benchmark.h>

#include <chrono>

#include "machine_limits.h"

#include <ramie/tensor/device.h>
#if RAMIE_CUDA
#include <ramie/tensor/cuda/stream.h>
#endif

// What one call does, for the rates and their share of the machine's limits.
struct Work {
  double flops = 0, bytes = 0;
};

inline void count_work(benchmark::State& state, const Work& w) {
  const auto rate = [&](double amount) {
    return benchmark::Counter(amount * static_cast<double>(state.iterations()), benchmark::Counter::kIsRate);
  };
  if (w.flops > 0) {
    state.counters["flops"] = rate(w.flops);
    state.counters["of peak"] = rate(w.flops / machine_limits().gflops / 1e9);
  }
  if (w.bytes > 0) {
    state.counters["bytes"] = rate(w.bytes);
    state.counters["of bandwidth"] = rate(w.bytes / machine_limits().gigabytes / 1e9);
  }
}

#if RAMIE_CUDA
// Several calls between two events, so that the GPU never waits for the host.
template <class F>
void time_on_gpu(benchmark::State& state, const F& f) {
  constexpr int calls = 20;
  const ramie::Device device = ramie::default_device();
  for (int i = 0; i < 3; ++i) f();
  for (auto _ : state) {
    const ramie::Event start(device);
    for (int i = 0; i < calls; ++i) benchmark::DoNotOptimize(f());
    const ramie::Event end(device);
    state.SetIterationTime(end.milliseconds_since(start) / 1e3 / calls);
  }
}
#endif

template <class F>
void measure(benchmark::State& state, const F& f, const Work& work = {}) {
#if RAMIE_CUDA
  if (ramie::default_device() != ramie::cpu()) {
    time_on_gpu(state, f);
    return count_work(state, work);
  }
#endif
  for (auto _ : state) {
    const auto start = std::chrono::steady_clock::now();
    benchmark::DoNotOptimize(f());
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    state.SetIterationTime(seconds.count());
  }
  count_work(state, work);
}
