#include <ramie/tensor/ops/matmul.h>

#include <fmt/format.h>

#include <algorithm>

#include <ramie/tensor/cpu/accumulator.h>
#include <ramie/tensor/cpu/blas.h>
#include <ramie/tensor/cpu/parallel.h>
#include <ramie/tensor/error.h>

namespace ramie::kernels {
namespace {

using blas::Matrix;

// The offset of the index-th of the first `axes` axes' elements, counted in row-major order.
std::int64_t offset_of(const Layout& l, int axes, std::int64_t index) {
  std::int64_t offset = 0;
  for (int i = axes; i-- > 0; index /= l.shape[i]) offset += index % l.shape[i] * l.strides[i];
  return offset;
}

// What BLAS computes in: double, or float for the smaller types.
template <class T> using Real = Accumulator<T>;

std::size_t real_size(DType t) { return t == float64 ? sizeof(double) : sizeof(float); }
std::size_t aligned(std::size_t bytes) { return (bytes + 63) / 64 * 64; }

bool row_major(const Layout& l) {
  return (l.strides[-1] == 1 || l.shape[-1] <= 1) && (l.strides[-2] >= std::max<std::int64_t>(l.shape[-1], 1) || l.shape[-2] <= 1);
}
Layout transposed(Layout l) {
  std::swap(l.shape[-1], l.shape[-2]);
  std::swap(l.strides[-1], l.strides[-2]);
  return l;
}
bool needs_copy(const Layout& l) {
  return size_of(l.dtype) < sizeof(float) || !(row_major(l) || row_major(transposed(l)));
}

template <class T, class From> void copy_dense(View from, T* to) {
  const Layout& l = *from.layout;
  const std::int64_t columns = l.shape[-1], stride = l.strides[-1];
  parallel_for(l.size / std::max<std::int64_t>(columns, 1), default_grain / std::max<std::int64_t>(columns, 1) + 1,
               [&](std::int64_t begin, std::int64_t end) {
                 for (std::int64_t row = begin; row < end; ++row) {
                   const From* x = from.as<From>() + offset_of(l, l.rank() - 1, row);
                   for (std::int64_t i = 0; i < columns; ++i) to[row * columns + i] = convert<T>(x[i * stride]);
                 }
               });
}

// An input as BLAS takes it: itself, or a dense copy in the workspace.
template <class T> struct Operand {
  Layout layout;
  Matrix<const T> first;

  template <class From> Operand(Type<From>, View x, std::byte*& workspace) : layout(*x.layout) {
    const T* data = reinterpret_cast<const T*>(x.data);
    if (needs_copy(layout)) {
      copy_dense<T, From>(x, reinterpret_cast<T*>(workspace));
      data = reinterpret_cast<const T*>(workspace);
      workspace += aligned(static_cast<std::size_t>(layout.size) * sizeof(T));
      layout = layout.compact();
    }
    const bool rows = row_major(layout);
    const Layout l = rows ? layout : transposed(layout);
    first = {data, l.shape[-2] <= 1 ? l.shape[-1] : l.strides[-2], !rows};
  }
  // The part of matrix `batch` that begins at an element.
  Matrix<const T> part(std::int64_t batch, std::int64_t row, std::int64_t column) const {
    const std::int64_t at = offset_of(layout, layout.rank() - 2, batch);
    const std::int64_t in = first.transposed ? column * first.leading + row : row * first.leading + column;
    return {first.data + at + in, first.leading, first.transposed};
  }
};

// Lengths cut into pieces of nearly the same size; by the length alone, so that bits do not depend on threads.
struct Pieces {
  std::int64_t length, count;
  Pieces(std::int64_t n, std::int64_t longest) : length(n), count((n + longest - 1) / longest) {}
  std::int64_t begin(std::int64_t i) const { return length * i / count; }
  std::int64_t size(std::int64_t i) const { return begin(i + 1) - begin(i); }
};

template <class T> void multiply(const Operand<T>& a, const Operand<T>& b, T* y) {
  const std::int64_t m = a.layout.shape[-2], k = a.layout.shape[-1], n = b.layout.shape[-1];
  if (m * n == 0) return;
  const Pieces rows(m, 512), columns(n, 512);
  const std::int64_t tiles = rows.count * columns.count, batches = a.layout.size && b.layout.size ? a.layout.size / (m * k) : 0;
  parallel_for(batches * tiles, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t t = begin; t < end; ++t) {
      const std::int64_t batch = t / tiles, i = t % tiles / columns.count, j = t % columns.count;
      const std::int64_t row = rows.begin(i), column = columns.begin(j);
      blas::multiply(rows.size(i), columns.size(j), k, a.part(batch, row, 0), b.part(batch, 0, column),
                     {y + (batch * m + row) * n + column, n});
    }
  });
}

