// Convolutions 3x3 with SAME padding and their two gradients, beside their naive twins; the twins run one
// image. The layers are those of the MNIST models: 28x28 with 1 -> 32 channels and 14x14 with 32 -> 64.
// Depthwise ones, with a kernel for each channel, are bound by memory.
#include "measure.h"

#include <type_traits>

#include <ramie/tensor/ops/conv2d_naive.h>
#include <ramie/tensor/random.h>

namespace {

using namespace ramie;

void layers(benchmark::internal::Benchmark* b) {
  b->ArgNames({"batch", "size", "in", "out"})->UseManualTime()->Unit(benchmark::kMicrosecond);
  for (int batch : {1, 32, 128}) b->Args({batch, 28, 1, 32})->Args({batch, 14, 32, 64});
  b->Args({32, 56, 64, 64})->Args({32, 7, 512, 512});
}
void naive_layers(benchmark::internal::Benchmark* b) {
  b->ArgNames({"batch", "size", "in", "out"})->UseManualTime()->Unit(benchmark::kMicrosecond);
  b->Args({1, 28, 1, 32})->Args({1, 14, 32, 64});
}

void depthwise_layers(benchmark::internal::Benchmark* b) {
  b->ArgNames({"batch", "size", "channels"})->UseManualTime()->Unit(benchmark::kMicrosecond);
  b->Args({8, 112, 32})->Args({8, 56, 128})->Args({8, 14, 512});
}

struct Layer {
  Shape x, kernel, y;
  kernels::ConvWindow same{.padding = {{{1, 1}, {1, 1}}}};
  Layer(const benchmark::State& s, std::true_type)
      : x{s.range(0), s.range(1), s.range(1), s.range(2)}, kernel{3, 3, 1, s.range(2)}, y(x) {
    same.groups = s.range(2);
  }
  Layer(const benchmark::State& s, std::false_type)
      : x{s.range(0), s.range(1), s.range(1), s.range(2)},
        kernel{3, 3, s.range(2), s.range(3)},
        y{s.range(0), s.range(1), s.range(1), s.range(3)} {}
  double bytes() const { return same.groups > 1 ? 4.0 * static_cast<double>(x.size() + y.size()) : 0; }
  double flops() const { return 2.0 * static_cast<double>(y.size() * 9 * kernel[2]); }
};

template <class F>
void measure(benchmark::State& state, const Layer& layer, const Shape& a, const Shape& b, F f) {
  const Tensor p = random::normal(random::key(0), a), q = random::normal(random::key(1), b);
  ::measure(state, [&] { return f(p, q); }, {.flops = layer.flops(), .bytes = layer.bytes()});
}

template <class Kernel, bool depthwise = false>
void forward(benchmark::State& state) {
  const Layer l(state, std::bool_constant<depthwise>());
  measure(state, l, l.x, l.kernel, [&](auto& x, auto& k) { return launch(Kernel{l.same}, x, k); });
}
template <class Kernel, bool depthwise = false>
void input_gradient(benchmark::State& state) {
  const Layer l(state, std::bool_constant<depthwise>());
  measure(state, l, l.y, l.kernel, [&](auto& dy, auto& k) { return launch(Kernel{l.same, l.x}, dy, k); });
}
template <class Kernel, bool depthwise = false>
void kernel_gradient(benchmark::State& state) {
  const Layer l(state, std::bool_constant<depthwise>());
  measure(state, l, l.x, l.y, [&](auto& x, auto& dy) { return launch(Kernel{l.same, l.kernel}, x, dy); });
}

BENCHMARK(forward<kernels::Conv2d>)->Name("conv2d")->Apply(layers);
BENCHMARK(input_gradient<kernels::Conv2dInputGradient>)->Name("conv2d_input_gradient")->Apply(layers);
BENCHMARK(kernel_gradient<kernels::Conv2dKernelGradient>)->Name("conv2d_kernel_gradient")->Apply(layers);
BENCHMARK(forward<kernels::Conv2d, true>)->Name("depthwise")->Apply(depthwise_layers);
BENCHMARK(input_gradient<kernels::Conv2dInputGradient, true>)
    ->Name("depthwise_input_gradient")
    ->Apply(depthwise_layers);
BENCHMARK(kernel_gradient<kernels::Conv2dKernelGradient, true>)
    ->Name("depthwise_kernel_gradient")
    ->Apply(depthwise_layers);
BENCHMARK(forward<kernels::naive::Conv2d, true>)->Name("depthwise_naive")->Apply(depthwise_layers);
BENCHMARK(forward<kernels::naive::Conv2d>)->Name("conv2d_naive")->Apply(naive_layers);
BENCHMARK(input_gradient<kernels::naive::Conv2dInputGradient>)
    ->Name("conv2d_input_gradient_naive")
    ->Apply(naive_layers);
BENCHMARK(kernel_gradient<kernels::naive::Conv2dKernelGradient>)
    ->Name("conv2d_kernel_gradient_naive")
    ->Apply(naive_layers);

}  // namespace
