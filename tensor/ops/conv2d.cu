#include <ramie/tensor/ops/conv2d.h>

#include <ramie/tensor/cuda/launch.h>
#include <ramie/tensor/ops/conv2d_naive.h>
#include <ramie/tensor/ops/conv2d_phase.h>

namespace ramie::kernels {

void Conv2d::run(Cuda cuda, View y, View x, View kernel) const {
  const CorrelationPhase phase = forward_phase(window, y, kernel);
  if (!is_floating(y.layout->dtype) || !countable(phase.correlation, *x.layout))
    return naive::Conv2d{window}.run(cuda, y, x, kernel);
  correlate(cuda, x, {&phase, 1});
}

}  // namespace ramie::kernels
