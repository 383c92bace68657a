#include <ramie/tensor/ops/random.h>

#include <fmt/format.h>

#include <numbers>

#include <ramie/tensor/cpu/parallel.h>
#include <ramie/tensor/error.h>
#include <ramie/tensor/ops/random_span.h>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE <ramie/tensor/ops/random.cpp>
#include <hwy/foreach_target.h>

#include <ramie/tensor/cpu/erf_inv-inl.h>
#include <ramie/tensor/ops/threefry-inl.h>

HWY_BEFORE_NAMESPACE();
namespace ramie::kernels::HWY_NAMESPACE {

// Random mantissas make numbers in [1, 2), which are then shifted and scaled.
template <class D, class T = hn::TFromD<D>>
HWY_INLINE hn::Vec<D> uniform_at(D d, Words key, const Span<T>& u, std::int64_t i) {
  const hn::RebindToUnsigned<D> du;
  const auto mantissa = hn::ShiftRight < sizeof(T) == 4 ? 9 : 12 > (bits_at(du, key, i));
  const auto one = hn::Set(d, T{1});
  const auto f = hn::Sub(hn::BitCast(d, hn::Or(mantissa, hn::BitCast(du, one))), one);
  const auto low = hn::Set(d, u.low);
  return hn::Max(low, fused(d, f, hn::Set(d, u.width), low));
}

template <class T>
HWY_INLINE void fill_uniform(Words key, Span<T> u, std::int64_t begin, std::int64_t end, T* out) {
  const hn::ScalableTag<T> d;
  fill_vectors(d, begin, end, out, [=](std::int64_t i) HWY_ATTR { return uniform_at(d, key, u, i); });
}

template <class T>
HWY_INLINE void fill_normal(Words key, NormalSpan<T> n, std::int64_t begin, std::int64_t end, T* out) {
  const hn::ScalableTag<T> d;
  fill_vectors(d, begin, end, out, [=](std::int64_t i) HWY_ATTR {
    const auto z = hn::Mul(hn::Set(d, std::numbers::sqrt2_v<T>), erf_inv(d, uniform_at(d, key, n.u, i)));
    return hn::Min(hn::Max(z, hn::Set(d, n.least)), hn::Set(d, n.most));
  });
}

void uniform32(Words k, Span<float> u, std::int64_t i, std::int64_t end, float* y) {
  fill_uniform(k, u, i, end, y);
}
void uniform64(Words k, Span<double> u, std::int64_t i, std::int64_t end, double* y) {
  fill_uniform(k, u, i, end, y);
}
void normal32(Words k, NormalSpan<float> n, std::int64_t i, std::int64_t end, float* y) {
  fill_normal(k, n, i, end, y);
}
void normal64(Words k, NormalSpan<double> n, std::int64_t i, std::int64_t end, double* y) {
  fill_normal(k, n, i, end, y);
}

void erf_inv32(float* x, std::int64_t n) {
  const hn::ScalableTag<float> d;
  for (std::int64_t i = 0; i < n; i += static_cast<std::int64_t>(hn::Lanes(d))) {
    hn::StoreU(erf_inv(d, hn::LoadU(d, x + i)), d, x + i);
  }
}

}  // namespace ramie::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ramie::kernels {

HWY_EXPORT(uniform32);
HWY_EXPORT(uniform64);
HWY_EXPORT(normal32);
HWY_EXPORT(normal64);
HWY_EXPORT(erf_inv32);

