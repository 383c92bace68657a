#include <ramie/tensor/ops/matmul.h>

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include <ramie/tensor/cpu/accumulator.h>
#include <ramie/tensor/cpu/blas.h>
#include <ramie/tensor/cpu/finish.h>
#include <ramie/tensor/cpu/gemm.h>
#include <ramie/tensor/cpu/parallel.h>
#include <ramie/tensor/cpu/tile.h>
#include <ramie/tensor/cpu/vector_products.h>
#include <ramie/tensor/error.h>

namespace ramie::kernels {
namespace {

constexpr std::int64_t worthwhile = 1 << 16;  // multiplications that pay for waking a thread
constexpr std::int64_t vector_rows = 256;     // of a product with a vector, in one call

std::int64_t ceil_div(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }
std::size_t aligned(std::size_t bytes) { return (bytes + 63) / 64 * 64; }

// The offset of the index-th of the first `axes` axes' elements, counted in row-major order.
std::int64_t offset_of(const Layout& l, int axes, std::int64_t index) {
  std::int64_t offset = 0;
  for (int i = axes; i-- > 0; index /= l.shape[i]) offset += index % l.shape[i] * l.strides[i];
  return offset;
}

bool small(DType t) { return size_of(t) < sizeof(float); }
std::size_t float_bytes(const Layout& l) { return aligned(static_cast<std::size_t>(l.size) * sizeof(float)); }
GemmSize size_of_products(const Layout& a, const Layout& b) {
  return {a.shape[-2], b.shape[-1], a.shape[-1]};
}
std::int64_t batches_of(const Layout& l) {
  std::int64_t n = 1;
  for (int i = 0; i < l.rank() - 2; ++i) n *= l.shape[i];
  return n;
}

// The same elements in float, dense.
template <class From>
View widened(View x, Layout& layout, std::byte*& workspace) {
  layout = x.layout->as(float32);
  float* to = reinterpret_cast<float*>(std::exchange(workspace, workspace + float_bytes(layout)));
  for_each_offset(*x.layout, [&](std::int64_t at) { *to++ = convert<float>(x.as<From>()[at]); });
  return {workspace - float_bytes(layout), &layout};
}

// The matrices of a view, by their number in row-major order of the batch axes.
template <class T>
Matrix<T> matrix(View x, std::int64_t batch) {
  const Layout& l = *x.layout;
  // An axis of length 1 has no neighbours: any stride will do, and 1 is the best.
  const std::int64_t row = l.shape[-2] > 1 ? l.strides[-2] : 1, column = l.shape[-1] > 1 ? l.strides[-1] : 1;
  return {x.as<T>() + offset_of(l, l.rank() - 2, batch), row, column};
}

// How a product is cut for so many threads: the largest part should be small, and its rows whole.
struct Grid {
  std::int64_t rows = 1, columns = 1;
  Grid(const GemmSize& s, const TileSize& tile, std::int64_t wanted) {
    const std::int64_t tall = ceil_div(s.m, tile.rows), wide = ceil_div(s.n, tile.columns);
    std::int64_t smallest = tall * wide;
    for (std::int64_t r = 1; r <= wanted; ++r) {
      const std::int64_t largest = ceil_div(tall, r) * ceil_div(wide, wanted / r);
      if (largest <= smallest) smallest = largest, rows = r, columns = wanted / r;
    }
  }
};

template <class T>
class Products {
 public:
  Products(View y, View a, View b, std::byte* workspace, int workers, const Finish& finish)
      : y_(y),
        a_(a),
        b_(b),
        workspace_(workspace),
        workers_(workers),
        finish_(finish),
        size_(size_of_products(*a.layout, *b.layout)) {}

  void run() const {
    if (size_.k == 1 && multiply_outer()) return;
    if (size_.n == 1 && multiply_vectors(false)) return;
    if (size_.m == 1 && multiply_vectors(true)) return;
    multiply_matrices();
  }

 private:
  void multiply_matrices() const {
    const std::int64_t batches = batches_of(*y_.layout), work = size_.m * size_.n * size_.k;
    const Grid grid(size_, tile_size<T>(),
                    std::clamp<std::int64_t>(work / worthwhile, 1, ceil_div(workers_, batches)));
    const std::int64_t parts = grid.rows * grid.columns, tasks = batches * parts;
    const std::int64_t grain =
        std::max(ceil_div(worthwhile, ceil_div(work, parts)), ceil_div(tasks, workers_));
    parallel_for(tasks, grain, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t t = begin; t < end; ++t) multiply_part(t / parts, t % parts, grid);
    });
  }
  void multiply_part(std::int64_t batch, std::int64_t part, const Grid& grid) const {
    const std::int64_t i = part / grid.columns, j = part % grid.columns;
    const std::int64_t row = size_.m * i / grid.rows, rows = size_.m * (i + 1) / grid.rows - row;
    const std::int64_t column = size_.n * j / grid.columns,
                       columns = size_.n * (j + 1) / grid.columns - column;
    const auto slot = static_cast<std::size_t>(omp_get_thread_num() % workers_);
    gemm({rows, columns, size_.k}, matrix<const T>(a_, batch).part(row, 0),
         matrix<const T>(b_, batch).part(0, column),
         Matrix<T>{y_.as<T>() + batch * size_.m * size_.n, size_.n, 1}.part(row, column),
         workspace_ + slot * aligned(gemm_workspace(dtype_of<T>(), size_)), finish_,
         (batch * size_.m + row) * size_.n + column);
  }

