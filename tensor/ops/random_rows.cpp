#include <ramie/tensor/ops/random_rows.h>

#include <fmt/format.h>

#include <ramie/tensor/cpu/half_rows.h>
#include <ramie/tensor/cpu/parallel.h>
#include <ramie/tensor/error.h>
#include <ramie/tensor/ops/random_rows_normal.h>
#include <ramie/tensor/ops/threefry.h>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE <ramie/tensor/ops/random_rows.cpp>
#include <hwy/foreach_target.h>

#include <ramie/tensor/cpu/erf_inv-inl.h>

HWY_BEFORE_NAMESPACE();
namespace ramie::kernels::HWY_NAMESPACE {
namespace rows = kernels::rows;

// At most 512 bits: what a group is made for.
template <class T>
using RowTag = hn::CappedTag<T, 64 / sizeof(T)>;

// Words i, i + 1, ... of a row; of 64 bits, those are its blocks. i is a multiple of the vector's length.
template <class Word>
HWY_INLINE hn::Vec<RowTag<Word>> words_at(std::uint64_t start, std::int64_t i) {
  constexpr std::int64_t per_block = 8 / sizeof(Word);
  const RowTag<Word> dw;
#if HWY_TARGET == HWY_SCALAR  // a vector is one word
  return hn::Set(dw, static_cast<Word>(rows::block(start, i / per_block) >> 32 * (i % per_block)));
#else
  const RowTag<std::uint64_t> d;
  const auto at = hn::Set(d, start + static_cast<std::uint64_t>(i / per_block + 1) * rows::gamma);
  auto z = hn::Add(at, hn::Mul(hn::Iota(d, 0), hn::Set(d, rows::gamma)));
  z = hn::Mul(hn::Xor(z, hn::ShiftRight<30>(z)), hn::Set(d, rows::mix_factors[0]));
  z = hn::Mul(hn::Xor(z, hn::ShiftRight<27>(z)), hn::Set(d, rows::mix_factors[1]));
  return hn::BitCast(dw, hn::Xor(z, hn::ShiftRight<31>(z)));
#endif
}

// out[k] = f(i + k)'s lanes, for k below n; the last vector is the same code as the others.
template <class T, class F>
HWY_INLINE void fill_row(std::int64_t i, std::int64_t n, T* out, const F& f) {
  const RowTag<T> d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  for (; n >= lanes; n -= lanes, i += lanes, out += lanes) hn::StoreU(f(i), d, out);
  if (n == 0) return;
  HWY_ALIGN T last[hn::MaxLanes(d)];
  hn::Store(f(i), d, last);
  std::copy_n(last, n, out);
}

// Random mantissas times a power of two, in [0, 1).
HWY_INLINE hn::Vec<RowTag<float>> fraction(hn::Vec<RowTag<std::uint32_t>> word) {
  const RowTag<float> d;
  const auto whole = hn::BitCast(RowTag<std::int32_t>(), hn::ShiftRight<8>(word));
  return hn::Mul(hn::ConvertTo(d, whole), hn::Set(d, 0x1p-24f));
}
HWY_INLINE hn::Vec<RowTag<double>> fraction(hn::Vec<RowTag<std::uint64_t>> word) {
  const RowTag<double> d;
  const auto whole = hn::BitCast(RowTag<std::int64_t>(), hn::ShiftRight<11>(word));
  return hn::Mul(hn::ConvertTo(d, whole), hn::Set(d, 0x1p-53));
}

template <class T>
HWY_INLINE void uniform_row(std::uint64_t start, rows::UniformSpan<T> u, std::int64_t i, std::int64_t n,
                            T* out) {
  using Word = std::make_unsigned_t<typename rows::BoxMuller<T>::Bits>;
  const RowTag<T> d;
  fill_row(i, n, out, [=](std::int64_t at) HWY_ATTR {
    const auto low = hn::Set(d, u.low), f = fraction(words_at<Word>(start, at));
    return hn::Max(low, hn::Min(hn::Set(d, u.last), fused(d, f, hn::Set(d, u.width), low)));
  });
}

// sqrt(-2 log(u)), where u is (word / 2 + 1/2) 2^-31, or 2^-63.
template <class T, class W>
HWY_INLINE hn::Vec<RowTag<T>> radius(W word) {
  using B = rows::BoxMuller<T>;
  static constexpr auto coefficients = B::log();
  const RowTag<T> d;
  const RowTag<typename B::Bits> di;
  const auto u = hn::Add(hn::ConvertTo(d, hn::BitCast(di, hn::ShiftRight<1>(word))), hn::Set(d, T(0.5)));
  const auto bits = hn::Sub(hn::BitCast(di, u), hn::Set(di, rows::log_base<T>));
  const auto exponent = hn::ConvertTo(d, hn::ShiftRight<B::mantissa>(bits));
  const auto below = hn::And(bits, hn::Set(di, (typename B::Bits{1} << B::mantissa) - 1));
  const auto m = hn::BitCast(d, hn::Add(below, hn::Set(di, rows::log_mantissa<T>)));
  const auto t = hn::Sub(m, hn::Set(d, T{1}));
  const auto log_m = hn::Mul(t, polynomial(d, t, coefficients));
  return hn::Sqrt(fused(d, exponent, hn::Set(d, T(-2 * std::numbers::ln2)), log_m));
}

// A point of the unit circle: the angle of a half, and the cosine's sign from the lowest bit, which the angle
// is too coarse for.
template <class T, class W, class V>
HWY_INLINE void direction(W word, V& cosine, V& sine) {
  using B = rows::BoxMuller<T>;
  static constexpr auto of_sine = B::sine();
  static constexpr auto of_cosine = B::cosine();
  const RowTag<T> d;
  const RowTag<typename B::Bits> di;
  const auto x = hn::Mul(hn::ConvertTo(d, hn::BitCast(di, word)), hn::Set(d, B::scale));
  const auto y = hn::Mul(x, x);
  sine = hn::Mul(x, polynomial(d, y, of_sine));
  const auto magnitude = hn::Mul(hn::Sub(hn::Set(d, T{1}), y), polynomial(d, y, of_cosine));
  cosine = hn::Xor(magnitude, hn::BitCast(d, hn::ShiftLeft<sizeof(T) * 8 - 1>(word)));
}

// The normal numbers of the group that begins with element i.
template <class T>
HWY_INLINE void normal_group(std::uint64_t start, std::int64_t i, T* out) {
  using Word = std::make_unsigned_t<typename rows::BoxMuller<T>::Bits>;
  constexpr std::int64_t half = rows::group<T> / 2;
  const RowTag<T> d;
  for (std::int64_t k = 0; k < half; k += static_cast<std::int64_t>(hn::Lanes(d))) {
    const auto r = radius<T>(words_at<Word>(start, i + k));
    hn::Vec<RowTag<T>> cosine, sine;
    direction<T>(words_at<Word>(start, i + half + k), cosine, sine);
    hn::StoreU(hn::Mul(r, cosine), d, out + k);
    hn::StoreU(hn::Mul(r, sine), d, out + half + k);
  }
}
template <class T>
HWY_INLINE void normal_row(std::uint64_t start, std::int64_t i, std::int64_t n, T* out) {
  constexpr std::int64_t size = rows::group<T>;
  for (; n >= size; n -= size, out += size, i += size) normal_group(start, i, out);
  if (n == 0) return;
  HWY_ALIGN T last[size];
  normal_group(start, i, last);
  std::copy_n(last, n, out);
}

void row_uniform32(std::uint64_t start, rows::UniformSpan<float> u, std::int64_t i, std::int64_t n,
                   float* y) {
  uniform_row(start, u, i, n, y);
}
void row_uniform64(std::uint64_t start, rows::UniformSpan<double> u, std::int64_t i, std::int64_t n,
                   double* y) {
  uniform_row(start, u, i, n, y);
}
void row_normal32(std::uint64_t start, std::int64_t i, std::int64_t n, float* y) {
  normal_row(start, i, n, y);
}
void row_normal64(std::uint64_t start, std::int64_t i, std::int64_t n, double* y) {
  normal_row(start, i, n, y);
}
// y = x + factor y.
template <class T>
HWY_INLINE void add_scaled(const T* x, T factor, std::int64_t n, T* y) {
  const hn::ScalableTag<T> d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  const auto f = hn::Set(d, factor);
  std::int64_t i = 0;
  for (; i + lanes <= n; i += lanes)
    hn::StoreU(hn::Add(hn::LoadU(d, x + i), hn::Mul(f, hn::LoadU(d, y + i))), d, y + i);
  for (; i < n; ++i) y[i] = x[i] + factor * y[i];
}
void add_scaled32(const float* x, float factor, std::int64_t n, float* y) { add_scaled(x, factor, n, y); }
void add_scaled64(const double* x, double factor, std::int64_t n, double* y) { add_scaled(x, factor, n, y); }
// 1 where a word's 24 high bits are below the limit.
void row_bernoulli(std::uint64_t start, std::int32_t limit, std::int64_t i, std::int64_t n, std::uint8_t* y) {
  const RowTag<std::int32_t> d;
  const hn::Rebind<std::uint8_t, decltype(d)> bytes;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  for (; n > 0; n -= lanes, i += lanes, y += lanes) {
    const auto high = hn::BitCast(d, hn::ShiftRight<8>(words_at<std::uint32_t>(start, i)));
    const auto ones = hn::IfThenElseZero(hn::Lt(high, hn::Set(d, limit)), hn::Set(d, 1));
    std::uint8_t last[hn::MaxLanes(d)];
    hn::StoreU(hn::DemoteTo(bytes, ones), bytes, n < lanes ? last : y);
    if (n < lanes) std::copy_n(last, n, y);
  }
}

}  // namespace ramie::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ramie::kernels {

