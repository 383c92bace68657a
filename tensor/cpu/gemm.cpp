#include <ramie/tensor/cpu/gemm.h>

#include <algorithm>
#include <utility>

#include <ramie/tensor/cpu/tile.h>

namespace ramie::kernels {
namespace {

constexpr std::int64_t depth_bytes = 2048;    // of k in a block
constexpr std::int64_t row_tiles = 8;         // in a block: a's block then fits the second-level cache
constexpr std::int64_t column_panels = 64;    // in a block
constexpr std::int64_t worth_packing_a = 16;  // so many panels read a tile's rows of a,
constexpr std::int64_t worth_packing_b = 32;  // so many tiles a panel of b,
constexpr std::int64_t worth_untangling = 4;  // or so many where its rows conflict:
constexpr std::int64_t conflict_bytes =
    2048;                           // at such multiples they fall on few lines of the first-level cache
constexpr std::int64_t strip = 16;  // rows of b that are packed together

std::int64_t ceil_div(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

struct Range {
  std::int64_t begin, end;
  std::int64_t size() const { return end - begin; }
  Range piece(std::int64_t i, std::int64_t pieces) const {
    return {begin + size() * i / pieces, begin + size() * (i + 1) / pieces};
  }
};

template <class T>
class Product {
 public:
  Product(const GemmSize& size, Matrix<const T> a, Matrix<const T> b, Matrix<T> c, std::byte* workspace)
      : size_(size), a_(a), b_(b), c_(c), depth_(depth(size)) {
    // The columns of b are vectors' lanes. Where they are not neighbours, the transposed product may have
    // better ones.
    const std::int64_t straight = b.column == 1 ? 0 : size.k * size.n;
    const std::int64_t turned = (a.row == 1 ? 0 : size.k * size.m) + size.m * size.n;
    if (turned < straight) turn();
    packed_b_ = reinterpret_cast<T*>(workspace);
    packed_a_ = packed_b_ + depth_ * panels_of(size_.n) * tile_.columns;
    beside_ = packed_a_ + row_pitch(depth_) * row_tiles * tile_.rows;
  }
  static std::size_t workspace(const GemmSize& size) {
    const TileSize tile = tile_size<T>();
    const std::int64_t b = depth(size) * panels_of(std::max(size.m, size.n)) * tile.columns;
    const std::int64_t a = row_pitch(depth(size)) * row_tiles * tile.rows;
    return static_cast<std::size_t>(b + a + tile.rows * tile.columns) * sizeof(T);
  }

  void run(const Finish& finish, std::int64_t first) {
    for (std::int64_t n = 0; n < size_.n; n += column_panels * tile_.columns)
      for (std::int64_t k = 0; k < size_.k; k += depth_) {
        const Range columns{n, std::min(n + column_panels * tile_.columns, size_.n)},
            sum{k, std::min(k + depth_, size_.k)};
        const bool last = sum.end == size_.k && !turned_;
        add_block(columns, sum, [&](Range rows) {
          if (last)
            finish.block(first + rows.begin * c_.row + columns.begin, rows.size(), columns.size(), c_.row);
        });
      }
    if (turned_) finish.block(first, size_.n, size_.m, c_.row);
  }

 private:
  void turn() {
    turned_ = true;
    std::swap(size_.m, size_.n);
    std::swap(a_, b_);
    a_ = a_.transposed();
    b_ = b_.transposed();
  }
  static std::int64_t depth(const GemmSize& size) {
    return std::min(size.k, depth_bytes / static_cast<std::int64_t>(sizeof(T)));
  }
  // Between packed rows of a: a little more than their length, so that they do not conflict.
  static std::int64_t row_pitch(std::int64_t depth) { return depth + strip; }
  static std::int64_t panels_of(std::int64_t columns) {
    return std::min(ceil_div(columns, tile_size<T>().columns), column_panels);
  }

  struct Panel {  // columns of b
    const T* data;
    std::int64_t step;
  };

  // Calls done(rows) after each of some rows.
  template <class F>
  void add_block(Range columns, Range sum, const F& done) {
    const std::int64_t tiles = ceil_div(size_.m, tile_.rows), blocks = ceil_div(tiles, row_tiles);
    const std::int64_t panels = panels_of(columns.size());
    pack_b_ = b_.column != 1 || tiles >= (conflicts(b_.row) ? worth_untangling : worth_packing_b);
    pack_a_ = panels >= (conflicts(a_.row) ? worth_untangling : worth_packing_a);
    pack_panels(columns, pack_b_ ? 0 : columns.size() / tile_.columns, panels, sum);
    for (std::int64_t block = 0; block < blocks; ++block) {
      const Range some{tiles * block / blocks, tiles * (block + 1) / blocks};
      add_rows(columns, sum, some, tiles);
      done(Range{rows(some.begin, tiles).begin, rows(some.end - 1, tiles).end});
    }
  }
  // Some of the row tiles.
  void add_rows(Range columns, Range sum, Range some, std::int64_t tiles) {
    if (pack_a_)
      for (std::int64_t t = some.begin; t < some.end; ++t) pack_rows(rows(t, tiles), sum, t - some.begin);
    for (std::int64_t p = 0; p < panels_of(columns.size()); ++p)
      for (std::int64_t t = some.begin; t < some.end; ++t)
        add_tile(rows(t, tiles), sum, panel(columns, p, sum), columns.begin + p * tile_.columns,
                 t - some.begin);
  }
  static bool conflicts(std::int64_t step) {
    return step * static_cast<std::int64_t>(sizeof(T)) % conflict_bytes == 0;
  }
  Range rows(std::int64_t tile, std::int64_t tiles) const { return Range{0, size_.m}.piece(tile, tiles); }

  // A whole number of vectors is read of each row of a panel, so the last one may need a copy with room.
  bool whole(Range columns) const { return columns.size() % tile_.lanes == 0; }
  std::int64_t wide(Range columns) const { return ceil_div(columns.size(), tile_.lanes) * tile_.lanes; }
  Range columns_of(Range block, std::int64_t panel) const {
    const std::int64_t begin = block.begin + panel * tile_.columns;
    return {begin, std::min(begin + tile_.columns, block.end)};
  }
  T* packed_panel(std::int64_t panel) const { return packed_b_ + panel * depth_ * tile_.columns; }
  Panel panel(Range block, std::int64_t p, Range sum) const {
    const Range columns = columns_of(block, p);
    if (pack_b_ || !whole(columns)) return {packed_panel(p), wide(columns)};
    return {b_.at(sum.begin, columns.begin), b_.row};
  }
  // Strip by strip of k over all panels, so that the rows of b are read along.
  void pack_panels(Range block, std::int64_t first, std::int64_t panels, Range sum) {
    for (std::int64_t k = sum.begin; k < sum.end; k += strip)
      for (std::int64_t p = first; p < panels; ++p) {
        const Range columns = columns_of(block, p), part{k, std::min(k + strip, sum.end)};
        const std::int64_t width = wide(columns);
        const Matrix<T> to{packed_panel(p) + (k - sum.begin) * width, width, 1};
        if (!whole(columns)) std::fill_n(to.data, part.size() * width, T(0));
        copy(b_.part(k, columns.begin), part.size(), columns.size(), to);
      }
  }
  // Rows stay rows in the copy, and columns columns, so that most copies move whole lines.
  Matrix<T> packed_rows(std::int64_t place, Range rows) const {
    T* to = packed_a_ + place * row_pitch(depth_) * tile_.rows;
    return a_.row == 1 ? Matrix<T>{to, 1, rows.size()} : Matrix<T>{to, row_pitch(depth_), 1};
  }
  void pack_rows(Range rows, Range sum, std::int64_t place) {
    const Matrix<const T> from = a_.part(rows.begin, sum.begin);
    const Matrix<T> to = packed_rows(place, rows);
    if (a_.row == 1)
      copy(from.transposed(), sum.size(), rows.size(), to.transposed());
    else
      copy(from, rows.size(), sum.size(), to);
  }
  // to's columns are neighbours; where those of `from` are not, its rows may be.
  static void copy(Matrix<const T> from, std::int64_t rows, std::int64_t columns, Matrix<T> to) {
    if (from.column == 1) {
      for (std::int64_t i = 0; i < rows; ++i) std::copy_n(from.at(i, 0), columns, to.at(i, 0));
      return;
    }
    for (std::int64_t j = 0; j < columns; ++j)
      for (std::int64_t i = 0; i < rows; ++i) *to.at(i, j) = *from.at(i, j);
  }

  void add_tile(Range rows, Range sum, const Panel& panel, std::int64_t column, std::int64_t place) {
    Tile<T> t{.a = a_.at(rows.begin, sum.begin),
              .b = panel.data,
              .c = c_.at(rows.begin, column),
              .runs = rows.size(),
              .run_step = a_.row,
              .columns = std::min(tile_.columns, size_.n - column),
              .c_step = c_.row,
              .count = {1, 1, sum.size()},
              .a_step = {0, 0, a_.column},
              .b_step = {0, 0, panel.step},
              .add = sum.begin > 0};
    if (pack_a_) {
      const Matrix<T> a = packed_rows(place, rows);
      t.a = a.data, t.run_step = a.row, t.a_step[2] = a.column;
    }
    if (t.run_step == 1) t.runs = 1, t.run = rows.size();
    if (turned_)
      add_turned(t, rows, column);
    else
      multiply_tile(t);
  }
  // Through a copy: c has the tile's rows in its columns.
  void add_turned(Tile<T> t, Range rows, std::int64_t column) {
    T* c = c_.at(column, rows.begin);
    t.c = beside_, t.c_step = tile_.columns;
    for (std::int64_t n = 0; t.add && n < t.columns; ++n)
      for (std::int64_t r = 0; r < rows.size(); ++r) beside_[r * tile_.columns + n] = c[n * c_.row + r];
    multiply_tile(t);
    for (std::int64_t n = 0; n < t.columns; ++n)
      for (std::int64_t r = 0; r < rows.size(); ++r) c[n * c_.row + r] = beside_[r * tile_.columns + n];
  }

  const TileSize tile_ = tile_size<T>();
  GemmSize size_;
  Matrix<const T> a_, b_;
  Matrix<T> c_;
  std::int64_t depth_;  // of a block
  bool turned_ = false, pack_a_ = false, pack_b_ = false;
  T *packed_b_, *packed_a_, *beside_;
};

}  // namespace

std::size_t gemm_workspace(DType dtype, const GemmSize& size) {
  return dtype == float64 ? Product<double>::workspace(size) : Product<float>::workspace(size);
}

void gemm(const GemmSize& size, Matrix<const float> a, Matrix<const float> b, Matrix<float> c,
          std::byte* workspace, const Finish& finish, std::int64_t first) {
  Product<float>(size, a, b, c, workspace).run(finish, first);
}
void gemm(const GemmSize& size, Matrix<const double> a, Matrix<const double> b, Matrix<double> c,
          std::byte* workspace, const Finish& finish, std::int64_t first) {
  Product<double>(size, a, b, c, workspace).run(finish, first);
}

}  // namespace ramie::kernels
