// Softmax and the cross-entropy over rows, beside a plain loop; "bytes" is input read and output written.
#include <algorithm>
#include <cmath>

#include "measure.h"

#include <ramie/autograd/ops/loss.h>
#include <ramie/autograd/ops/softmax.h>
#include <ramie/tensor/random.h>

namespace {

using namespace ramie;

// Rows of a batch of digits, of ImageNet's classes and of a vocabulary.
void shapes(benchmark::internal::Benchmark* b) {
  b->ArgNames({"rows", "n"})->Args({4096, 10})->Args({1024, 1000})->Args({64, 50257})->UseManualTime();
}
Tensor input(const benchmark::State& state) {
  return random::normal(random::key(0), {state.range(0), state.range(1)});
}
void naive_softmax_row(float* y, const float* x, std::int64_t n) {
  const float m = *std::max_element(x, x + n);
  float sum = 0;
  for (std::int64_t i = 0; i < n; ++i) sum += y[i] = std::exp(x[i] - m);
  for (std::int64_t i = 0; i < n; ++i) y[i] /= sum;
}
void naive_softmax(benchmark::State& state) {
  const DeviceScope on(cpu());
  const Tensor x = input(state);
  std::vector<float> y(static_cast<std::size_t>(x.size()));
  const std::int64_t n = x.shape(1);
  measure(state,
          [&] {
            for (std::int64_t r = 0; r < x.shape(0); ++r)
              naive_softmax_row(y.data() + r * n, x.data<float>() + r * n, n);
            return y.data();
          },
          {.bytes = 8.0 * static_cast<double>(x.size())});
}

template <class F>
void time_op(benchmark::State& state, double values_moved, const F& f) {
  const Tensor x = input(state);
  measure(state, [&] { return f(x); }, {.bytes = 4 * values_moved * static_cast<double>(x.size())});
}
Tensor labels(const Tensor& x) { return random::randint(random::key(1), {x.shape(0)}, 0, x.shape(1)); }

void softmax_forward(benchmark::State& s) {
  time_op(s, 2, [](auto& x) { return softmax(x); });
}
void softmax_gradient(benchmark::State& s) {
  time_op(s, 3, [](auto& x) { return detail::softmax_backward(x, x); });
}
void log_softmax_forward(benchmark::State& s) {
  time_op(s, 2, [](auto& x) { return log_softmax(x); });
}
void cross_entropy(benchmark::State& s) {
  const Tensor y = labels(input(s));
  time_op(s, 1, [&](auto& x) { return softmax_cross_entropy_with_integer_labels(x, y); });
}
void cross_entropy_gradient(benchmark::State& s) {
  const Tensor y = labels(input(s)), dy = random::normal(random::key(2), y.shape());
  time_op(s, 2, [&](auto& x) { return detail::softmax_cross_entropy_backward(dy, x, y); });
}

BENCHMARK(naive_softmax)->Name("softmax/naive")->Apply(shapes);
BENCHMARK(softmax_forward)->Name("softmax/forward")->Apply(shapes);
BENCHMARK(softmax_gradient)->Name("softmax/backward")->Apply(shapes);
BENCHMARK(log_softmax_forward)->Name("log_softmax/forward")->Apply(shapes);
BENCHMARK(cross_entropy)->Name("cross_entropy/forward")->Apply(shapes);
BENCHMARK(cross_entropy_gradient)->Name("cross_entropy/backward")->Apply(shapes);

}  // namespace
