#include <algorithm>
#include <numeric>

#include <ramie/tensor/ops/conv2d.h>
#include <ramie/tensor/ops/conv2d_correlate.h>
#include <ramie/tensor/ops/conv2d_image.h>
#include <ramie/tensor/ops/conv2d_naive.h>

namespace ramie::kernels {
namespace {

// Along one axis, the input positions first, first + stride, ... meet the same taps of the kernel, and from
// one to the next the output positions that they meet move on by one: a correlation of stride 1 with those
// taps in reverse.
struct Phase {
  std::int64_t positions;       // of the input
  std::int64_t last_tap, step;  // of the kernel, and from tap to tap
  std::int64_t taps, dilation, before;

  Phase(const ConvWindow& w, int axis, std::int64_t first, std::int64_t input, std::int64_t kernel) {
    const std::int64_t stride = w.strides[axis], spacing = w.dilation[axis],
                       from = first + w.padding[axis][0];
    positions = std::max<std::int64_t>((input - first + stride - 1) / stride, 0);
    step = stride / std::gcd(stride, spacing);
    dilation = step * spacing / stride;
    std::int64_t tap = 0;  // the first whose distance is a whole number of strides
    while (tap < step && (from - tap * spacing) % stride) ++tap;
    taps = tap < std::min(step, kernel) ? (kernel - 1 - tap) / step + 1 : 0;
    last_tap = tap + (taps - 1) * step;
    before = taps ? (taps - 1) * dilation - (from - tap * spacing) / stride : 0;
  }
};

Correlation correlation(const ConvWindow& w, const Phase& rows, const Phase& columns, const Shape& kernel,
                        std::int64_t images) {
  return {.positions = {rows.positions, columns.positions},
          .taps = {rows.taps, columns.taps},
          .strides = {1, 1},
          .dilation = {rows.dilation, columns.dilation},
          .before = {rows.before, columns.before},
          .images = images,
          .groups = w.groups,
          .in = kernel[3] / w.groups,
          .out = kernel[2]};
}

template <class F>
void for_each_phase(const ConvWindow& w, const Shape& input, const Shape& kernel, F f) {
  for (std::int64_t i = 0; i < w.strides[0]; ++i)
    for (std::int64_t j = 0; j < w.strides[1]; ++j)
      f(i, j, Phase(w, 0, i, input[1], kernel[0]), Phase(w, 1, j, input[2], kernel[1]));
}

}  // namespace

std::size_t Conv2dInputGradient::workspace(const Layout& dy, const Layout& kernel) const {
  if (!is_floating(dy.dtype)) return 0;
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
  std::byte* workspace = cpu.workspace;
  std::byte* real = real_output(dx, workspace);
  const std::int64_t bytes = static_cast<std::int64_t>(size_of(dy.layout->dtype));
  const std::int64_t real_size = dy.layout->dtype == float64 ? sizeof(double) : sizeof(float);
  const Shape &s = kernel.layout->strides, &to = dx.layout->strides;
  for_each_phase(window, input, kernel.layout->shape,
                 [&](auto i, auto j, const Phase& rows, const Phase& columns) {
                   const Correlation c = correlation(window, rows, columns, kernel.layout->shape, input[0]);
                   const CorrelationKernel flipped{
                       kernel.data + (rows.last_tap * s[0] + columns.last_tap * s[1]) * bytes,
                       -rows.step * s[0],
                       -columns.step * s[1],
                       s[3],
                       s[2],
                       c.in * s[3]};
                   const CorrelationOutput out{real + (i * to[1] + j * to[2]) * real_size, to[0],
                                               window.strides[0] * to[1], window.strides[1] * to[2]};
                   correlate(c, dy, flipped, out, workspace, workers);
                 });
  round_output(dx, real);
}

}  // namespace ramie::kernels
