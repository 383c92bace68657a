#include <ramie/tensor/ops/index.h>

#include <fmt/format.h>

#include <cstring>

#include <ramie/tensor/cpu/axis_split.h>
#include <ramie/tensor/cpu/parallel.h>
#include <ramie/tensor/error.h>

namespace ramie::kernels {
namespace {

constexpr std::int64_t columns = 16;  // of a scatter's task

std::int64_t load(const View& indices, std::int64_t i) {
  switch (indices.layout->dtype) {
    case DType::uint8:
      return indices.as<std::uint8_t>()[i];
    case DType::int8:
      return indices.as<std::int8_t>()[i];
    case DType::int16:
      return indices.as<std::int16_t>()[i];
    case DType::uint32:
      return indices.as<std::uint32_t>()[i];
    case DType::int64:
      return indices.as<std::int64_t>()[i];
    default:
      return indices.as<std::int32_t>()[i];
  }
}
// The position that index i means on an axis of length n.
std::int64_t position(const View& indices, std::int64_t i, std::int64_t n) {
  const std::int64_t at = load(indices, i);
  return at < 0 ? at + n : at;
}

// Calls f with the indices in their own type.
template <class F>
void visit_indices(const View& indices, const F& f) {
  visit(indices.layout->dtype, [&]<class I>(Type<I>) {
    if constexpr (std::is_integral_v<I>) f(indices.as<I>());
  });
}

void check_range(const char* name, const View& indices, int axis, std::int64_t n) {
  bool outside = false;
  visit_indices(indices, [&]<class I>(const I* index) {
    for (std::int64_t i = 0; i < indices.size(); ++i)  // without a branch, so in vectors
      outside |= std::int64_t{index[i]} < -n || std::int64_t{index[i]} >= n;
  });
  if (!outside) return;
  for (std::int64_t i = 0; i < indices.size(); ++i)
    if (const std::int64_t at = load(indices, i); at < -n || at >= n)
      fail(name, fmt::format("index {} is out of range for axis {} of length {}.", at, axis, n));
}

// Of small rows the length is known to the compiler: a call takes longer than the copy. 0: any length.
template <class F>
void visit_row(std::int64_t bytes, const F& f) {
  switch (bytes) {
    case 1:
      return f(std::integral_constant<std::size_t, 1>());
    case 4:
      return f(std::integral_constant<std::size_t, 4>());
    case 8:
      return f(std::integral_constant<std::size_t, 8>());
    case 12:
      return f(std::integral_constant<std::size_t, 12>());
    default:
      return f(std::integral_constant<std::size_t, 0>());
  }
}

// Rows [begin, end) of all outer * m that are taken.
template <std::size_t known, class I>
void take_rows(std::byte* y, const std::byte* x, const I* index, std::int64_t m, const AxisSplit& s,
               std::int64_t row, std::int64_t begin, std::int64_t end) {
  const auto bytes = known ? known : static_cast<std::size_t>(row);
  for (std::int64_t r = begin; r < end;) {
    const std::int64_t o = r / m, last = std::min(end, (o + 1) * m);
    const std::byte* from = x + o * s.n * row;
    for (; r < last; ++r) {
      const auto at = std::int64_t{index[r - o * m]};
      std::memcpy(y + r * row, from + (at < 0 ? at + s.n : at) * row, bytes);
    }
  }
}

// Copies elements of the dtype's size.
template <class F>
void visit_size(DType t, const F& f) {
  switch (size_of(t)) {
    case 1:
      return f(std::uint8_t{});
    case 2:
      return f(std::uint16_t{});
    case 4:
      return f(std::uint32_t{});
    default:
      return f(std::uint64_t{});
  }
}

// f(outer, first column, width) for tasks that write apart: all rows of some columns each.
template <class F>
void for_columns(const AxisSplit& s, const F& f) {
  const std::int64_t chunks = (s.inner + columns - 1) / columns;
  const std::int64_t work = std::max<std::int64_t>(1, s.n * std::min(s.inner, columns));
  parallel_for(s.outer * chunks, std::max<std::int64_t>(1, default_grain / work),
               [&](std::int64_t begin, std::int64_t end) {
                 for (std::int64_t task = begin; task < end; ++task) {
                   const std::int64_t first = task % chunks * columns;
                   f(task / chunks, first, std::min(columns, s.inner - first));
                 }
               });
}

// Adds u[o, j, c] to y[o, rows(j, offset of u[o, j, 0])(c), c], in the order of j. y has n rows.
template <class T, class Rows>
void scatter(T* y, std::int64_t n, const T* u, const AxisSplit& s, const Rows& rows) {
  for_columns(s, [&](std::int64_t o, std::int64_t first, std::int64_t width) {
    for (std::int64_t j = 0; j < s.n; ++j) {
      const std::int64_t from = (o * s.n + j) * s.inner;
      const auto row = rows(j, from);
      for (std::int64_t c = first; c < first + width; ++c) {
        T& sum = y[(o * n + row(c)) * s.inner + c];
        sum = convert<T>(sum + u[from + c]);
      }
    }
  });
}

}  // namespace

Layout Take::outputs(const Layout& x, const Layout& indices) const {
  Shape shape = x.shape;
  shape.erase(axis);
  for (int i = 0; i < indices.rank(); ++i) shape.insert(axis + i, indices.shape[i]);
  return x.as(shape);
}
void Take::check(View x, View indices) const { check_range(name, indices, axis, x.shape(axis)); }

void Take::run(Cpu, View y, View x, View indices) const noexcept {
  const AxisSplit s(x.layout->shape, axis);
  const std::int64_t m = indices.size(), row = s.inner * static_cast<std::int64_t>(size_of(x.layout->dtype));
  if (y.size() == 0) return;
  visit_indices(indices, [&](const auto* index) {
    visit_row(row, [&](auto known) {
      parallel_for(s.outer * m, std::max<std::int64_t>(1, default_grain / s.inner),
                   [&](std::int64_t begin, std::int64_t end) {
                     take_rows<known>(y.data, x.data, index, m, s, row, begin, end);
                   });
    });
  });
}

Layout Scatter::outputs(const Layout& updates, const Layout& indices) const {
  Shape shape = updates.shape;
  for (int i = 0; i < indices.rank(); ++i) shape.erase(axis);
  shape.insert(axis, length);
  return updates.as(shape);
}
void Scatter::check(View, View indices) const { check_range(name, indices, axis, length); }

void Scatter::run(Cpu, View y, View updates, View indices) const noexcept {
  std::memset(y.data, 0, y.layout->bytes());
  const AxisSplit s(updates.layout->shape, axis, indices.layout->rank());
  visit(y.layout->dtype, [&]<class T>(Type<T>) {
    scatter(y.as<T>(), length, updates.as<T>(), s, [&](std::int64_t j, std::int64_t) {
      return [row = position(indices, j, length)](std::int64_t) { return row; };
    });
  });
}

void TakeAlongAxis::check(View x, View indices) const { check_range(name, indices, axis, x.shape(axis)); }

void TakeAlongAxis::run(Cpu, View y, View x, View indices) const noexcept {
  const AxisSplit s(indices.layout->shape, axis);
  const std::int64_t n = x.shape(axis);
  visit_size(x.layout->dtype, [&]<class T>(T) {
    for_columns(s, [&](std::int64_t o, std::int64_t first, std::int64_t width) {
      for (std::int64_t j = 0; j < s.n; ++j)
        for (std::int64_t c = first, at = (o * s.n + j) * s.inner; c < first + width; ++c)
          y.as<T>()[at + c] = x.as<T>()[(o * n + position(indices, at + c, n)) * s.inner + c];
    });
  });
}

Layout ScatterAlongAxis::outputs(const Layout& updates, const Layout&) const {
  Shape shape = updates.shape;
  shape[axis] = length;
  return updates.as(shape);
}
void ScatterAlongAxis::check(View, View indices) const { check_range(name, indices, axis, length); }

void ScatterAlongAxis::run(Cpu, View y, View updates, View indices) const noexcept {
  std::memset(y.data, 0, y.layout->bytes());
  const AxisSplit s(updates.layout->shape, axis);
  visit(y.layout->dtype, [&]<class T>(Type<T>) {
    scatter(y.as<T>(), length, updates.as<T>(), s, [&](std::int64_t, std::int64_t from) {
      return [=, this](std::int64_t c) { return position(indices, from + c, length); };
    });
  });
}

Layout OneHot::outputs(const Layout& labels) const {
  Shape shape = labels.shape;
  shape.push_back(classes);
  return {dtype, shape};
}

void OneHot::run(Cpu, View y, View labels) const noexcept {
  std::memset(y.data, 0, y.layout->bytes());
  visit(dtype, [&]<class T>(Type<T>) {
    T* row = y.as<T>();
    for_each_offset(*labels.layout, [&](std::int64_t i) {
      if (const std::int64_t k = load(labels, i); k >= 0 && k < classes) row[k] = convert<T>(1);
      row += classes;
    });
  });
}

}  // namespace ramie::kernels
