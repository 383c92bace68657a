#include <ramie/tensor/ops/pool2d_naive.h>

#include <cmath>
#include <limits>

#include <ramie/tensor/cpu/accumulator.h>

namespace ramie::kernels::naive {
namespace {

template <class T>
struct Grid {  // a view with four axes
  T* data;
  const Shape& strides;
  explicit Grid(View v) : data(v.as<T>()), strides(v.layout->strides) {}
  T& operator()(std::int64_t n, std::int64_t h, std::int64_t w, std::int64_t c) const {
    return data[n * strides[0] + h * strides[1] + w * strides[2] + c * strides[3]];
  }
};

// Calls f(n, i, j, c) for every element of y.
template <class F>
void for_each_index(const Shape& s, F f) {
  for (std::int64_t n = 0; n < s[0]; ++n)
    for (std::int64_t i = 0; i < s[1]; ++i)
      for (std::int64_t j = 0; j < s[2]; ++j)
        for (std::int64_t c = 0; c < s[3]; ++c) f(n, i, j, c);
}

// Calls f(h, w, place) for the elements of window (i, j) that lie on the image.
template <class F>
void for_each_element(const PoolWindow& p, const Shape& image, std::int64_t i, std::int64_t j, F f) {
  for (std::int64_t a = 0; a < p.size[0]; ++a)
    for (std::int64_t b = 0; b < p.size[1]; ++b) {
      const std::int64_t h = i * p.strides[0] - p.padding[0][0] + a,
                         w = j * p.strides[1] - p.padding[1][0] + b;
      if (h >= 0 && h < image[1] && w >= 0 && w < image[2]) f(h, w, a * p.size[1] + b);
    }
}

std::int64_t divisor(const PoolWindow& p, bool count_padding, const Shape& image, std::int64_t i,
                     std::int64_t j) {
  if (count_padding) return p.area();
  std::int64_t count = 0;
  for_each_element(p, image, i, j, [&](auto, auto, auto) { ++count; });
  return count;
}

template <class F>
void visit_floating(DType t, F f) {
  visit(t, [&]<class T>(Type<T> type) {
    if constexpr (!std::is_integral_v<T>) f(type);
  });
}

// Whether x takes the place of the extreme so far. NaN is the extreme of all.
template <class T>
bool beats(T x, T best, bool minimum) {
  return (minimum ? x < best : x > best) || (x != x && best == best);
}
template <class T>
T weakest(bool minimum) {
  using Limits = std::numeric_limits<T>;
  if constexpr (std::is_integral_v<T>)
    return minimum ? Limits::max() : Limits::lowest();
  else
    return minimum ? Limits::infinity() : -Limits::infinity();
}
// What values are compared in: float for the small floats, which convert without loss.
template <class T>
using Ordered = std::conditional_t<std::is_integral_v<T>, T, Accumulator<T>>;

// Calls f(y's value, its place) for window (i, j) of channel c of image n.
template <class T, class F>
void with_extreme(const PoolWindow& p, bool minimum, View x_view, std::int64_t n, std::int64_t i,
                  std::int64_t j, std::int64_t c, F f) {
  const Grid<T> x(x_view);
  auto best = weakest<Ordered<T>>(minimum);
  std::int64_t place = p.area();
  for_each_element(p, x_view.layout->shape, i, j, [&](auto h, auto w, auto at) {
    const auto value = convert<Ordered<T>>(x(n, h, w, c));
    if (place == p.area() || beats(value, best, minimum)) best = value, place = at;
  });
  f(convert<T>(best), place);
}

template <class F>
void visit_index(View index, F f) {
  if (index.layout->dtype == uint8)
    f(Type<std::uint8_t>{});
  else
    f(Type<std::int32_t>{});
}

}  // namespace

void AvgPool::run(Cpu, View y_view, View x_view) const noexcept {
  visit_floating(y_view.layout->dtype, [&]<class T>(Type<T>) {
    const Grid<T> y(y_view), x(x_view);
    for_each_index(y_view.layout->shape, [&](auto n, auto i, auto j, auto c) {
      Accumulator<T> sum = 0;
      for_each_element(window, x_view.layout->shape, i, j,
                       [&](auto h, auto w, auto) { sum += Accumulator<T>(x(n, h, w, c)); });
      y(n, i, j, c) =
          convert<T>(sum / Accumulator<T>(divisor(window, count_padding, x_view.layout->shape, i, j)));
    });
  });
}

void AvgPoolGradient::run(Cpu, View dx_view, View dy_view) const noexcept {
  visit_floating(dx_view.layout->dtype, [&]<class T>(Type<T>) {
    const Grid<T> dx(dx_view), dy(dy_view);
    for (std::int64_t e = 0; e < dx_view.size(); ++e) dx.data[e] = convert<T>(0.0f);
    for_each_index(dy_view.layout->shape, [&](auto n, auto i, auto j, auto c) {
      const auto share =
          Accumulator<T>(dy(n, i, j, c)) / Accumulator<T>(divisor(window, count_padding, input, i, j));
      for_each_element(window, input, i, j, [&](auto h, auto w, auto) {
        dx(n, h, w, c) = convert<T>(Accumulator<T>(dx(n, h, w, c)) + share);
      });
    });
  });
}

void MaxPool::run(Cpu, View y_view, View x) const noexcept {
  visit(y_view.layout->dtype, [&]<class T>(Type<T>) {
    const Grid<T> y(y_view);
    for_each_index(y_view.layout->shape, [&](auto n, auto i, auto j, auto c) {
      with_extreme<T>(window, minimum, x, n, i, j, c, [&](T best, auto) { y(n, i, j, c) = best; });
    });
  });
}

void MaxPoolIndex::run(Cpu, View y_view, View index_view, View x) const noexcept {
  visit(y_view.layout->dtype, [&]<class T>(Type<T>) {
    visit_index(index_view, [&]<class I>(Type<I>) {
      const Grid<T> y(y_view);
      const Grid<I> index(index_view);
      for_each_index(y_view.layout->shape, [&](auto n, auto i, auto j, auto c) {
        with_extreme<T>(window, minimum, x, n, i, j, c, [&](T best, auto place) {
          y(n, i, j, c) = best;
          index(n, i, j, c) = static_cast<I>(place);
        });
      });
    });
  });
}

void PoolGather::run(Cpu, View y_view, View x_view, View index_view) const noexcept {
  visit(y_view.layout->dtype, [&]<class T>(Type<T>) {
    visit_index(index_view, [&]<class I>(Type<I>) {
      const Grid<T> y(y_view), x(x_view);
      const Grid<I> index(index_view);
      for_each_index(y_view.layout->shape, [&](auto n, auto i, auto j, auto c) {
        T value{};
        for_each_element(window, x_view.layout->shape, i, j, [&](auto h, auto w, auto place) {
          if (place == index(n, i, j, c)) value = x(n, h, w, c);
        });
        y(n, i, j, c) = value;
      });
    });
  });
}

void PoolScatter::run(Cpu, View dx_view, View dy_view, View index_view) const noexcept {
  visit_floating(dx_view.layout->dtype, [&]<class T>(Type<T>) {
    visit_index(index_view, [&]<class I>(Type<I>) {
      const Grid<T> dx(dx_view), dy(dy_view);
      const Grid<I> index(index_view);
      for (std::int64_t e = 0; e < dx_view.size(); ++e) dx.data[e] = convert<T>(0.0f);
      for_each_index(dy_view.layout->shape, [&](auto n, auto i, auto j, auto c) {
        for_each_element(window, input, i, j, [&](auto h, auto w, auto place) {
          if (place != index(n, i, j, c)) return;
          dx(n, h, w, c) = convert<T>(Accumulator<T>(dx(n, h, w, c)) + Accumulator<T>(dy(n, i, j, c)));
        });
      });
    });
  });
}

}  // namespace ramie::kernels::naive
