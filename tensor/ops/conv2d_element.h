// One element of a convolution or of its gradients as the formula says, for the naive kernels of all devices.
#pragma once

#include <cstdint>

#include <ramie/tensor/cpu/accumulator.h>
#include <ramie/tensor/ops/conv2d.h>
#include <ramie/tensor/ops/naive_grid.h>

namespace ramie::kernels::naive {

constexpr bool inside(std::int64_t i, std::int64_t n) { return i >= 0 && i < n; }

// The input position that tap p of the kernel meets at output position i.
constexpr std::int64_t position(const ConvWindow& w, int axis, std::int64_t i, std::int64_t p) {
  return i * w.strides[axis] - w.padding[axis][0] + p * w.dilation[axis];
}
// The output position at which tap p meets input position i; -1 where there is none.
constexpr std::int64_t output_position(const ConvWindow& w, int axis, std::int64_t i, std::int64_t p) {
  const std::int64_t at = i + w.padding[axis][0] - p * w.dilation[axis];
  return at % w.strides[axis] ? -1 : at / w.strides[axis];
}

template <class T>
struct Forward {
  ConvWindow w;
  Grid<T> y, x, kernel;
  constexpr void operator()(std::int64_t n, std::int64_t i, std::int64_t j, std::int64_t o) const {
    using Sum = Accumulator<T>;
    const std::int64_t in = kernel.shape[2], first = o / (kernel.shape[3] / w.groups) * in;  // of the group
    Sum sum = 0;
    for (std::int64_t p = 0; p < kernel.shape[0]; ++p)
      for (std::int64_t q = 0; q < kernel.shape[1]; ++q) {
        const auto h = position(w, 0, i, p), v = position(w, 1, j, q);
        if (!inside(h, x.shape[1]) || !inside(v, x.shape[2])) continue;
        for (std::int64_t c = 0; c < in; ++c)
          sum += convert<Sum>(x(n, h, v, first + c)) * convert<Sum>(kernel(p, q, c, o));
      }
    y(n, i, j, o) = convert<T>(sum);
  }
};

template <class T>
struct InputGradient {
  ConvWindow w;
  Grid<T> dx, dy, kernel;
  constexpr void operator()(std::int64_t n, std::int64_t h, std::int64_t v, std::int64_t c) const {
    using Sum = Accumulator<T>;
    const std::int64_t in = kernel.shape[2], out = kernel.shape[3] / w.groups, first = c / in * out;
    Sum sum = 0;
    for (std::int64_t p = 0; p < kernel.shape[0]; ++p)
      for (std::int64_t q = 0; q < kernel.shape[1]; ++q) {
        const auto i = output_position(w, 0, h, p), j = output_position(w, 1, v, q);
        if (!inside(i, dy.shape[1]) || !inside(j, dy.shape[2])) continue;
        for (std::int64_t o = first; o < first + out; ++o)
          sum += convert<Sum>(dy(n, i, j, o)) * convert<Sum>(kernel(p, q, c % in, o));
      }
    dx(n, h, v, c) = convert<T>(sum);
  }
};

template <class T>
struct KernelGradient {
  ConvWindow w;
  Grid<T> dkernel, x, dy;
  constexpr void operator()(std::int64_t p, std::int64_t q, std::int64_t c, std::int64_t o) const {
    using Sum = Accumulator<T>;
    const std::int64_t channel = o / (dkernel.shape[3] / w.groups) * dkernel.shape[2] + c;
    Sum sum = 0;
    for (std::int64_t n = 0; n < x.shape[0]; ++n)
      for (std::int64_t i = 0; i < dy.shape[1]; ++i)
        for (std::int64_t j = 0; j < dy.shape[2]; ++j) {
          const auto h = position(w, 0, i, p), v = position(w, 1, j, q);
          if (!inside(h, x.shape[1]) || !inside(v, x.shape[2])) continue;
          sum += convert<Sum>(x(n, h, v, channel)) * convert<Sum>(dy(n, i, j, o));
        }
    dkernel(p, q, c, o) = convert<T>(sum);
  }
};

}  // namespace ramie::kernels::naive
