#include <ramie/autograd/ops/shape_diagonal.h>

#include <fmt/format.h>

#include <ramie/autograd/ops/elementwise.h>
#include <ramie/autograd/ops/reduce.h>
#include <ramie/autograd/ops/shape.h>
#include <ramie/autograd/ops/shape_arrange.h>
#include <ramie/tensor/error.h>

namespace ramie {
namespace {

void check_matrix(const char* op, const Tensor& x) {
  if (x.rank() < 2) fail(op, fmt::format("{} is no matrix: two axes are needed.", str(x.layout())));
}

// Column minus row, for each element of a matrix.
Tensor offsets(std::int64_t rows, std::int64_t columns) {
  if (rows < 0 || columns < 0)
    fail("tri", fmt::format("{} rows and {} columns: neither may be negative.", rows, columns));
  return arange(columns) - expand_dims(arange(rows), 1);
}
Tensor offsets(const Tensor& x) {
  const DeviceScope on(x.device());
  return offsets(x.shape(-2), x.shape(-1));
}

// Where a diagonal begins among a matrix's elements in row-major order, and how long it is.
struct Diagonal {
  std::int64_t first, count;
  Diagonal(std::int64_t rows, std::int64_t columns, std::int64_t offset)
      : first(offset < 0 ? -offset * columns : offset),
        count(std::max<std::int64_t>(0, std::min(rows + std::min<std::int64_t>(offset, 0),
                                                 columns - std::max<std::int64_t>(offset, 0)))) {}
};

Shape last_replaced(Shape shape, int axes, std::initializer_list<std::int64_t> by) {
  for (; axes > 0; --axes) shape.erase(shape.rank() - 1);
  for (auto n : by) shape.push_back(n);
  return shape;
}

}  // namespace

Tensor diagonal(const Tensor& x, std::int64_t offset, std::int64_t axis1, std::int64_t axis2) {
  check_matrix("diagonal", x);
  const int a = normalize_axis("diagonal", axis1, x.rank()), b = normalize_axis("diagonal", axis2, x.rank());
  if (a == b) fail("diagonal", fmt::format("axes {} and {} are the same.", axis1, axis2));
  if (a != x.rank() - 2 || b != x.rank() - 1) return diagonal(moveaxis(x, {a, b}, {-2, -1}), offset, -2, -1);
  const std::int64_t rows = x.shape(-2), columns = x.shape(-1);
  const Diagonal d(rows, columns, offset);
  const Tensor flat = reshape(x, last_replaced(x.shape(), 2, {rows * columns}));
  if (d.count == 0) return slice(flat, -1, 0, 0);
  return slice(flat, -1, d.first, d.first + (d.count - 1) * (columns + 1) + 1, columns + 1);
}

Tensor trace(const Tensor& x, std::int64_t offset, std::int64_t axis1, std::int64_t axis2) {
  check_matrix("trace", x);
  return sum(diagonal(x, offset, axis1, axis2), {-1});
}

Tensor diag_embed(const Tensor& x, std::int64_t offset) {
  if (x.rank() == 0) fail("diag_embed", "a number has no axis to set on a diagonal.");
  const std::int64_t n = x.shape(-1) + std::abs(offset);
  detail::Steps s{x.shape(), x.shape(), x.shape()};
  for (int i = 0; i < x.rank(); ++i) s.first[i] = 0, s.step[i] = 1;
  s.first[-1] = Diagonal(n, n, offset).first;
  s.step[-1] = n + 1;
  const Tensor flat = detail::place(x, last_replaced(x.shape(), 1, {n * n}), s);
  return reshape(flat, last_replaced(x.shape(), 1, {n, n}));
}

Tensor diag(const Tensor& x, std::int64_t offset) {
  if (x.rank() != 1 && x.rank() != 2)
    fail("diag",
         fmt::format("{} has neither one axis nor two: use diagonal or diag_embed.", str(x.layout())));
  return x.rank() == 1 ? diag_embed(x, offset) : diagonal(x, offset);
}

Tensor tril(const Tensor& x, std::int64_t offset) {
  check_matrix("tril", x);
  return where(offsets(x) <= offset, x, false);
}
Tensor triu(const Tensor& x, std::int64_t offset) {
  check_matrix("triu", x);
  return where(offsets(x) >= offset, x, false);
}

Tensor tri(std::int64_t rows, std::int64_t columns, std::int64_t offset, DType dtype) {
  return astype(offsets(rows, columns < 0 ? rows : columns) <= offset, dtype);
}
Tensor eye(std::int64_t rows, std::int64_t columns, std::int64_t offset, DType dtype) {
  return astype(offsets(rows, columns) == offset, dtype);
}

}  // namespace ramie