  // Calls f(batch, row, next) for pieces of rows, whose bounds depend on the shape alone.
  template <class F>
  void for_rows(std::int64_t rows, std::int64_t width, std::int64_t work, const F& f) const {
    const std::int64_t pieces = ceil_div(rows, vector_rows);
    parallel_for(batches_of(*y_.layout) * pieces, ceil_div(worthwhile, vector_rows * work),
                 [&](std::int64_t begin, std::int64_t end) {
                   for (std::int64_t t = begin; t < end; ++t) {
                     const std::int64_t batch = t / pieces, row = rows * (t % pieces) / pieces,
                                        next = rows * (t % pieces + 1) / pieces;
                     f(batch, row, next);
                     finish_((batch * rows + row) * width, (batch * rows + next) * width);
                   }
                 });
  }

  // y = a x, or turned y^T = b^T a^T, if the matrix's rows or columns lie as BLAS takes them.
  bool multiply_vectors(bool turned) const {
    const auto left = [&](std::int64_t batch) {
      return turned ? matrix<const T>(b_, batch).transposed() : matrix<const T>(a_, batch);
    };
    const auto right = [&](std::int64_t batch) {
      return turned ? matrix<const T>(a_, batch).transposed() : matrix<const T>(b_, batch);
    };
    const std::int64_t m = turned ? size_.n : size_.m, k = size_.k;
    const Matrix<const T> first = left(0);
    const bool rows = first.column == 1 && first.row >= k, columns = first.row == 1 && first.column >= m;
    if (!(rows || columns) || right(0).row <= 0) return false;
    for_rows(m, 1, k, [&](std::int64_t batch, std::int64_t row, std::int64_t next) {
      const Matrix<const T> a = left(batch).part(row, 0), x = right(batch);
      T* y = y_.as<T>() + batch * m + row;
      if (columns && m <= narrow_columns)
        multiply(RowTimesMatrix<T>{m, k, x.data, a.data, y, x.row, a.column});
      else
        blas::multiply({next - row, k, rows ? a.row : a.column, !rows}, a.data, x.data, x.row, y);
    });
    return true;
  }
  bool multiply_outer() const {
    if (matrix<const T>(b_, 0).column != 1) return false;
    for_rows(size_.m, size_.n, size_.n, [&](std::int64_t batch, std::int64_t row, std::int64_t next) {
      const Matrix<const T> a = matrix<const T>(a_, batch).part(row, 0);
      multiply(OuterProduct<T>{next - row, size_.n, a.data, matrix<const T>(b_, batch).data,
                               y_.as<T>() + (batch * size_.m + row) * size_.n, a.row});
    });
    return true;
  }
  View y_, a_, b_;
  std::byte* workspace_;
  int workers_;
  Finish finish_;
  GemmSize size_;
};

template <class T>
void multiply_all(Cpu cpu, View y, View a, View b, int workers) {
  std::byte* workspace = cpu.workspace;
  const Finish finish(cpu, y);
  if (y.size() == 0 || a.size() == 0) {  // sums of nothing
    std::fill_n(y.as<T>(), y.size(), T(0));
    finish(0, y.size());
  } else if constexpr (std::is_same_v<T, Accumulator<T>>) {
    Products<T>(y, a, b, workspace, workers, finish).run();
  } else {
    Layout wide_a, wide_b, wide_y = y.layout->as(float32);
    const View left = widened<T>(a, wide_a, workspace), right = widened<T>(b, wide_b, workspace);
    const View wide{std::exchange(workspace, workspace + float_bytes(wide_y)), &wide_y};
    Products<float>(wide, left, right, workspace, workers, Finish()).run();
    for (std::int64_t i = 0; i < y.size(); ++i) y.as<T>()[i] = convert<T>(wide.as<float>()[i]);
    finish(0, y.size());
  }
}

}  // namespace

Layout Matmul::outputs(const Layout& a, const Layout& b) const {
  const auto bad = [&](const char* what) {
    fail("matmul", fmt::format("{}: a is {}, b {}.", what, str(a), str(b)));
  };
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
  const std::size_t wide = small(a.dtype) ? float_bytes(a) + float_bytes(b) + float_bytes(outputs(a, b)) : 0;
  return wide + static_cast<std::size_t>(workers) * aligned(gemm_workspace(a.dtype, size_of_products(a, b)));
}

void Matmul::run(Cpu cpu, View y, View a, View b) const noexcept {
  visit(y.layout->dtype, [&]<class T>(Type<T>) {
    if constexpr (std::is_integral_v<T>) {
      naive::Matmul{}.run(cpu, y, a, b);
      Finish(cpu, y)(0, y.size());
    } else {
      multiply_all<T>(cpu, y, a, b, workers);
    }
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
        sum += convert<Accumulator<T>>(row[l * la.strides[-1]]) *
               convert<Accumulator<T>>(column[l * lb.strides[-2]]);
      y.as<T>()[e] = convert<T>(sum);
    }
  });
}

}  // namespace naive
}  // namespace ramie::kernels
