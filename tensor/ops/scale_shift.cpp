#include <ramie/tensor/ops/scale_shift.h>

#include <algorithm>

#include <ramie/tensor/cpu/parallel.h>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ramie/tensor/ops/scale_shift.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace ramie::kernels::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;
using Floats = hn::ScalableTag<float>;
constexpr std::int64_t lanes = hn::MaxLanes(Floats());

HWY_INLINE hn::Vec<Floats> load(const float* x) { return hn::LoadU(Floats(), x); }
HWY_INLINE hn::Vec<Floats> load(const std::uint8_t* x) {
  const hn::Rebind<std::int32_t, Floats> integers;
  const hn::Rebind<std::uint8_t, Floats> bytes;
  return hn::ConvertTo(Floats(), hn::PromoteTo(integers, hn::LoadU(bytes, x)));
}

// One scale and shift for all, or one for each element.
template <class T>
void one_row(std::int64_t n, float* y, const T* x, const float* scale, const float* shift) {
  const auto a = hn::Set(Floats(), *scale), b = hn::Set(Floats(), *shift);
  for (std::int64_t i = 0; i + lanes <= n; i += lanes)
    hn::StoreU(hn::MulAdd(load(x + i), a, b), Floats(), y + i);
}
template <class T>
void each_row(std::int64_t n, float* y, const T* x, const float* scale, const float* shift) {
  for (std::int64_t i = 0; i + lanes <= n; i += lanes)
    hn::StoreU(hn::MulAdd(load(x + i), load(scale + i), load(shift + i)), Floats(), y + i);
}

// The elements after the last whole vector go through one as well.
template <class T>
void row(std::int64_t n, float* y, const T* x, const float* scale, const float* shift, bool each) {
  each ? each_row(n, y, x, scale, shift) : one_row(n, y, x, scale, shift);
  const std::int64_t done = n / lanes * lanes, rest = n - done, parameters = each ? rest : 1,
                     from = each ? done : 0;
  if (rest == 0) return;
  T last[lanes] = {};
  float a[lanes] = {}, b[lanes] = {}, result[lanes];
  std::copy_n(x + done, rest, last);
  std::copy_n(scale + from, parameters, a);
  std::copy_n(shift + from, parameters, b);
  each ? each_row(lanes, result, last, a, b) : one_row(lanes, result, last, a, b);
  std::copy_n(result, rest, y + done);
}
void float_row(std::int64_t n, float* y, const float* x, const float* a, const float* b, bool each) {
  row(n, y, x, a, b, each);
}
void byte_row(std::int64_t n, float* y, const std::uint8_t* x, const float* a, const float* b, bool each) {
  row(n, y, x, a, b, each);
}

}  // namespace ramie::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ramie::kernels {
namespace {

HWY_EXPORT(float_row);
HWY_EXPORT(byte_row);
void row(std::int64_t n, float* y, const float* x, const float* a, const float* b, bool each) {
  HWY_DYNAMIC_DISPATCH(float_row)(n, y, x, a, b, each);
}
void row(std::int64_t n, float* y, const std::uint8_t* x, const float* a, const float* b, bool each) {
  HWY_DYNAMIC_DISPATCH(byte_row)(n, y, x, a, b, each);
}
void row(std::int64_t n, double* y, const double* x, const double* a, const double* b, bool each) {
  for (std::int64_t i = 0; i < n; ++i) y[i] = x[i] * a[each ? i : 0] + b[each ? i : 0];
}

// Few channels are repeated to a stretch, so that the loops over them are long.
template <class T>
struct Channels {
  static constexpr std::int64_t most = 768;
  T scales[most], shifts[most];
  const T *scale, *shift;
  std::int64_t period;  // elements after which they begin again

  Channels(std::int64_t channels, View a, View b) : scale(a.as<T>()), shift(b.as<T>()), period(channels) {
    if (2 * channels > most) return;
    period = most / channels * channels;
    for (std::int64_t i = 0; i < period; ++i)
      scales[i] = scale[i % channels], shifts[i] = shift[i % channels];
    scale = scales, shift = shifts;
  }
};

template <class T, class From>
void scale_shift(View y, View x, View scale, View shift) {
  const std::int64_t n = x.size(), channels = scale.size();
  T* to = y.as<T>();
  const From* from = x.as<From>();
  if (channels == 1) {
    parallel_for(n, [&](std::int64_t begin, std::int64_t end) {
      row(end - begin, to + begin, from + begin, scale.as<T>(), shift.as<T>(), false);
    });
    return;
  }
  const Channels<T> c(channels, scale, shift);
  const std::int64_t pieces = (n + c.period - 1) / c.period;
  parallel_for(pieces, std::max<std::int64_t>(1, default_grain / c.period),
               [&](std::int64_t begin, std::int64_t end) {
                 for (std::int64_t at = begin * c.period, stop = std::min(n, end * c.period); at < stop;
                      at += c.period)
                   row(std::min(c.period, n - at), to + at, from + at, c.scale, c.shift, true);
               });
}

}  // namespace

Layout ScaleShift::outputs(const Layout& x, const Layout& scale, const Layout&) const {
  return {scale.dtype, x.shape};
}

void ScaleShift::run(Cpu, View y, View x, View scale, View shift) const noexcept {
  if (x.layout->dtype == uint8) return scale_shift<float, std::uint8_t>(y, x, scale, shift);
  if (x.layout->dtype == float32) return scale_shift<float, float>(y, x, scale, shift);
  scale_shift<double, double>(y, x, scale, shift);
}

}  // namespace ramie::kernels
#endif
