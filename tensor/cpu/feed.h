// One operand of any layout and dtype, brought to where a loop can read it: in place where it lies so, else
// as one value or as a tile of converted elements.
//
//   Feed x(view, begin, float32, 512);
//   for (std::int64_t at = begin, n; at < end; at += n) {
//     n = x.limit(end - at);
//     Source s = x.next(n);
//   }
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include <ramie/tensor/cpu/loops.h>
#include <ramie/tensor/ops/cast.h>
#include <ramie/tensor/ops/elementwise.h>

namespace ramie::kernels {

class Feed {
 public:
  static constexpr std::int64_t longest_tile = 1024;  // elements
  static constexpr std::int64_t shortest_row = 64;    // rows below this are gathered into tiles
  static constexpr std::int64_t few = 8;              // elements of a row, such as a pixel's channels

  // From element `at` on. A tile should stay in the nearest cache.
  Feed(View x, std::int64_t at, DType in, std::int64_t tile)
      : x_(x),
        most_(tile),
        bytes_(static_cast<std::int64_t>(size_of(x.layout->dtype))),
        in_bytes_(static_cast<std::int64_t>(size_of(in))),
        in_place_(x.layout->dtype == in),
        load_(converter(in, x.layout->dtype)),
        cursor_(*x.layout, at),
        column_(cursor_.column()),
        position_(at) {
    const bool row_lies_so = cursor_.step() == 0 || (in_place_ && cursor_.step() == 1);
    kind_ = repeats() ? Kind::pattern : cursor_.row() >= shortest_row && row_lies_so ? Kind::row : Kind::tile;
    short_rows_ = cursor_.axes().rank > 1 && cursor_.row() <= few && (cursor_.step() == 0 || in_place_);
  }
  // How many of the next n elements can be had at once.
  std::int64_t limit(std::int64_t n) const {
    if (kind_ == Kind::tile) return std::min(n, most_);
    if (kind_ == Kind::pattern) return std::min(n, most_ / cursor_.row() * cursor_.row());
    return std::min(n, cursor_.run());
  }
  Source next(std::int64_t n) {
    if (kind_ == Kind::pattern) return pattern(n);
    if (kind_ == Kind::tile) return short_rows_ ? gather_short(n) : gather(n);
    const std::byte* p = x_.data + cursor_.offset() * bytes_;
    cursor_.advance(n);
    if (cursor_.step() == 1) return {p, 1};
    if (in_place_) return {p, 0};
    load_(1, tile_, p, 1);
    return {tile_, 0};
  }

 private:
  enum class Kind { row, tile, pattern };

  // One short row again and again, as a bias is.
  bool repeats() const {
    const Axes& axes = cursor_.axes();
    return axes.rank == 2 && axes.stride[0] == 0 && axes.length[1] <= most_ / 2;
  }
  Source gather(std::int64_t n) {
    for (std::int64_t at = 0, k; at < n; at += k, cursor_.advance(k)) {
      k = std::min(n - at, cursor_.run());
      load_(k, tile_ + at * in_bytes_, x_.data + cursor_.offset() * bytes_, cursor_.step());
    }
    return {tile_, 1};
  }
  // A call for each row of a few elements would take longer than all the rest.
  Source gather_short(std::int64_t n) {
    const Axes& axes = cursor_.axes();
    const std::int64_t row = cursor_.row(), above = axes.length[axes.rank - 2];
    for (std::int64_t at = 0, k; at < n; at += k, position_ += k) {
      const std::byte* from = x_.data + cursor_.offset() * bytes_;
      std::byte* to = tile_ + at * in_bytes_;
      const std::int64_t rows = std::min((n - at) / row, above - position_ / row % above);
      if (cursor_.column() != 0 || rows == 0) {
        k = std::min(n - at, cursor_.run());
        load_(k, to, from, cursor_.step());
        cursor_.advance(k);
      } else {
        k = rows * row;
        load_rows(rows, to, from, axes.stride[axes.rank - 2]);
        cursor_ = Cursor(*x_.layout, (position_ + k) % x_.size());
      }
    }
    return {tile_, 1};
  }
  void load_rows(std::int64_t rows, std::byte* to, const std::byte* from, std::int64_t down) const {
    if (in_place_) return copy_rows(rows, to, from, down, cursor_.step());
    alignas(64) std::byte converted[longest_tile * 8];  // one element for each row
    load_(rows, converted, from, down);
    copy_rows(rows, to, converted, 1, 0);
  }
  void copy_rows(std::int64_t rows, std::byte* to, const std::byte* from, std::int64_t down,
                 std::int64_t step) const {
    const auto of = [&]<class T>(T* y, const T* x) {
      const std::int64_t row = cursor_.row();
      for (std::int64_t i = 0; i < rows; ++i, y += row, x += down) {
        if (row == 3)
          y[0] = x[0], y[1] = x[step], y[2] = x[2 * step];
        else
          for (std::int64_t j = 0; j < row; ++j) y[j] = x[j * step];
      }
    };
    const auto as = [&]<class T>(T) { of(reinterpret_cast<T*>(to), reinterpret_cast<const T*>(from)); };
    if (in_bytes_ == 1) return as(std::uint8_t());
    if (in_bytes_ == 2) return as(std::uint16_t());
    return in_bytes_ == 4 ? as(std::uint32_t()) : as(std::uint64_t());
  }
  // The tile is filled once, and again only where the others' rows have moved the place in this one.
  Source pattern(std::int64_t n) {
    if (column_ != filled_from_) {
      cursor_ = Cursor(*x_.layout, filled_from_ = column_);
      gather(std::min(most_ / cursor_.row() * cursor_.row(), x_.size()));
    }
    column_ = (column_ + n) % cursor_.row();
    return {tile_, 1};
  }

  View x_;
  std::int64_t most_, bytes_, in_bytes_;
  bool in_place_;
  Convert load_;
  Cursor cursor_;
  Kind kind_;
  std::int64_t column_, filled_from_ = -1;  // of a pattern
  std::int64_t position_;                   // of short rows: the element that comes next
  bool short_rows_;
  alignas(64) std::byte tile_[longest_tile * 8 + 128];  // see FusedPlan::apart
};

}  // namespace ramie::kernels
