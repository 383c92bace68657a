// A correlation as CUDA kernels see it: that of conv2d_correlate.h, counted in 32 bits, with all phases of a
// strided input gradient in one launch.
#pragma once

#include <algorithm>

#include <ramie/tensor/cpu/accumulator.h>
#include <ramie/tensor/cuda/fast_divide.h>
#include <ramie/tensor/ops/conv2d_correlate.h>
#include <ramie/tensor/ops/conv2d_tile.h>

namespace ramie::kernels {

// What differs between phases.
struct PhaseSites {
  std::int64_t kernel = 0, y = 0;  // where they begin, in elements from the first phase's
  int before[2] = {};
  unsigned depth = 0;  // taps and channels
  int tap_rows = 0;
  FastDivide area, width;  // of the output positions
  FastDivide tap_columns;
};

template <class T>
struct Correlate {
  static constexpr int most_phases = 16;
  Images<T> x;
  const T* kernel;
  T* y;
  std::int64_t kernel_row, kernel_column, kernel_in, kernel_out, kernel_group;
  std::int64_t y_image, y_row, y_pixel, y_channel;
  int strides[2], dilation[2];
  int images, groups, out;  // output channels of one group
  FastDivide in;            // input channels of one group
  bool kernel_packed;       // four output channels of the kernel can be read at once
  bool kernel_transposed;   // or four input channels
  bool y_packed;
  int phase_count;
  PhaseSites phases[most_phases];

  __device__ unsigned positions(const PhaseSites& p) const {
    return static_cast<unsigned>(images) * p.area.divisor();
  }
  // Output position m, counted over all images; its `other` is in y.
  __device__ Site pixel(const PhaseSites& p, unsigned m) const {
    const auto [image, place] = p.area.split(m);
    const auto [i, j] = p.width.split(place);
    const int h = static_cast<int>(i) * strides[0] - p.before[0],
              w = static_cast<int>(j) * strides[1] - p.before[1];
    return {image * x.image + h * x.row + w * x.pixel, image * y_image + i * y_row + j * y_pixel, h, w};
  }
  // Tap and channel k; its `other` is in the kernel.
  __device__ Site tap(const PhaseSites& p, unsigned k) const {
    const auto [at, channel] = in.split(k);
    const auto [i, j] = p.tap_columns.split(at);
    const int h = static_cast<int>(i) * dilation[0], w = static_cast<int>(j) * dilation[1];
    return {h * x.row + w * x.pixel + channel * x.channel,
            i * kernel_row + j * kernel_column + channel * kernel_in, h, w};
  }
};

// What the kernels are told. For the gradient by the kernel, which is computed from x and y, it is the kernel
// that they write.
template <class T>
Correlate<T> correlate_of(View x, std::span<const CorrelationPhase> phases, std::int64_t y_channel = 1);

template <class T>
std::int64_t most_positions(const Correlate<T>& c) {  // of a phase
  std::int64_t most = 0;
  for (int i = 0; i < c.phase_count; ++i)
    most = std::max(most, std::int64_t{c.images} * c.phases[i].area.divisor());
  return most;
}

// The ways to compute it.
template <class T>
void correlate_tiles(Cuda cuda, const Correlate<T>& c);
template <class T>
bool is_shallow(const Correlate<T>& c);
template <class T>
void correlate_shallow(Cuda cuda, const Correlate<T>& c);  // few taps and channels of the input
template <class T>
void correlate_narrow(Cuda cuda, const Correlate<T>& c);  // few output channels in a group

}  // namespace ramie::kernels