HWY_EXPORT(row_bernoulli);
HWY_EXPORT(row_uniform32);
HWY_EXPORT(row_uniform64);
HWY_EXPORT(row_normal32);
HWY_EXPORT(row_normal64);
HWY_EXPORT(add_scaled32);
HWY_EXPORT(add_scaled64);

namespace {

constexpr std::int64_t stretch = 1024;  // elements: whole groups

// Elements i, ... i + n - 1 of a row; i is a multiple of the stretch.
struct DrawNormal {
  void operator()(std::uint64_t start, std::int64_t i, std::int64_t n, float* y) const {
    HWY_DYNAMIC_DISPATCH(row_normal32)(start, i, n, y);
  }
  void operator()(std::uint64_t start, std::int64_t i, std::int64_t n, double* y) const {
    HWY_DYNAMIC_DISPATCH(row_normal64)(start, i, n, y);
  }
};

void add_to(const float* x, float factor, std::int64_t n, float* y) {
  HWY_DYNAMIC_DISPATCH(add_scaled32)(x, factor, n, y);
}
void add_to(const double* x, double factor, std::int64_t n, double* y) {
  HWY_DYNAMIC_DISPATCH(add_scaled64)(x, factor, n, y);
}

template <class T>
struct DrawUniform {
  rows::UniformSpan<T> u;
  void operator()(std::uint64_t start, std::int64_t i, std::int64_t n, T* y) const {
    if constexpr (std::is_same_v<T, float>)
      HWY_DYNAMIC_DISPATCH(row_uniform32)(start, u, i, n, y);
    else
      HWY_DYNAMIC_DISPATCH(row_uniform64)(start, u, i, n, y);
  }
};

// f(start of the row, its element i, n, y at that element) for stretches of all rows.
template <class T, class F>
void for_stretches(View y, View keys, const F& f) {
  const std::int64_t n = keys.shape(0), row = n ? y.size() / n : 0, pieces = (row + stretch - 1) / stretch;
  const std::int64_t grain = row ? default_grain / std::min(row, stretch) : 1;
  const auto *first = keys.as<std::uint32_t>(), *second = first + keys.layout->strides[1];
  const std::int64_t step = keys.layout->strides[0];
  parallel_for(n * pieces, grain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t piece = begin; piece < end; ++piece) {
      const std::int64_t r = piece / pieces, i = piece % pieces * stretch;
      const std::uint64_t start = rows::start(first[r * step], second[r * step]);
      f(start, i, std::min(stretch, row - i), y.as<T>() + r * row + i);
    }
  });
}

