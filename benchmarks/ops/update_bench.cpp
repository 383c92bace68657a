// The update of all parameters by AdamW in one pass: the tutorial's network, many small parameters, a large
// one. Bytes: gradient, parameter and two moments are read, parameter and moments written.
#include <benchmark/benchmark.h>

#include <vector>

#include "measure.h"

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

BENCHMARK(update_tiny)->UseManualTime()->Unit(benchmark::kMicrosecond);
BENCHMARK(update_tutorial)->UseManualTime()->Unit(benchmark::kMicrosecond);
BENCHMARK(update_200_small)->UseManualTime()->Unit(benchmark::kMicrosecond);
BENCHMARK(update_large)->UseManualTime()->Unit(benchmark::kMicrosecond);

}  // namespace
