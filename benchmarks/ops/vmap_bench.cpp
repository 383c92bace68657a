// Gradients of a small network for each of 128 examples: by vmap, one after the other, and, for measure, the
// one gradient of their mean.
//
//   bench per_example
#include <benchmark/benchmark.h>

#include <ramie/autograd/grad.h>
#include <ramie/autograd/ops/elementwise.h>
#include <ramie/autograd/ops/matmul.h>
#include <ramie/autograd/ops/reduce.h>
#include <ramie/autograd/ops/shape.h>
#include <ramie/autograd/vmap.h>
#include <ramie/tensor/random.h>

namespace {

using namespace ramie;

struct Network {
  std::vector<Tensor> w{random::normal(random::key(0), {64, 128}), random::normal(random::key(1), {128, 10})};
  Tensor x = random::normal(random::key(2), {128, 64});
  static Tensor loss(const std::vector<Tensor>& w, const Tensor& x) {
    return mean(square(matmul(tanh(matmul(x, w[0])), w[1])));
  }
};

void per_example_vmap(benchmark::State& state) {
  const Network n;
  const auto f = vmap(grad(Network::loss), {not_mapped, 0});
  for (auto _ : state) benchmark::DoNotOptimize(f(n.w, n.x));
}
void per_example_loop(benchmark::State& state) {
  const Network n;
  const auto f = grad(Network::loss);
  for (auto _ : state) {
    std::vector<Tensor> a, b;
    for (std::int64_t i = 0; i < n.x.shape(0); ++i) {
      const auto g = f(n.w, n.x[i]);
      a.push_back(g[0]);
      b.push_back(g[1]);
    }
    benchmark::DoNotOptimize(std::pair(stack(a), stack(b)));
  }
}
void per_example_mean(benchmark::State& state) {
  const Network n;
  const auto f = grad(Network::loss);
  for (auto _ : state) benchmark::DoNotOptimize(f(n.w, n.x));
}

BENCHMARK(per_example_vmap);
BENCHMARK(per_example_loop);
BENCHMARK(per_example_mean);

}  // namespace
