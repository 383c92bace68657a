#include <vector>

#include <ramie/tensor/cuda/launch.h>
#include <ramie/tensor/ops/conv2d.h>
#include <ramie/tensor/ops/conv2d_naive.h>
#include <ramie/tensor/ops/conv2d_phase.h>

namespace ramie::kernels {
namespace {

std::vector<CorrelationPhase> phases_of(const ConvWindow& w, View dx, View kernel) {
  std::vector<CorrelationPhase> all;
  const Shape &input = dx.layout->shape, &taps = kernel.layout->shape;
  const auto bytes = static_cast<std::int64_t>(size_of(dx.layout->dtype));
  for_each_phase(w, input, taps, [&](auto i, auto j, const Phase& rows, const Phase& columns) {
    all.push_back({correlation(w, rows, columns, taps, input[0]), flipped(w, rows, columns, kernel),
                   strided(w, dx.layout->strides, i, j, dx.data, bytes)});
  });
  return all;
}

}  // namespace

void Conv2dInputGradient::run(Cuda cuda, View dx, View dy, View kernel) const {
  if (dx.size() == 0) return;
  const std::vector<CorrelationPhase> phases = phases_of(window, dx, kernel);
  // The first phase has the most positions.
  if (!is_floating(dx.layout->dtype) || !countable(phases[0].correlation, *dy.layout))
    return naive::Conv2dInputGradient{window, input}.run(cuda, dx, dy, kernel);
  correlate(cuda, dy, phases);
}

}  // namespace ramie::kernels