// 16-bit types are drawn in float and rounded.
template <class T, class F>
void fill_rows(View y, View keys, const F& draw) {
  for_stretches<T>(y, keys, [&](std::uint64_t start, std::int64_t i, std::int64_t n, T* to) {
    if constexpr (std::is_same_v<T, Wide<T>>) {
      draw(start, i, n, to);
    } else {
      float wide[stretch];
      draw(start, i, n, wide);
      narrow(n, to, wide);
    }
  });
}

Layout with_rows(const char* op, const Layout& keys, const Layout& row) {
  if (keys.dtype != uint32 || keys.shape.rank() != 2 || keys.shape[1] != 2) {
    fail(op, fmt::format("keys are uint32[n,2], one for each row, not {}: stack those of "
                         "random::split(key, n).",
                         str(keys)));
  }
  Shape shape = row.shape;
  shape.insert(0, keys.shape[0]);
  return {row.dtype, shape};
}

void check_floating(const char* op, DType dtype) {
  if (!is_floating(dtype)) fail(op, fmt::format("{} is not a floating dtype.", name(dtype)));
}

void check_range(const char* op, DType dtype, double low, double high) {
  visit_floating(dtype, [&]<class T>(Type<T>) {
    const auto a = Wide<T>(convert<T>(low)), b = Wide<T>(convert<T>(high));
    if (a <= b && std::isfinite(a) && std::isfinite(b - a)) return;
    fail(op, fmt::format("[{}, {}) is not a range of {}: give a low that is not above high, both finite and "
                         "no further apart than the dtype reaches.",
                         low, high, name(dtype)));
  });
}

}  // namespace

