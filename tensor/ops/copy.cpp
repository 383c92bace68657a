#include <ramie/tensor/ops/copy.h>

#include <algorithm>

#include <ramie/tensor/cpu/loops.h>
#include <ramie/tensor/cpu/parallel.h>
#include <ramie/tensor/cpu/transpose_block.h>

namespace ramie::kernels {
namespace {

template <class T>
void copy_row(std::int64_t n, T* y, const T* x, std::int64_t stride) {
  if (stride == 1) return std::copy_n(x, n, y), void();
  if (stride == 0) return std::fill_n(y, n, *x), void();
  for (std::int64_t i = 0; i < n; ++i) y[i] = x[i * stride];
}

template <class T>
void copy_rows(T* y, const T* x, const Layout& from) {
  parallel_for(from.size, [&](std::int64_t begin, std::int64_t end) {
    Cursor c(from, begin);
    for (std::int64_t at = begin, n; at < end; at += n, c.advance(n)) {
      n = std::min(end - at, c.run());
      copy_row(n, y + at, x + c.offset(), c.step());
    }
  });
}

// A strip of lines of the cache, that one visit of a page reads.
template <class T>
constexpr std::int64_t strip_rows = 4 * block_size<T>;

// Rows i < m and columns j < n of at most one block.
template <class T>
void transpose_block(std::int64_t m, std::int64_t n, T* y, std::int64_t y_stride, const T* x,
                     std::int64_t x_stride) {
  constexpr std::int64_t side = block_size<T>;
  if constexpr (sizeof(T) == 4)
    if (m == side && n == side) return transpose_words(y, y_stride, x, x_stride);
  T tile[side][side];
  for (std::int64_t j = 0; j < n; ++j) std::copy_n(x + j * x_stride, m, tile[j]);
  for (std::int64_t i = 0; i < m; ++i)
    for (std::int64_t j = 0; j < n; ++j) y[i * y_stride + j] = tile[j][i];
}

// The axis along which x's elements are neighbours, where that is not the last one; else -1.
int neighbour_axis(const Axes& axes) {
  if (axes.stride[axes.rank - 1] == 1) return -1;
  for (int i = axes.rank - 1; i-- > 0;)
    if (axes.stride[i] == 1) return i;
  return -1;
}

// x with its last axis and `near` cut into blocks; the other axes count planes.
template <class T>
struct Transpose {
  T* y;
  const T* x;
  const Axes& axes;
  int near;
  std::int64_t rows, columns, y_stride, strips, planes;

  Transpose(T* to, const T* from, const Axes& a, int axis)
      : y(to),
        x(from),
        axes(a),
        near(axis),
        rows(a.length[axis]),
        columns(a.length[a.rank - 1]),
        y_stride(1),
        strips((rows + strip_rows<T> - 1) / strip_rows<T>),
        planes(1) {
    for (int i = axis + 1; i < a.rank; ++i) y_stride *= a.length[i];
    for (int i = 0; i < a.rank - 1; ++i) planes *= i == axis ? 1 : a.length[i];
  }
  // A strip of rows, with all columns, of one plane.
  void strip(std::int64_t which) const {
    const std::int64_t first = which % strips * strip_rows<T>, end = std::min(rows, first + strip_rows<T>);
    const std::int64_t stride = axes.stride[axes.rank - 1];
    const auto [to, from] = plane(which / strips);
    for (std::int64_t j = 0; j < columns; j += block_size<T>)
      for (std::int64_t i = first; i < end; i += block_size<T>)
        transpose_block(std::min(block_size<T>, end - i), std::min(block_size<T>, columns - j),
                        to + i * y_stride + j, y_stride, from + i + j * stride, stride);
  }
  std::pair<T*, const T*> plane(std::int64_t which) const {
    T* to = y;
    const T* from = x;
    std::int64_t dense = columns;  // the stride of axis i in y
    for (int i = axes.rank - 1; i-- > 0; dense *= axes.length[i]) {
      if (i == near) continue;
      to += which % axes.length[i] * dense;
      from += which % axes.length[i] * axes.stride[i];
      which /= axes.length[i];
    }
    return {to, from};
  }
};

template <class T>
void copy(View y, View x) {
  const Axes axes(*x.layout);
  const int near = neighbour_axis(axes);
  if (near < 0) return copy_rows(y.as<T>(), x.as<const T>(), *x.layout);
  const Transpose<T> t(y.as<T>(), x.as<const T>(), axes, near);
  const std::int64_t grain = std::max<std::int64_t>(1, default_grain / (strip_rows<T> * t.columns));
  parallel_for(t.planes * t.strips, grain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) t.strip(i);
  });
}

}  // namespace

void Copy::run(Cpu, View y, View x) const noexcept {
  if (y.size() == 0) return;
  switch (size_of(y.layout->dtype)) {
    case 1:
      return copy<std::uint8_t>(y, x);
    case 2:
      return copy<std::uint16_t>(y, x);
    case 4:
      return copy<std::uint32_t>(y, x);
    default:
      return copy<std::uint64_t>(y, x);
  }
}

}  // namespace ramie::kernels
