#include <ramie/tensor/ops/pool2d_rows.h>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ramie/tensor/ops/pool2d_rows.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include <algorithm>
#include <limits>

HWY_BEFORE_NAMESPACE();
namespace ramie::kernels::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

// Elements [begin, end) of an axis that lie under a window, and the window's own first.
struct Under {
  std::int64_t first, begin, end;
  Under(const PoolWindow& p, int axis, std::int64_t window, std::int64_t length) {
    first = window * p.strides[axis] - p.padding[axis][0];
    begin = std::max<std::int64_t>(first, 0);
    end = std::max(std::min(first + p.size[axis], length), begin);
  }
};

// A view whose channels lie side by side. It holds copies: a store of bytes might change what lies behind a
// pointer.
template <class T>
struct Pixels {
  T* data;
  std::int64_t image, row, pixel;
  explicit Pixels(View v)
      : data(v.as<T>()),
        image(v.layout->strides[0]),
        row(v.layout->strides[1]),
        pixel(v.layout->strides[2]) {}
  T* operator()(std::int64_t n, std::int64_t h, std::int64_t w) const {
    return data + n * image + h * row + w * pixel;
  }
};

// Places in a window are kept in lanes of the values' type, beside the values.
template <class D, class I>
HWY_INLINE hn::Vec<D> load_places(D d, const I* p) {
  const hn::Rebind<std::int32_t, D> whole;
  const hn::Rebind<I, D> stored;
  hn::Vec<decltype(whole)> v;
  if constexpr (sizeof(I) == 4)
    v = hn::LoadU(whole, p);
  else
    v = hn::PromoteTo(whole, hn::LoadU(stored, p));
  if constexpr (sizeof(hn::TFromD<D>) == 4)
    return hn::ConvertTo(d, v);
  else
    return hn::PromoteTo(d, v);
}
template <class D, class I>
HWY_INLINE void store_places(D, hn::Vec<D> places, I* p) {
  const hn::Rebind<std::int32_t, D> whole;
  const hn::Rebind<I, D> stored;
  hn::Vec<decltype(whole)> v;
  if constexpr (sizeof(hn::TFromD<D>) == 4)
    v = hn::ConvertTo(whole, places);
  else
    v = hn::DemoteTo(whole, places);
  if constexpr (sizeof(I) == 4)
    hn::StoreU(v, whole, p);
  else
    hn::StoreU(hn::DemoteTo(stored, v), stored, p);
}

// Whether x takes the place of the extreme so far. NaN is the extreme of all.
template <bool minimum, class V>
HWY_INLINE auto beats(V x, V best) {
  const auto weaker = minimum ? hn::Ge(x, best) : hn::Le(x, best);
  return hn::And(hn::Not(weaker), hn::Eq(best, best));
}

// A step takes the vector of channels c... of pixel (n, i, j): of the output, but of the cotangent where
// windows are disjoint and each writes all that lies under it.
template <class D>
struct Step {
  using T = hn::TFromD<D>;
  PoolRows p;
  Pixels<T> y, x;
  std::int64_t height, width;  // of the pooled image
  Step(const PoolRows& rows, View image)
      : p(rows), y(rows.y), x(rows.x), height(image.shape(1)), width(image.shape(2)) {}
};
template <class D>
struct Forward : Step<D> {
  explicit Forward(const PoolRows& rows) : Step<D>(rows, rows.x) {}
};
template <class D>
struct Backward : Step<D> {
  explicit Backward(const PoolRows& rows) : Step<D>(rows, rows.y) {}
};
template <class D, class I>
struct ForwardIndex : Forward<D> {
  Pixels<I> index;
  explicit ForwardIndex(const PoolRows& rows) : Forward<D>(rows), index(rows.index) {}
};
template <class D>
struct ForwardIndex<D, void> : Forward<D> {
  using Forward<D>::Forward;
};
template <class D, class I>
struct BackwardIndex : Backward<D> {
  Pixels<const I> index;
  explicit BackwardIndex(const PoolRows& rows) : Backward<D>(rows), index(rows.index) {}
};