namespace {

constexpr std::int64_t stretch = 256;  // a multiple of every vector's length

// The elements begin..end-1 of a stream.
void fill(Words key, const Span<float>& u, std::int64_t begin, std::int64_t end, float* y) {
  HWY_DYNAMIC_DISPATCH(uniform32)(key, u, begin, end, y);
}
void fill(Words key, const Span<double>& u, std::int64_t begin, std::int64_t end, double* y) {
  HWY_DYNAMIC_DISPATCH(uniform64)(key, u, begin, end, y);
}
void fill(Words key, const NormalSpan<float>& n, std::int64_t begin, std::int64_t end, float* y) {
  HWY_DYNAMIC_DISPATCH(normal32)(key, n, begin, end, y);
}
void fill(Words key, const NormalSpan<double>& n, std::int64_t begin, std::int64_t end, double* y) {
  HWY_DYNAMIC_DISPATCH(normal64)(key, n, begin, end, y);
}
template <class T>
void fill(Words key, const Span<T>& u, std::int64_t begin, std::int64_t end, T* y) {
  for_bits(key, begin, end, [&](std::int64_t i, std::uint32_t bits) { y[i - begin] = u.at(bits); });
}
// erf_inv in float, every step rounded.
template <class T>
void fill(Words key, const NormalSpan<T>& n, std::int64_t begin, std::int64_t end, T* y) {
  float z[stretch] = {};
  for (std::int64_t start = begin; start < end; start += stretch) {
    const std::int64_t stop = std::min(end, start + stretch);
    for_bits(key, start, stop, [&](std::int64_t i, std::uint32_t bits) { z[i - start] = n.u.at(bits); });
    HWY_DYNAMIC_DISPATCH(erf_inv32)(z, stretch);
    for (std::int64_t i = start; i < stop; ++i) y[i - begin] = n.scaled(T(z[i - start]));
  }
}

template <class Spans>
void parallel_fill(View y, View key, const Spans& spans) {
  visit_floating(y.layout->dtype, [&]<class T>(Type<T>) {
    const auto span = spans(Type<T>());
    const Words k = read_key(key);
    parallel_for(y.size(),
                 [&](std::int64_t begin, std::int64_t end) { fill(k, span, begin, end, y.as<T>() + begin); });
  });
}

const Layout& check_floating(const char* op, const Layout& key, const Layout& layout) {
  check_key(op, key);
  if (!is_floating(layout.dtype)) {
    fail(op,
         fmt::format("{} is not a floating dtype: for integers, use random::randint.", name(layout.dtype)));
  }
  return layout;
}

}  // namespace

Layout Uniform::outputs(const Layout& key) const { return check_floating(name, key, layout); }
void Uniform::run(Cpu, View y, View key) const noexcept {
  parallel_fill(y, key, [&]<class T>(Type<T>) { return Span<T>::from(convert<T>(low), convert<T>(high)); });
}

Layout Normal::outputs(const Layout& key) const { return check_floating(name, key, layout); }
void Normal::run(Cpu, View y, View key) const noexcept {
  parallel_fill(y, key, []<class T>(Type<T>) { return NormalSpan<T>::standard(); });
}

Layout TruncatedNormal::outputs(const Layout& key) const {
  if (!(lower < upper)) fail(name, fmt::format("lower, {}, must be below upper, {}.", lower, upper));
  return check_floating(name, key, layout);
}
void TruncatedNormal::run(Cpu, View y, View key) const noexcept {
  parallel_fill(y, key, [&]<class T>(Type<T>) {
    return NormalSpan<T>::truncated(convert<T>(lower), convert<T>(upper));
  });
}

Layout Bernoulli::outputs(const Layout& key) const {
  check_key(name, key);
  return {bool_, shape};
}
void Bernoulli::run(Cpu, View y, View key) const noexcept {
  const Words k = read_key(key);
  const auto limit = static_cast<float>(p);
  parallel_for(y.size(), [&](std::int64_t begin, std::int64_t end) {
    float u[stretch];
    for (std::int64_t start = begin; start < end; start += stretch) {
      const std::int64_t stop = std::min(end, start + stretch);
      fill(k, Span<float>{}, start, stop, u);
      for (std::int64_t i = start; i < stop; ++i) y.as<bool>()[i] = u[i - start] < limit;
    }
  });
}

}  // namespace ramie::kernels
#endif  // HWY_ONCE