Layout UniformRows::outputs(const Layout& keys) const {
  check_floating(name, row.dtype);
  check_range(name, row.dtype, low, high);
  return with_rows(name, keys, row);
}
void UniformRows::run(Cpu, View y, View keys) const noexcept {
  visit_floating(row.dtype, [&]<class T>(Type<T> t) {
    fill_rows<T>(y, keys, DrawUniform<Wide<T>>{rows::UniformSpan<Wide<T>>::of(t, low, high)});
  });
}

Layout NormalRows::outputs(const Layout& keys) const {
  check_floating(name, row.dtype);
  return with_rows(name, keys, row);
}
void NormalRows::run(Cpu, View y, View keys) const noexcept {
  visit_floating(row.dtype, [&]<class T>(Type<T>) { fill_rows<T>(y, keys, DrawNormal()); });
}

Layout AddNormalRows::outputs(const Layout& x, const Layout& keys) const {
  check_floating(name, x.dtype);
  if (!std::isfinite(std)) fail(name, fmt::format("std is {}: give a finite number.", std));
  Shape row = x.shape;
  if (row.rank() > 0) row.erase(0);
  const Layout y = with_rows(name, keys, {x.dtype, row});
  if (y.shape == x.shape) return y;
  fail(name, fmt::format("x is {} and keys are {}: one key for each row.", str(x), str(keys)));
}
void AddNormalRows::run(Cpu, View y, View x, View keys) const noexcept {
  visit_floating(x.layout->dtype, [&]<class T>(Type<T>) {
    const auto factor = static_cast<Wide<T>>(std);
    for_stretches<T>(y, keys, [&](std::uint64_t start, std::int64_t i, std::int64_t n, T* to) {
      const T* from = x.as<T>() + (to - y.as<T>());
      if constexpr (std::is_same_v<T, Wide<T>>) {
        DrawNormal()(start, i, n, to);
        add_to(from, factor, n, to);
      } else {
        float wide[stretch], x_wide[stretch];
        DrawNormal()(start, i, n, wide);
        widen(n, x_wide, from);
        add_to(x_wide, factor, n, wide);
        narrow(n, to, wide);
      }
    });
  });
}

Layout BernoulliRows::outputs(const Layout& keys) const {
  if (!(p >= 0 && p <= 1)) fail(name, fmt::format("p is a probability, not {}.", p));
  return with_rows(name, keys, {bool_, row});
}
void BernoulliRows::run(Cpu, View y, View keys) const noexcept {
  const auto limit = static_cast<std::int32_t>(rows::bernoulli_limit(p));
  for_stretches<std::uint8_t>(y, keys, [=](std::uint64_t start, std::int64_t i, std::int64_t n, auto* to) {
    HWY_DYNAMIC_DISPATCH(row_bernoulli)(start, limit, i, n, to);
  });
}

Layout FoldInRows::outputs(const Layout& keys) const { return with_rows(name, keys, {uint32, {2}}); }
void FoldInRows::run(Cpu, View y, View keys) const noexcept {
  const auto *first = keys.as<std::uint32_t>(), *second = first + keys.layout->strides[1];
  const std::int64_t step = keys.layout->strides[0];
  auto* to = y.as<std::uint32_t>();
  for (std::int64_t i = 0; i < keys.shape(0); ++i) {
    const Words w = threefry2x32({first[i * step], second[i * step]}, Words{0, data});
    to[2 * i] = w.first;
    to[2 * i + 1] = w.second;
  }
}

}  // namespace ramie::kernels
#endif  // HWY_ONCE