template <class D>
HWY_INLINE hn::Vec<D> divisor(const PoolRows& p, const Under& rows, const Under& columns) {
  const std::int64_t count =
      p.count_padding ? p.window.area() : (rows.end - rows.begin) * (columns.end - columns.begin);
  return hn::Set(D(), static_cast<hn::TFromD<D>>(count));
}

template <class D>
struct Average : Forward<D> {
  using Forward<D>::Forward;
  HWY_INLINE void operator()(std::int64_t n, std::int64_t i, std::int64_t j, std::int64_t c) const {
    const D d;
    const Under rows(this->p.window, 0, i, this->height), columns(this->p.window, 1, j, this->width);
    auto sum = hn::Zero(d);
    for (std::int64_t h = rows.begin; h < rows.end; ++h)
      for (std::int64_t w = columns.begin; w < columns.end; ++w)
        sum = hn::Add(sum, hn::LoadU(d, this->x(n, h, w) + c));
    hn::StoreU(hn::Div(sum, divisor<D>(this->p, rows, columns)), d, this->y(n, i, j) + c);
  }
};

template <class D>
struct AverageGradient : Backward<D> {
  using Backward<D>::Backward;
  HWY_INLINE void operator()(std::int64_t n, std::int64_t h, std::int64_t w, std::int64_t c) const {
    const D d;
    const PoolSpan rows = this->p.spans[h], columns = this->p.spans[this->height + w];
    auto sum = hn::Zero(d);
    for (std::int64_t i = rows.begin; i < rows.end; ++i)
      for (std::int64_t j = columns.begin; j < columns.end; ++j) {
        const Under under(this->p.window, 0, i, this->height), across(this->p.window, 1, j, this->width);
        sum = hn::Add(sum, hn::Div(hn::LoadU(d, this->x(n, i, j) + c), divisor<D>(this->p, under, across)));
      }
    hn::StoreU(sum, d, this->y(n, h, w) + c);
  }
};

// I is the index's type, or void where there is none.
template <class D, bool minimum, class I>
struct Extreme : ForwardIndex<D, I> {
  using ForwardIndex<D, I>::ForwardIndex;
  using T = hn::TFromD<D>;
  HWY_INLINE void operator()(std::int64_t n, std::int64_t i, std::int64_t j, std::int64_t c) const {
    const D d;
    const PoolWindow& window = this->p.window;
    const Under rows(window, 0, i, this->height), columns(window, 1, j, this->width);
    constexpr T weakest = minimum ? std::numeric_limits<T>::infinity() : -std::numeric_limits<T>::infinity();
    auto best = hn::Set(d, weakest), place = hn::Set(d, static_cast<T>(window.area()));
    bool first = true;
    for (std::int64_t h = rows.begin; h < rows.end; ++h)
      for (std::int64_t w = columns.begin; w < columns.end; ++w) {
        const auto value = hn::LoadU(d, this->x(n, h, w) + c);
        const auto at = hn::Set(d, static_cast<T>((h - rows.first) * window.size[1] + w - columns.first));
        const auto better = beats<minimum>(value, best);
        best = first ? value : hn::IfThenElse(better, value, best);
        place = first ? at : hn::IfThenElse(better, at, place);
        first = false;
      }
    hn::StoreU(best, d, this->y(n, i, j) + c);
    if constexpr (!std::is_void_v<I>) store_places(d, place, this->index(n, i, j) + c);
  }
};

template <class D, class I>
struct Gather : ForwardIndex<D, const I> {
  using ForwardIndex<D, const I>::ForwardIndex;
  using T = hn::TFromD<D>;
  HWY_INLINE void operator()(std::int64_t n, std::int64_t i, std::int64_t j, std::int64_t c) const {
    const D d;
    const PoolWindow& window = this->p.window;
    const Under rows(window, 0, i, this->height), columns(window, 1, j, this->width);
    const auto place = load_places(d, this->index(n, i, j) + c);
    auto value = hn::Zero(d);
    for (std::int64_t h = rows.begin; h < rows.end; ++h)
      for (std::int64_t w = columns.begin; w < columns.end; ++w) {
        const auto at = hn::Set(d, static_cast<T>((h - rows.first) * window.size[1] + w - columns.first));
        value = hn::IfThenElse(hn::Eq(place, at), hn::LoadU(d, this->x(n, h, w) + c), value);
      }
    hn::StoreU(value, d, this->y(n, i, j) + c);
  }
};

