#include <ramie/tensor/ops/conv2d_depthwise.h>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ramie/tensor/ops/conv2d_depthwise.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include <algorithm>
#include <numeric>

#include <ramie/tensor/cpu/parallel.h>

#ifndef RAMIE_TENSOR_OPS_CONV2D_DEPTHWISE_
#define RAMIE_TENSOR_OPS_CONV2D_DEPTHWISE_
namespace ramie::kernels {

// The taps of the kernel that meet an image along one axis, and where.
struct Meeting {
  std::int64_t tap, position, count, tap_step, position_step;
};

// Under output position i, for an image of that length.
inline Meeting forward_meeting(const ConvWindow& w, int axis, std::int64_t i, std::int64_t taps,
                               std::int64_t length) {
  const std::int64_t d = w.dilation[axis], first = i * w.strides[axis] - w.padding[axis][0];
  const std::int64_t begin = first < 0 ? (-first + d - 1) / d : 0;
  const std::int64_t end = first < length ? std::min((length - 1 - first) / d + 1, taps) : 0;
  return {begin, first + begin * d, std::max<std::int64_t>(end - begin, 0), 1, d};
}

// The output positions, of so many, that input position i is part of.
inline Meeting backward_meeting(const ConvWindow& w, int axis, std::int64_t i, std::int64_t taps,
                                std::int64_t length) {
  const std::int64_t s = w.strides[axis], d = w.dilation[axis], at = i + w.padding[axis][0];
  const std::int64_t step = s / std::gcd(s, d), back = step * d / s;
  std::int64_t tap = 0;
  while (tap < step && (at - tap * d) % s) ++tap;
  const std::int64_t last = (at - tap * d) / s;
  const std::int64_t skipped = last >= length ? (last - length + back) / back : 0;
  const std::int64_t position = last - skipped * back;
  tap += skipped * step;
  const bool none = (at - tap * d) % s || at < tap * d || tap >= taps;
  const std::int64_t count = none ? 0 : std::min((taps - 1 - tap) / step, position / back) + 1;
  return {tap, position, count, step, -back};
}

struct DepthwiseRows {
  ConvWindow window;
  View y, x, kernel;  // y is written, but for the gradient by the kernel
  bool backward = false;
  Meeting meeting(int axis, std::int64_t i) const {
    const std::int64_t taps = kernel.shape(axis), length = x.shape(1 + axis);
    return backward ? backward_meeting(window, axis, i, taps, length)
                    : forward_meeting(window, axis, i, taps, length);
  }
};

}  // namespace ramie::kernels
#endif

HWY_BEFORE_NAMESPACE();
namespace ramie::kernels::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

// Calls f(c) for vectors of channels; the last one overlaps the one before it.
template <class D, class F>
HWY_INLINE void for_vectors(std::int64_t channels, F f) {
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(D()));
  std::int64_t c = 0;
  for (; c + lanes <= channels; c += lanes) f(c);
  if (c < channels) f(channels - lanes);
}

// One pixel of y: x at the positions times the kernel at the taps.
template <class D>
HWY_INLINE void correlate_pixel(const DepthwiseRows& p, std::int64_t n, const Meeting& rows,
                                const Meeting& columns, hn::TFromD<D>* y) {
  using T = hn::TFromD<D>;
  const Shape &xs = p.x.layout->strides, &ks = p.kernel.layout->strides;
  const T* x = p.x.as<T>() + n * xs[0] + rows.position * xs[1] + columns.position * xs[2];
  const T* k = p.kernel.as<T>() + rows.tap * ks[0] + columns.tap * ks[1];
  const std::int64_t down = rows.position_step * xs[1], across = columns.position_step * xs[2];
  const std::int64_t next_row = rows.tap_step * ks[0], next_tap = columns.tap_step * ks[1];
  for_vectors<D>(p.y.shape(3), [&](std::int64_t c) HWY_ATTR {
    const D d;
    auto sum = hn::Zero(d);
    for (std::int64_t a = 0; a < rows.count; ++a) {
      const T *at = x + a * down + c, *weight = k + a * next_row + c;
      for (std::int64_t b = 0; b < columns.count; ++b, at += across, weight += next_tap)
        sum = hn::MulAdd(hn::LoadU(d, at), hn::LoadU(d, weight), sum);
    }
    hn::StoreU(sum, d, y + c);
  });
}

