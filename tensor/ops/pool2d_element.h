// One element of a pooled image or of a gradient as the definition says, for the naive kernels of all
// devices.
#pragma once

#include <cstdint>
#include <limits>

#include <ramie/tensor/cpu/accumulator.h>
#include <ramie/tensor/ops/naive_grid.h>
#include <ramie/tensor/ops/pool2d.h>

namespace ramie::kernels::naive {

// Calls f(h, w, place) for the elements of window (i, j) that lie on the image.
template <class T, class F>
constexpr void for_each_element(const PoolWindow& p, const Grid<T>& image, std::int64_t i, std::int64_t j,
                                F f) {
  for (std::int64_t a = 0; a < p.size[0]; ++a)
    for (std::int64_t b = 0; b < p.size[1]; ++b) {
      const std::int64_t h = i * p.strides[0] - p.padding[0][0] + a,
                         w = j * p.strides[1] - p.padding[1][0] + b;
      if (h >= 0 && h < image.shape[1] && w >= 0 && w < image.shape[2]) f(h, w, a * p.size[1] + b);
    }
}

// The window that has row (or column) i of the image at its own row `place`; -1 where there is none.
template <class T>
constexpr std::int64_t window_at(const PoolWindow& p, int axis, const Grid<T>& windows, std::int64_t i,
                                 std::int64_t place) {
  const std::int64_t first = i + p.padding[axis][0] - place;
  if (first < 0 || first % p.strides[axis]) return -1;
  return first / p.strides[axis] < windows.shape[1 + axis] ? first / p.strides[axis] : -1;
}

// Calls f(i, j, place) for the windows over element (h, w), in row-major order.
template <class T, class F>
constexpr void for_each_window(const PoolWindow& p, const Grid<T>& windows, std::int64_t h, std::int64_t w,
                               F f) {
  for (std::int64_t a = p.size[0]; a-- > 0;)
    for (std::int64_t b = p.size[1]; b-- > 0;) {
      const std::int64_t i = window_at(p, 0, windows, h, a), j = window_at(p, 1, windows, w, b);
      if (i >= 0 && j >= 0) f(i, j, a * p.size[1] + b);
    }
}

template <class T>
constexpr std::int64_t divisor(const PoolWindow& p, bool count_padding, const Grid<T>& image, std::int64_t i,
                               std::int64_t j) {
  if (count_padding) return p.area();
  std::int64_t count = 0;
  for_each_element(p, image, i, j, [&](auto, auto, auto) { ++count; });
  return count;
}

template <class T>
struct Average {
  PoolWindow window;
  bool count_padding;
  Grid<T> y, x;
  constexpr void operator()(std::int64_t n, std::int64_t i, std::int64_t j, std::int64_t c) const {
    using Sum = Accumulator<T>;
    Sum sum = 0;
    for_each_element(window, x, i, j, [&](auto h, auto w, auto) { sum += convert<Sum>(x(n, h, w, c)); });
    y(n, i, j, c) = convert<T>(sum / static_cast<Sum>(divisor(window, count_padding, x, i, j)));
  }
};

template <class T>
struct AverageGradient {
  PoolWindow window;
  bool count_padding;
  Grid<T> dx, dy;
  constexpr void operator()(std::int64_t n, std::int64_t h, std::int64_t w, std::int64_t c) const {
    using Sum = Accumulator<T>;
    Sum sum = 0;
    for_each_window(window, dy, h, w, [&](auto i, auto j, auto) {
      sum += convert<Sum>(dy(n, i, j, c)) / static_cast<Sum>(divisor(window, count_padding, dx, i, j));
    });
    dx(n, h, w, c) = convert<T>(sum);
  }
};

// Whether x takes the place of the extreme so far. NaN is the extreme of all.
template <class T>
constexpr bool beats(T x, T best, bool minimum) {
  return (minimum ? x < best : x > best) || (x != x && best == best);
}
template <class T>
constexpr T weakest(bool minimum) {
  using Limits = std::numeric_limits<T>;
  if constexpr (std::is_integral_v<T>)
    return minimum ? Limits::max() : Limits::lowest();
  else
    return minimum ? Limits::infinity() : -Limits::infinity();
}
// What values are compared in: float for the small floats, which convert without loss.
template <class T>
using Ordered = std::conditional_t<std::is_integral_v<T>, T, Accumulator<T>>;

// I is the index's type, or void where none is wanted.
template <class T, class I>
struct Extreme {
  PoolWindow window;
  bool minimum;
  Grid<T> y, x;
  Grid<std::conditional_t<std::is_void_v<I>, T, I>> index;
  constexpr void operator()(std::int64_t n, std::int64_t i, std::int64_t j, std::int64_t c) const {
    auto best = weakest<Ordered<T>>(minimum);
    std::int64_t place = window.area();
    for_each_element(window, x, i, j, [&](auto h, auto w, auto at) {
      const auto value = convert<Ordered<T>>(x(n, h, w, c));
      if (place == window.area() || beats(value, best, minimum)) best = value, place = at;
    });
    y(n, i, j, c) = convert<T>(best);
    if constexpr (!std::is_void_v<I>) index(n, i, j, c) = static_cast<I>(place);
  }
};

template <class T, class I>
struct Gather {
  PoolWindow window;
  Grid<T> y, x;
  Grid<I> index;
  constexpr void operator()(std::int64_t n, std::int64_t i, std::int64_t j, std::int64_t c) const {
    T value{};
    for_each_element(window, x, i, j, [&](auto h, auto w, auto place) {
      if (place == index(n, i, j, c)) value = x(n, h, w, c);
    });
    y(n, i, j, c) = value;
  }
};

template <class T, class I>
struct Scatter {
  PoolWindow window;
  Grid<T> dx, dy;
  Grid<I> index;
  constexpr void operator()(std::int64_t n, std::int64_t h, std::int64_t w, std::int64_t c) const {
    using Sum = Accumulator<T>;
    Sum sum = 0;
    for_each_window(window, dy, h, w, [&](auto i, auto j, auto place) {
      if (place == index(n, i, j, c)) sum += convert<Sum>(dy(n, i, j, c));
    });
    dx(n, h, w, c) = convert<T>(sum);
  }
};

// ---- by dtype ----

template <class F>
void visit_floating(DType t, F f) {
  visit(t, [&]<class T>(Type<T> type) {
    if constexpr (!std::is_integral_v<T>) f(type);
  });
}
template <class F>
void visit_index(View index, F f) {
  if (index.layout->dtype == uint8)
    f(Type<std::uint8_t>{});
  else
    f(Type<std::int32_t>{});
}

}  // namespace ramie::kernels::naive