template <class D>
struct DisjointAverageGradient : Backward<D> {
  using Backward<D>::Backward;
  HWY_INLINE void operator()(std::int64_t n, std::int64_t i, std::int64_t j, std::int64_t c) const {
    const D d;
    const Under rows(this->p.window, 0, i, this->height), columns(this->p.window, 1, j, this->width);
    const auto share = hn::Div(hn::LoadU(d, this->x(n, i, j) + c), divisor<D>(this->p, rows, columns));
    for (std::int64_t h = rows.begin; h < rows.end; ++h)
      for (std::int64_t w = columns.begin; w < columns.end; ++w) hn::StoreU(share, d, this->y(n, h, w) + c);
  }
};

template <class D, class I>
struct DisjointScatter : BackwardIndex<D, I> {
  using BackwardIndex<D, I>::BackwardIndex;
  using T = hn::TFromD<D>;
  HWY_INLINE void operator()(std::int64_t n, std::int64_t i, std::int64_t j, std::int64_t c) const {
    const D d;
    const PoolWindow& window = this->p.window;
    const Under rows(window, 0, i, this->height), columns(window, 1, j, this->width);
    const auto value = hn::LoadU(d, this->x(n, i, j) + c), place = load_places(d, this->index(n, i, j) + c);
    for (std::int64_t h = rows.begin; h < rows.end; ++h)
      for (std::int64_t w = columns.begin; w < columns.end; ++w) {
        const auto at = hn::Set(d, static_cast<T>((h - rows.first) * window.size[1] + w - columns.first));
        hn::StoreU(hn::IfThenElseZero(hn::Eq(place, at), value), d, this->y(n, h, w) + c);
      }
  }
};

template <class D, class I>
struct Scatter : BackwardIndex<D, I> {
  using BackwardIndex<D, I>::BackwardIndex;
  using T = hn::TFromD<D>;
  HWY_INLINE void operator()(std::int64_t n, std::int64_t h, std::int64_t w, std::int64_t c) const {
    const D d;
    const PoolWindow& window = this->p.window;
    const PoolSpan rows = this->p.spans[h], columns = this->p.spans[this->height + w];
    auto sum = hn::Zero(d);
    for (std::int64_t i = rows.begin; i < rows.end; ++i)
      for (std::int64_t j = columns.begin; j < columns.end; ++j) {
        const std::int64_t down = h + window.padding[0][0] - i * window.strides[0];
        const std::int64_t across = w + window.padding[1][0] - j * window.strides[1];
        const auto chosen = hn::Eq(load_places(d, this->index(n, i, j) + c),
                                   hn::Set(d, static_cast<T>(down * window.size[1] + across)));
        sum = hn::Add(sum, hn::IfThenElseZero(chosen, hn::LoadU(d, this->x(n, i, j) + c)));
      }
    hn::StoreU(sum, d, this->y(n, h, w) + c);
  }
};

// A step for every vector of some rows. The last vector of a pixel begins early enough to end with the
// channels.
template <class D, class S>
void walk(const PoolRows& p, View over, std::int64_t begin, std::int64_t end) {
  const S step(p);
  const Shape shape = over.layout->shape;
  const std::int64_t channels = shape[3], lanes = static_cast<std::int64_t>(hn::Lanes(D()));
  for (std::int64_t row = begin; row < end; ++row) {
    const std::int64_t n = row / shape[1], i = row % shape[1];
    for (std::int64_t j = 0; j < shape[2]; ++j) {
      std::int64_t c = 0;
      for (; c + lanes <= channels; c += lanes) step(n, i, j, c);
      if (c < channels) step(n, i, j, channels - lanes);
    }
  }
}