template <class D>
void correlate_rows(const DepthwiseRows& p, std::int64_t begin, std::int64_t end) {
  const std::int64_t height = p.y.shape(1), width = p.y.shape(2);
  const Shape& step = p.y.layout->strides;
  for (std::int64_t r = begin; r < end; ++r) {
    const std::int64_t n = r / height, i = r % height;
    const Meeting rows = p.meeting(0, i);
    for (std::int64_t j = 0; j < width; ++j)
      correlate_pixel<D>(p, n, rows, p.meeting(1, j),
                         p.y.as<hn::TFromD<D>>() + n * step[0] + i * step[1] + j * step[2]);
  }
}

// Adds to the sums of some channels what one tap of the kernel meets in a row: so many pixels of x, each
// times the cotangent.
template <class D, class T>
HWY_INLINE void add_pixels(D d, const T* x, std::int64_t x_step, const T* dy, std::int64_t dy_step,
                           std::int64_t count, T* sums) {
  auto sum = hn::LoadU(d, sums);
  for (std::int64_t j = 0; j < count; ++j)
    sum = hn::MulAdd(hn::LoadU(d, x + j * x_step), hn::LoadU(d, dy + j * dy_step), sum);
  hn::StoreU(sum, d, sums);
}

// Row (n, i) of the cotangent p.y, for tap row a of the kernel, which lies on row h of the images.
template <class D, class T>
void add_row(const DepthwiseRows& p, std::int64_t n, std::int64_t i, std::int64_t h, T* sums) {
  const Shape &xs = p.x.layout->strides, &ys = p.y.layout->strides;
  const std::int64_t channels = p.x.shape(3), stride = p.window.strides[1],
                     lanes = static_cast<std::int64_t>(hn::Lanes(D()));
  for (std::int64_t b = 0; b < p.kernel.shape(1); ++b, sums += channels) {
    const std::int64_t first = b * p.window.dilation[1] - p.window.padding[1][0];  // of position 0
    const std::int64_t begin = first < 0 ? (-first + stride - 1) / stride : 0;
    const std::int64_t end =
        first < p.x.shape(2) ? std::min((p.x.shape(2) - 1 - first) / stride + 1, p.y.shape(2)) : 0;
    const T* x = p.x.as<T>() + n * xs[0] + h * xs[1] + (first + begin * stride) * xs[2];
    const T* dy = p.y.as<T>() + n * ys[0] + i * ys[1] + begin * ys[2];
    std::int64_t c = 0;
    for (; c + lanes <= channels; c += lanes)
      add_pixels(D(), x + c, stride * xs[2], dy + c, ys[2], end - begin, sums + c);
    for (; c < channels; ++c)  // sums must not be added twice
      add_pixels(hn::CappedTag<T, 1>(), x + c, stride * xs[2], dy + c, ys[2], end - begin, sums + c);
  }
}

template <class D>
void add_rows(const DepthwiseRows& p, std::int64_t begin, std::int64_t end, std::byte* to) {
  using T = hn::TFromD<D>;
  T* sums = reinterpret_cast<T*>(to);
  const std::int64_t height = p.y.shape(1), tap_row = p.kernel.shape(1) * p.x.shape(3);
  std::fill_n(sums, p.kernel.shape(0) * tap_row, T(0));
  for (std::int64_t r = begin; r < end; ++r) {
    const Meeting rows = p.meeting(0, r % height);
    for (std::int64_t a = 0; a < rows.count; ++a)
      add_row<D>(p, r / height, r % height, rows.position + a * rows.position_step,
                 sums + (rows.tap + a) * tap_row);
  }
}

// f(D) with D's lanes no more than the channels.
template <class F>
void with_lanes(View x, F f) {
  const auto choose = [&](auto type) HWY_ATTR {
    using T = decltype(type);
    const hn::ScalableTag<T> all;
    if (x.shape(3) >= static_cast<std::int64_t>(hn::Lanes(all)))
      f(all);
    else
      f(hn::CappedTag<T, 1>());
  };
  if (x.layout->dtype == float32)
    choose(float());
  else
    choose(double());
}

