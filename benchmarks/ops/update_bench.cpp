// The update of all parameters in one pass: by AdamW the tutorial's network, many small parameters, a large
// one; then whole optimizers, over their own old values. Bytes: gradient, parameter and states are read,
// parameter and states written; a norm of all gradients reads them once more.
#include <benchmark/benchmark.h>

#include <map>
#include <string>
#include <vector>

#include "measure.h"

#include <ramie/optim/optimizers.h>
#include <ramie/tensor/create.h>
#include <ramie/tensor/ops/update.h>

namespace {

using namespace ramie;
using kernels::Update;
namespace stage = kernels::stage;

void adamw(benchmark::State& state, const std::vector<std::int64_t>& sizes) {
  const Update k{
      {stage::adam(0.9, 0.999, 1e-8, 0), stage::add_decayed_weights(1e-4), stage::scale_by_scalar(-1)},
      sizes.size()};
  std::vector<Tensor> x{full({}, 3), full({}, 0.005)};
  double elements = 0;
  for (const std::int64_t n : sizes) {
    elements += static_cast<double>(n);
    for (const double value : {1e-3, 1.0, 1e-3, 1e-6}) x.push_back(full({n}, value));
  }
  measure(state, [&] { return launch_all(k, std::vector<Tensor>(x)); }, {.bytes = 28 * elements});
}

void update_tiny(benchmark::State& state) { adamw(state, {12544, 16, 160, 10}); }
void update_tutorial(benchmark::State& state) { adamw(state, {288, 32, 18432, 64, 802816, 256, 2560, 10}); }
void update_200_small(benchmark::State& state) { adamw(state, std::vector<std::int64_t>(200, 1000)); }
void update_large(benchmark::State& state) { adamw(state, {1 << 24}); }

// One of the optimizers, by name, on a hundred parameters of 65,536 elements.
void update_by(benchmark::State& state, const char* name, double bytes) {
  const optim::AdamWOptions adamw{.learning_rate = 0.005};
  const auto matrices = [](std::string_view, const Tensor& p) { return p.rank() > 1; };
  const std::map<std::string, optim::GradientTransformation> all{
      {"sgd", optim::sgd({.learning_rate = 0.005})},
      {"momentum", optim::momentum(0.005)},
      {"adam", optim::adam({.learning_rate = 0.005})},
      {"adamw", optim::adamw(adamw)},
      {"adamw masked", optim::adamw({.learning_rate = 0.005, .mask = matrices})},
      {"adamw clipped", optim::chain(optim::clip_by_global_norm(1), optim::adamw(adamw))}};
  optim::State grads, params;
  double elements = 0;
  for (int i = 0; i < 100; ++i) {
    const Shape shape = i % 2 ? Shape{65536} : Shape{256, 256};
    grads.add(std::to_string(i), full(shape, 1e-3));
    params.add(std::to_string(i), full(shape, 1.));
    elements += 65536;
  }
  const auto& tx = all.at(name);
  optim::State moments = tx.init(params);
  measure(state, [&] { return tx.apply(grads, moments, params), 0; }, {.bytes = bytes * elements});
}

BENCHMARK(update_tiny)->UseManualTime()->Unit(benchmark::kMicrosecond);
BENCHMARK(update_tutorial)->UseManualTime()->Unit(benchmark::kMicrosecond);
BENCHMARK(update_200_small)->UseManualTime()->Unit(benchmark::kMicrosecond);
BENCHMARK(update_large)->UseManualTime()->Unit(benchmark::kMicrosecond);

#define UPDATE(label, name, bytes) \
  BENCHMARK_CAPTURE(update_by, label, name, bytes)->UseManualTime()->Unit(benchmark::kMicrosecond)
UPDATE(sgd, "sgd", 12);
UPDATE(momentum, "momentum", 20);
UPDATE(adam, "adam", 28);
UPDATE(adamw, "adamw", 28);
UPDATE(adamw_masked, "adamw masked", 28);
UPDATE(adamw_clip_by_global_norm, "adamw clipped", 32);

}  // namespace
