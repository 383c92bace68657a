#include <algorithm>

#include <ramie/tensor/ops/conv2d.h>
#include <ramie/tensor/ops/conv2d_depthwise.h>
#include <ramie/tensor/ops/conv2d_image.h>
#include <ramie/tensor/ops/conv2d_naive.h>
#include <ramie/tensor/ops/conv2d_phase.h>

namespace ramie::kernels {

std::size_t Conv2dInputGradient::workspace(const Layout& dy, const Layout& kernel) const {
  if (!is_floating(dy.dtype) || is_depthwise(window, dy, kernel)) return 0;
  std::size_t most = 0;
  for_each_phase(window, input, kernel.shape, [&](auto, auto, const Phase& rows, const Phase& columns) {
    const Correlation c = correlation(window, rows, columns, kernel.shape, input[0]);
    most = std::max(most, correlation_workspace(c, dy.dtype, workers));
  });
  return real_bytes(dy.as(input)) + most;
}

void Conv2dInputGradient::run(Cpu cpu, View dx, View dy, View kernel) const noexcept {
  if (!is_floating(dx.layout->dtype))
    return naive::Conv2dInputGradient{window, input}.run(cpu, dx, dy, kernel);
  if (is_depthwise(window, *dy.layout, *kernel.layout))
    return depthwise_input_gradient(window, dx, dy, kernel);
  std::byte* workspace = cpu.workspace;
  std::byte* real = real_output(dx, workspace);
  const std::int64_t bytes = dy.layout->dtype == float64 ? sizeof(double) : sizeof(float);
  for_each_phase(window, input, kernel.layout->shape,
                 [&](auto i, auto j, const Phase& rows, const Phase& columns) {
                   correlate(correlation(window, rows, columns, kernel.layout->shape, input[0]), dy,
                             flipped(window, rows, columns, kernel),
                             strided(window, dx.layout->strides, i, j, real, bytes), workspace, workers);
                 });
  round_output(dx, real);
}

}  // namespace ramie::kernels
