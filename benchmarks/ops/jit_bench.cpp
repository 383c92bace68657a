// What a replay costs beside its kernels.
//
//   bench replay_
//
// The bound to keep: 20 ns for a launch.
#include <benchmark/benchmark.h>

#include <ramie/autograd/jit.h>
#include <ramie/autograd/ops/elementwise.h>
#include <ramie/tensor/create.h>

namespace {

using namespace ramie;

struct Nothing {  // a kernel without work
  static constexpr const char* name = "nothing";
  Layout outputs(const Layout& x) const { return x.compact(); }
  void run(Cpu, View y, View x) const noexcept {
    benchmark::DoNotOptimize(y.data);
    benchmark::DoNotOptimize(x.data);
  }
};

constexpr int launches = 1000;

void replay_launch(benchmark::State& state) {
  auto f = jit(
      [](Tensor x) {
        for (int i = 0; i < launches; ++i) x = launch(Nothing{}, x);
        return x;
      },
      {.passes = only("arena")});
  const Tensor x = ones({1});
  f(x);
  for (auto _ : state) benchmark::DoNotOptimize(f(x));
  state.SetItemsProcessed(state.iterations() * launches);
}

void replay_call(benchmark::State& state) {  // of a function that launches nothing
  auto f = jit([](const Tensor& x) { return x; });
  const Tensor x = ones({1});
  f(x);
  for (auto _ : state) benchmark::DoNotOptimize(f(x));
}

void replay_variables(benchmark::State& state) {  // a call with variables that it assigns
  std::vector<std::shared_ptr<Cell>> cells;
  for (int i = 0; i < state.range(0); ++i) {
    cells.push_back(std::make_shared<Cell>());
    set(cells.back(), ones({1}));
  }
  auto f = jit([&] {
    for (auto& c : cells) set(c, launch(Nothing{}, get(c)));
  });
  f();
  for (auto _ : state) f();
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

BENCHMARK(replay_launch);
BENCHMARK(replay_call);
BENCHMARK(replay_variables)->Arg(1)->Arg(100);

}  // namespace
