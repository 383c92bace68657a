// Pooling and its gradients, beside their naive twins; "bytes" is what is read and written once. Windows of
// 2x2 side by side, and of 3x3 that overlap.
#include "measure.h"

#include <ramie/tensor/ops/pool2d_naive.h>
#include <ramie/tensor/random.h>

namespace {

using namespace ramie;
namespace naive = kernels::naive;

void shapes(benchmark::internal::Benchmark* b) {
  b->ArgNames({"batch", "size", "channels", "window", "stride"})
      ->UseManualTime()
      ->Unit(benchmark::kMicrosecond);
  for (int batch : {32, 128}) b->Args({batch, 28, 32, 2, 2})->Args({batch, 14, 64, 2, 2});
  b->Args({32, 28, 32, 3, 2})->Args({32, 28, 32, 3, 1});
}
void naive_shapes(benchmark::internal::Benchmark* b) {
  b->ArgNames({"batch", "size", "channels", "window", "stride"})
      ->UseManualTime()
      ->Unit(benchmark::kMicrosecond);
  b->Args({32, 28, 32, 2, 2});
}

struct Images {
  kernels::PoolWindow window;
  Tensor x;
  explicit Images(const benchmark::State& s)
      : window{.size = {s.range(3), s.range(3)}, .strides = {s.range(4), s.range(4)}},
        x(random::normal(random::key(0), {s.range(0), s.range(1), s.range(1), s.range(2)})) {}
};

double bytes(const Tensor& a, const Tensor& b) {
  return static_cast<double>(a.layout().bytes() + b.layout().bytes());
}

template <class Kernel>
void pool(benchmark::State& state) {
  const Images i(state);
  const double moved = bytes(i.x, launch(Kernel{i.window}, i.x));
  measure(state, [&] { return launch(Kernel{i.window}, i.x); }, {.bytes = moved});
}
template <class Kernel>
void pool_index(benchmark::State& state) {
  const Images i(state);
  const Tensor y = launch(Kernel{i.window}, i.x)[0];
  measure(state, [&] { return launch(Kernel{i.window}, i.x); },
          {.bytes = bytes(i.x, y) + static_cast<double>(y.size())});
}
template <class Kernel>
void average_gradient(benchmark::State& state) {
  const Images i(state);
  const Tensor y = launch(kernels::AvgPool{i.window}, i.x);
  measure(state, [&] { return launch(Kernel{i.window, true, i.x.shape()}, y); }, {.bytes = bytes(i.x, y)});
}
template <class Kernel>
void scatter(benchmark::State& state) {
  const Images i(state);
  const auto both = launch(kernels::MaxPoolIndex{i.window}, i.x);
  measure(state,
          [&] {
            return launch(Kernel{i.window, i.x.shape()}, both[0], both[1]);
          },
          {.bytes = bytes(i.x, both[0]) + static_cast<double>(both[0].size())});
}

BENCHMARK(pool<kernels::AvgPool>)->Name("avg_pool")->Apply(shapes);
BENCHMARK(average_gradient<kernels::AvgPoolGradient>)->Name("avg_pool_gradient")->Apply(shapes);
BENCHMARK(pool<kernels::MaxPool>)->Name("max_pool")->Apply(shapes);
BENCHMARK(pool_index<kernels::MaxPoolIndex>)->Name("max_pool_index")->Apply(shapes);
BENCHMARK(scatter<kernels::PoolScatter>)->Name("pool_scatter")->Apply(shapes);
BENCHMARK(pool<naive::AvgPool>)->Name("avg_pool_naive")->Apply(naive_shapes);
BENCHMARK(average_gradient<naive::AvgPoolGradient>)->Name("avg_pool_gradient_naive")->Apply(naive_shapes);
BENCHMARK(pool<naive::MaxPool>)->Name("max_pool_naive")->Apply(naive_shapes);
BENCHMARK(pool_index<naive::MaxPoolIndex>)->Name("max_pool_index_naive")->Apply(naive_shapes);
BENCHMARK(scatter<naive::PoolScatter>)->Name("pool_scatter_naive")->Apply(naive_shapes);

}  // namespace
