// conv2d as a correlation, and its gradient by the input as several: one for each phase of the strides.
#pragma once

#include <algorithm>
#include <numeric>

#include <ramie/tensor/ops/conv2d.h>
#include <ramie/tensor/ops/conv2d_correlate.h>

namespace ramie::kernels {

inline Correlation correlation(const ConvWindow& w, const Shape& y, const Shape& kernel) {
  return {.positions = {y[1], y[2]},
          .taps = {kernel[0], kernel[1]},
          .strides = w.strides,
          .dilation = w.dilation,
          .before = {w.padding[0][0], w.padding[1][0]},
          .images = y[0],
          .groups = w.groups,
          .in = kernel[2],
          .out = kernel[3] / w.groups};
}

inline CorrelationPhase forward_phase(const ConvWindow& w, View y, View kernel) {
  const Shape &s = kernel.layout->strides, &to = y.layout->strides;
  const Correlation c = correlation(w, y.layout->shape, kernel.layout->shape);
  return {c, {kernel.data, s[0], s[1], s[2], s[3], c.out * s[3]}, {y.data, to[0], to[1], to[2]}};
}

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

inline Correlation correlation(const ConvWindow& w, const Phase& rows, const Phase& columns,
                               const Shape& kernel, std::int64_t images) {
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

// The kernel's taps of the phase, the last one first, its input and output channels exchanged.
inline CorrelationKernel flipped(const ConvWindow& w, const Phase& rows, const Phase& columns, View kernel) {
  const Shape& s = kernel.layout->strides;
  const auto bytes = static_cast<std::int64_t>(size_of(kernel.layout->dtype));
  return {kernel.data + (rows.last_tap * s[0] + columns.last_tap * s[1]) * bytes,
          -rows.step * s[0],
          -columns.step * s[1],
          s[3],
          s[2],
          kernel.shape(3) / w.groups * s[3]};
}

// The elements, of so many bytes, of the gradient at `data` that phase (i, j) gives.
inline CorrelationOutput strided(const ConvWindow& w, const Shape& strides, std::int64_t i, std::int64_t j,
                                 std::byte* data, std::int64_t bytes) {
  return {data + (i * strides[1] + j * strides[2]) * bytes, strides[0], w.strides[0] * strides[1],
          w.strides[1] * strides[2]};
}

}  // namespace ramie::kernels
