#include <ramie/tensor/cpu/strided_copy.h>

#include <cstring>

#include <ramie/tensor/cpu/parallel.h>

namespace ramie::kernels {
namespace {

struct Axes {  // one walk over both sides
  Shape n, y, x;
};

// The same walk over fewer, longer axes: neighbours join where both sides step through them evenly.
Axes coalesce(const Shape& shape, const Shape& y, const Shape& x) {
  Axes a;
  for (int i = 0; i < shape.rank(); ++i) {
    if (shape[i] == 1) continue;
    const bool joins = !a.n.empty() && a.y.back() == y[i] * shape[i] && a.x.back() == x[i] * shape[i];
    if (!joins) a.n.push_back(1), a.y.push_back(0), a.x.push_back(0);
    a.n[-1] *= shape[i], a.y[-1] = y[i], a.x[-1] = x[i];
  }
  if (a.n.empty()) a = {{1}, {1}, {1}};
  return a;
}

template <class T>
void copy_row(T* y, std::int64_t y_step, const T* x, std::int64_t x_step, std::int64_t n) {
  if (y_step == 1 && x_step == 1) {
    std::memcpy(y, x, static_cast<std::size_t>(n) * sizeof(T));
  } else {
    for (std::int64_t i = 0; i < n; ++i) y[i * y_step] = x[i * x_step];
  }
}

// Where row r begins on either side.
std::pair<std::int64_t, std::int64_t> row_offsets(const Axes& a, std::int64_t r) {
  std::int64_t y = 0, x = 0;
  for (int i = a.n.rank() - 1; i-- > 0; r /= a.n[i]) {
    y += r % a.n[i] * a.y[i];
    x += r % a.n[i] * a.x[i];
  }
  return {y, x};
}

template <class T>
void copy_rows(T* y, const T* x, const Axes& a, std::int64_t rows) {
  const std::int64_t n = a.n.back();
  parallel_for(rows, std::max<std::int64_t>(1, default_grain / n), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t r = begin; r < end; ++r) {
      const auto [to, from] = row_offsets(a, r);
      copy_row(y + to, a.y.back(), x + from, a.x.back(), n);
    }
  });
}

template <class T>
void copy_as(std::byte* y, const std::byte* x, const Axes& a, std::int64_t rows) {
  copy_rows(reinterpret_cast<T*>(y), reinterpret_cast<const T*>(x), a, rows);
}

}  // namespace

void copy_strided(std::byte* y, const Shape& y_strides, const std::byte* x, const Layout& layout) {
  if (layout.size == 0) return;
  const Axes a = coalesce(layout.shape, y_strides, layout.strides);
  const std::int64_t rows = layout.size / a.n.back();
  switch (size_of(layout.dtype)) {
    case 1:
      return copy_as<std::uint8_t>(y, x, a, rows);
    case 2:
      return copy_as<std::uint16_t>(y, x, a, rows);
    case 4:
      return copy_as<std::uint32_t>(y, x, a, rows);
    default:
      return copy_as<std::uint64_t>(y, x, a, rows);
  }
}

}  // namespace ramie::kernels
