#include <ramie/tensor/cpu/gemm.h>

#include <algorithm>

#include <ramie/tensor/cpu/tile.h>

namespace ramie::kernels {
namespace {

constexpr std::int64_t depth_bytes = 1024;      // of k in a block: a panel of b then fits the first-level cache
constexpr std::int64_t row_tiles = 16;          // in a block: a's block then fits the second-level cache
constexpr std::int64_t column_panels = 16;      // in a block: b's too
constexpr std::int64_t worth_packing_b = 8;     // so many row tiles read a panel of b ...
constexpr std::int64_t worth_packing_a = 8;     // ... and so many panels a tile's rows of a
constexpr std::int64_t conflicting_bytes = 4096;  // rows so far apart fall on the same lines of the first-level cache

std::int64_t ceil_div(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

struct Range {
  std::int64_t begin, end;
  std::int64_t size() const { return end - begin; }
  Range piece(std::int64_t i, std::int64_t pieces) const {
    return {begin + size() * i / pieces, begin + size() * (i + 1) / pieces};
  }
};

template <class T> class Product {
 public:
  Product(const GemmSize& size, Matrix<const T> a, Matrix<const T> b, Matrix<T> c, std::byte* workspace)
      : size_(size), a_(a), b_(b), c_(c) {
    // The columns of b are vectors' lanes. Where they are not neighbours, the transposed product may have better ones.
    const std::int64_t straight = b.column == 1 ? 0 : size.k * size.n;
    const std::int64_t turned = (a.row == 1 ? 0 : size.k * size.m) + 2 * size.m * size.n;
    if (turned < straight) {
      turned_ = true;
      size_ = {size.n, size.m, size.k};
      a_ = b.transposed();
      b_ = a.transposed();
    }
    packed_b_ = reinterpret_cast<T*>(workspace);
    packed_a_ = packed_b_ + depth() * column_panels * tile_.columns;
    beside_ = packed_a_ + depth() * row_tiles * tile_.rows;
  }
  static std::size_t workspace() {
    const TileSize tile = tile_size<T>();
    const std::int64_t elements = depth() * (column_panels * tile.columns + row_tiles * tile.rows) + tile.rows * tile.columns;
    return static_cast<std::size_t>(elements) * sizeof(T);
  }

  void run() {
    for (std::int64_t n = 0; n < size_.n; n += column_panels * tile_.columns)
      for (std::int64_t k = 0; k < size_.k; k += depth()) {
        const Range columns{n, std::min(n + column_panels * tile_.columns, size_.n)}, sum{k, std::min(k + depth(), size_.k)};
        add_block(columns, sum);
      }
  }

 private:
  static constexpr std::int64_t depth() { return depth_bytes / static_cast<std::int64_t>(sizeof(T)); }

  struct Panel {  // columns of b
    const T* data;
    std::int64_t step;
  };

  void add_block(Range columns, Range sum) {
    const bool pack_b = b_.column != 1 || ceil_div(size_.m, tile_.rows) >= worth_packing_b;
    const std::int64_t panels = ceil_div(columns.size(), tile_.columns);
    Panel list[column_panels];
    for (std::int64_t p = 0; p < panels; ++p) list[p] = panel(columns.begin + p * tile_.columns, columns.end, sum, pack_b, p);
    const bool pack_a = panels >= worth_packing_a ||
                        (a_.column == 1 && a_.row * static_cast<std::int64_t>(sizeof(T)) % conflicting_bytes == 0);
    const std::int64_t tiles = ceil_div(size_.m, tile_.rows), blocks = ceil_div(tiles, row_tiles);
    for (std::int64_t block = 0; block < blocks; ++block) {
      const Range in{tiles * block / blocks, tiles * (block + 1) / blocks};
      if (pack_a)
        for (std::int64_t t = in.begin; t < in.end; ++t) pack_rows(rows(t, tiles), sum, t - in.begin);
      for (std::int64_t p = 0; p < panels; ++p)
        for (std::int64_t t = in.begin; t < in.end; ++t)
          add_tile(rows(t, tiles), sum, list[p], columns.begin + p * tile_.columns, pack_a ? t - in.begin : -1);
    }
  }
  Range rows(std::int64_t tile, std::int64_t tiles) const { return Range{0, size_.m}.piece(tile, tiles); }

  // A whole number of vectors is read of each row of a panel: the last one may need a copy with room.
  Panel panel(std::int64_t first, std::int64_t end, Range sum, bool pack, std::int64_t place) {
    const std::int64_t columns = std::min(tile_.columns, end - first);
    if (!pack && columns % tile_.lanes == 0) return {b_.at(sum.begin, first), b_.row};
    T* to = packed_b_ + place * depth() * tile_.columns;
    const std::int64_t wide = ceil_div(columns, tile_.lanes) * tile_.lanes;
    for (std::int64_t k = sum.begin; k < sum.end; ++k, to += wide) {
      const T* from = b_.at(k, first);
      if (b_.column == 1) std::copy(from, from + columns, to);
      else
        for (std::int64_t n = 0; n < columns; ++n) to[n] = from[n * b_.column];
      std::fill(to + columns, to + wide, T(0));
    }
    return {packed_b_ + place * depth() * tile_.columns, wide};
  }
  T* packed_rows(std::int64_t place) const { return packed_a_ + place * depth() * tile_.rows; }

  // The rows of a tile side by side, for each k.
  void pack_rows(Range rows, Range sum, std::int64_t place) {
    T* to = packed_rows(place);
    for (std::int64_t i = 0; i < rows.size(); ++i)
      for (std::int64_t k = 0; k < sum.size(); ++k) to[k * rows.size() + i] = *a_.at(rows.begin + i, sum.begin + k);
  }

  void add_tile(Range rows, Range sum, const Panel& panel, std::int64_t column, std::int64_t packed) {
    Tile<T> t{.a = a_.at(rows.begin, sum.begin), .b = panel.data, .c = c_.at(rows.begin, column), .runs = rows.size(),
              .run_step = a_.row, .columns = std::min(tile_.columns, size_.n - column), .c_step = c_.row,
              .count = {1, 1, sum.size()}, .a_step = {0, 0, a_.column}, .b_step = {0, 0, panel.step}, .add = sum.begin > 0};
    if (packed >= 0) t.a = packed_rows(packed), t.a_step[2] = rows.size();
    if (packed >= 0 || a_.row == 1) t.runs = 1, t.run = rows.size();
    if (turned_) add_turned(t, rows, column);
    else multiply_tile(t);
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
  bool turned_ = false;
  T *packed_b_, *packed_a_, *beside_;
};

}  // namespace

std::size_t gemm_workspace(DType dtype) { return dtype == float64 ? Product<double>::workspace() : Product<float>::workspace(); }

void gemm(const GemmSize& size, Matrix<const float> a, Matrix<const float> b, Matrix<float> c, std::byte* workspace) {
  Product<float>(size, a, b, c, workspace).run();
}
void gemm(const GemmSize& size, Matrix<const double> a, Matrix<const double> b, Matrix<double> c, std::byte* workspace) {
  Product<double>(size, a, b, c, workspace).run();
}

}  // namespace ramie::kernels