template <class T> void multiply(Cpu cpu, View y, View a, View b) {
  using R = Real<T>;
  std::byte* workspace = cpu.workspace;
  const Operand<R> left(Type<T>{}, a, workspace), right(Type<T>{}, b, workspace);
  if (a.size() == 0 || b.size() == 0) {  // sums of nothing
    std::fill_n(y.as<T>(), y.size(), T(0));
  } else if constexpr (std::is_same_v<T, R>) {
    multiply(left, right, y.as<T>());
  } else {
    multiply(left, right, reinterpret_cast<R*>(workspace));
    copy_dense<T, R>({workspace, y.layout}, y.as<T>());
  }
}

}  // namespace

Layout Matmul::outputs(const Layout& a, const Layout& b) const {
  const auto bad = [&](const char* what) { fail("matmul", fmt::format("{}: a is {}, b {}.", what, str(a), str(b))); };
  if (a.rank() < 2 || a.rank() != b.rank()) bad("matrices with the same number of batch axes are needed");
  if (a.dtype != b.dtype) bad("the dtypes differ");
  Shape shape = a.shape;
  shape[-1] = b.shape[-1];
  for (int i = 0; i < a.rank() - 2; ++i)
    if (a.shape[i] != b.shape[i]) bad("the batch axes differ");
  if (a.shape[-1] != b.shape[-2])
    bad(fmt::format("the columns of a ({}) are not the rows of b ({})", a.shape[-1], b.shape[-2]).c_str());
  return {a.dtype, shape};
}

std::size_t Matmul::workspace(const Layout& a, const Layout& b) const {
  if (!is_floating(a.dtype)) return 0;
  std::size_t bytes = 0;
  for (const Layout* l : {&a, &b})
    if (needs_copy(*l)) bytes += aligned(static_cast<std::size_t>(l->size) * real_size(l->dtype));
  if (size_of(a.dtype) < sizeof(float)) bytes += static_cast<std::size_t>(outputs(a, b).size) * sizeof(float);
  return bytes;
}

void Matmul::run(Cpu cpu, View y, View a, View b) const noexcept {
  visit(y.layout->dtype, [&]<class T>(Type<T>) {
    if constexpr (std::is_integral_v<T>) naive::Matmul{}.run(cpu, y, a, b);
    else multiply<T>(cpu, y, a, b);
  });
}

namespace naive {

void Matmul::run(Cpu, View y, View a, View b) const noexcept {
  const Layout &la = *a.layout, &lb = *b.layout;
  const std::int64_t m = y.layout->shape[-2], n = y.layout->shape[-1], k = la.shape[-1];
  visit(y.layout->dtype, [&]<class T>(Type<T>) {
    for (std::int64_t e = 0; e < y.size(); ++e) {
      const std::int64_t batch = e / (m * n), i = e / n % m, j = e % n;
      const T* row = a.as<T>() + offset_of(la, la.rank() - 2, batch) + i * la.strides[-2];
      const T* column = b.as<T>() + offset_of(lb, lb.rank() - 2, batch) + j * lb.strides[-1];
      Accumulator<T> sum = 0;
      for (std::int64_t l = 0; l < k; ++l)
        sum += convert<Accumulator<T>>(row[l * la.strides[-1]]) * convert<Accumulator<T>>(column[l * lb.strides[-2]]);
      y.as<T>()[e] = convert<T>(sum);
    }
  });
}

}  // namespace naive
}  // namespace ramie::kernels
