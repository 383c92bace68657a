// Matrix products, beside the naive twin and one bare call of OpenBLAS on one thread. The shapes: squares,
// and the dense layers of the MNIST models with their gradients (a transposed for the kernel's, b for the
// input's).
#include <cblas.h>

#include "measure.h"

#include <ramie/tensor/ops/matmul.h>
#include <ramie/tensor/random.h>

namespace {

using namespace ramie;

void squares(benchmark::internal::Benchmark* b) {
  b->ArgNames({"m", "n", "k", "ta", "tb"})->UseManualTime()->Unit(benchmark::kMicrosecond);
  for (int n : {64, 256, 512, 1024, 2048}) b->Args({n, n, n, 0, 0});
}
void layers(benchmark::internal::Benchmark* b) {
  squares(b);
  for (int batch : {32, 128})
    b->Args({batch, 256, 3136, 0, 0})->Args({3136, 256, batch, 1, 0})->Args({batch, 3136, 256, 0, 1});
  // What the convolutions of a batch of 32 are as products: pixels x outputs x taps.
  b->Args({32 * 28 * 28, 32, 9, 0, 0})
      ->Args({32 * 14 * 14, 64, 288, 0, 0})
      ->Args({32 * 56 * 56, 64, 576, 0, 0});
  b->Args({32, 10, 256, 0, 0})->Args({1, 1024, 1024, 0, 0})->Args({1024, 1, 1024, 0, 0});
}

struct Operands {  // row-major in memory, or column-major where they are transposed
  std::int64_t m, n, k;
  bool ta, tb;
  Tensor a, b;
  explicit Operands(const benchmark::State& s)
      : m(s.range(0)),
        n(s.range(1)),
        k(s.range(2)),
        ta(s.range(3)),
        tb(s.range(4)),
        a(operand(0, m, k, ta)),
        b(operand(1, k, n, tb)) {}
  static Tensor operand(std::uint32_t seed, std::int64_t rows, std::int64_t columns, bool transposed) {
    const Tensor x = random::normal(random::key(seed), {rows, columns});
    return transposed ? x.alias(Layout(float32, {rows, columns}, Shape{1, rows})) : x;
  }
};

template <class F>
void measure(benchmark::State& state, const Operands& o, F f) {
  ::measure(state, f, {.flops = 2.0 * static_cast<double>(o.m * o.n * o.k)});
}

void matmul(benchmark::State& state) {
  const Operands o(state);
  measure(state, o, [&] { return launch(kernels::Matmul{}, o.a, o.b); });
}

void matmul_naive(benchmark::State& state) {
  const DeviceScope on(cpu());
  const Operands o(state);
  measure(state, o, [&] { return launch(kernels::naive::Matmul{}, o.a, o.b); });
}

void matmul_openblas(benchmark::State& state) {
  const DeviceScope on(cpu());
  const Operands o(state);
  openblas_set_num_threads(1);
  Tensor y = Tensor::empty({float32, {o.m, o.n}});
  const auto transposed = [](bool t) { return t ? CblasTrans : CblasNoTrans; };
  const auto m = static_cast<blasint>(o.m), n = static_cast<blasint>(o.n), k = static_cast<blasint>(o.k);
  measure(state, o, [&] {
    cblas_sgemm(CblasRowMajor, transposed(o.ta), transposed(o.tb), m, n, k, 1, o.a.view().as<float>(),
                o.ta ? m : k, o.b.view().as<float>(), o.tb ? k : n, 0, y.view().as<float>(), n);
    return y;
  });
}

BENCHMARK(matmul)->Apply(layers);
BENCHMARK(matmul_openblas)->Apply(layers);
BENCHMARK(matmul_naive)
    ->ArgNames({"m", "n", "k", "ta", "tb"})
    ->UseManualTime()
    ->Args({64, 64, 64, 0, 0})
    ->Args({256, 256, 256, 0, 0})
    ->Unit(benchmark::kMicrosecond);

}  // namespace