void correlate_depthwise(const DepthwiseRows& p, std::int64_t begin, std::int64_t end) {
  with_lanes(p.x, [&](auto d) HWY_ATTR { correlate_rows<decltype(d)>(p, begin, end); });
}
void sum_depthwise(const DepthwiseRows& p, std::int64_t begin, std::int64_t end, std::byte* sums) {
  with_lanes(p.x, [&](auto d) HWY_ATTR { add_rows<decltype(d)>(p, begin, end, sums); });
}

}  // namespace
}  // namespace ramie::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ramie::kernels {

HWY_EXPORT(correlate_depthwise);
HWY_EXPORT(sum_depthwise);

namespace {

constexpr std::int64_t wanted_slices = 32;

std::int64_t slices(const Layout& dy) {
  return std::clamp<std::int64_t>(dy.shape[0] * dy.shape[1], 1, wanted_slices);
}

// Rows of y that are worth a thread.
std::int64_t grain(View y, const Shape& kernel) {
  const std::int64_t work = y.shape(2) * y.shape(3) * kernel[0] * kernel[1];
  return default_grain / std::max<std::int64_t>(work, 1) + 1;
}

void run_rows(const DepthwiseRows& p, const Finish& finish = {}) {
  if (p.y.size() == 0) return;
  const std::int64_t row = p.y.shape(2) * p.y.shape(3);
  parallel_for(p.y.shape(0) * p.y.shape(1), grain(p.y, p.kernel.layout->shape),
               [&](std::int64_t begin, std::int64_t end) {
                 for (std::int64_t r = begin; r < end; ++r) {
                   HWY_DYNAMIC_DISPATCH(correlate_depthwise)(p, r, r + 1);
                   finish(r * row, (r + 1) * row);
                 }
               });
}

template <class T>
void add_slices(View dkernel, const std::byte* partial, std::int64_t count) {
  const T* from = reinterpret_cast<const T*>(partial);
  T* to = dkernel.as<T>();
  const std::int64_t size = dkernel.size();
  std::copy(from, from + size, to);
  for (std::int64_t s = 1; s < count; ++s)
    for (std::int64_t i = 0; i < size; ++i) to[i] += from[s * size + i];
}

}  // namespace

bool is_depthwise(const ConvWindow& w, const Layout& x, const Layout& kernel) {
  return w.groups > 1 && kernel.shape[2] == 1 && kernel.shape[3] == w.groups &&
         (x.dtype == float32 || x.dtype == float64) && x.strides[3] == 1 && kernel.strides[3] == 1;
}

void depthwise(const ConvWindow& w, View y, View x, View kernel, const Finish& finish) {
  run_rows({w, y, x, kernel}, finish);
}
void depthwise_input_gradient(const ConvWindow& w, View dx, View dy, View kernel) {
  run_rows({w, dx, dy, kernel, true});
}

std::size_t depthwise_kernel_gradient_workspace(const Layout& dy, const Shape& kernel) {
  return static_cast<std::size_t>(slices(dy) * kernel.size()) * size_of(dy.dtype);
}

void depthwise_kernel_gradient(const ConvWindow& w, View dkernel, View x, View dy, std::byte* workspace) {
  const std::int64_t count = slices(*dy.layout), rows = dy.shape(0) * dy.shape(1);
  const auto size = static_cast<std::int64_t>(dkernel.layout->bytes());
  const DepthwiseRows p{w, dy, x, dkernel};
  parallel_for(count, grain(dy, dkernel.layout->shape) * count / std::max<std::int64_t>(rows, 1) + 1,
               [&](std::int64_t begin, std::int64_t end) {
                 for (std::int64_t s = begin; s < end; ++s) HWY_DYNAMIC_DISPATCH(sum_depthwise)
                 (p, rows * s / count, rows * (s + 1) / count, workspace + s * size);
               });
  dkernel.layout->dtype == float32 ? add_slices<float>(dkernel, workspace, count)
                                   : add_slices<double>(dkernel, workspace, count);
}

}  // namespace ramie::kernels
#endif