// f(D) with D's lanes no more than the channels.
template <class F>
void with_lanes(const PoolRows& p, F f) {
  const auto choose = [&](auto type) HWY_ATTR {
    using T = decltype(type);
    const hn::ScalableTag<T> all;
    if (p.y.shape(3) >= static_cast<std::int64_t>(hn::Lanes(all)))
      f(all);
    else
      f(hn::CappedTag<T, 1>());
  };
  if (p.y.layout->dtype == float32)
    choose(float());
  else
    choose(double());
}
template <class F>
void with_index(const PoolRows& p, F f) {
  with_lanes(p, [&](auto d) HWY_ATTR {
    if (p.index.layout->dtype == uint8)
      f(d, std::uint8_t());
    else
      f(d, std::int32_t());
  });
}

void average(const PoolRows& p, std::int64_t begin, std::int64_t end) {
  with_lanes(p, [&](auto d) HWY_ATTR { walk<decltype(d), Average<decltype(d)>>(p, p.y, begin, end); });
}
void average_gradient(const PoolRows& p, std::int64_t begin, std::int64_t end) {
  with_lanes(p, [&](auto d) HWY_ATTR {
    using D = decltype(d);
    if (p.spans)
      walk<D, AverageGradient<D>>(p, p.y, begin, end);
    else
      walk<D, DisjointAverageGradient<D>>(p, p.x, begin, end);
  });
}
void extreme(const PoolRows& p, std::int64_t begin, std::int64_t end) {
  with_lanes(p, [&](auto d) HWY_ATTR {
    using D = decltype(d);
    if (p.minimum)
      walk<D, Extreme<D, true, void>>(p, p.y, begin, end);
    else
      walk<D, Extreme<D, false, void>>(p, p.y, begin, end);
  });
}
void extreme_index(const PoolRows& p, std::int64_t begin, std::int64_t end) {
  with_index(p, [&](auto d, auto index) HWY_ATTR {
    using D = decltype(d);
    using I = decltype(index);
    if (p.minimum)
      walk<D, Extreme<D, true, I>>(p, p.y, begin, end);
    else
      walk<D, Extreme<D, false, I>>(p, p.y, begin, end);
  });
}
void gather(const PoolRows& p, std::int64_t begin, std::int64_t end) {
  with_index(p, [&](auto d, auto index) HWY_ATTR {
    walk<decltype(d), Gather<decltype(d), decltype(index)>>(p, p.y, begin, end);
  });
}
void scatter(const PoolRows& p, std::int64_t begin, std::int64_t end) {
  with_index(p, [&](auto d, auto index) HWY_ATTR {
    using D = decltype(d);
    using I = decltype(index);
    if (p.spans)
      walk<D, Scatter<D, I>>(p, p.y, begin, end);
    else
      walk<D, DisjointScatter<D, I>>(p, p.x, begin, end);
  });
}

}  // namespace
}  // namespace ramie::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ramie::kernels {

HWY_EXPORT(average);
HWY_EXPORT(average_gradient);
HWY_EXPORT(extreme);
HWY_EXPORT(extreme_index);
HWY_EXPORT(gather);
HWY_EXPORT(scatter);

void avg_pool_rows(const PoolRows& p, std::int64_t begin, std::int64_t end) {
  HWY_DYNAMIC_DISPATCH(average)(p, begin, end);
}
void avg_pool_gradient_rows(const PoolRows& p, std::int64_t begin, std::int64_t end) {
  HWY_DYNAMIC_DISPATCH(average_gradient)(p, begin, end);
}
void max_pool_rows(const PoolRows& p, std::int64_t begin, std::int64_t end) {
  HWY_DYNAMIC_DISPATCH(extreme)(p, begin, end);
}
void max_pool_index_rows(const PoolRows& p, std::int64_t begin, std::int64_t end) {
  HWY_DYNAMIC_DISPATCH(extreme_index)(p, begin, end);
}
void pool_gather_rows(const PoolRows& p, std::int64_t begin, std::int64_t end) {
  HWY_DYNAMIC_DISPATCH(gather)(p, begin, end);
}
void pool_scatter_rows(const PoolRows& p, std::int64_t begin, std::int64_t end) {
  HWY_DYNAMIC_DISPATCH(scatter)(p, begin, end);
}

}  // namespace ramie::kernels
#endif
