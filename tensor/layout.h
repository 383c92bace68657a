// Shapes, and layouts: what a buffer's bytes mean.
//
//   Shape s = {8, 28, 28, 3};   s[-1] == 3;   s.rank() == 4;   s.size() == 18816
//   Layout l(float32, s);       str(l) == "float32[8,28,28,3]"
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <vector>

#include <ramie/tensor/dtype.h>

namespace ramie {

inline constexpr int max_rank = 8;

// Up to eight lengths, kept inline. Also used for strides, axes and permutations.
class Shape {
 public:
  Shape() {}
  Shape(std::initializer_list<std::int64_t> dims) : Shape(std::span(dims.begin(), dims.size())) {}
  explicit Shape(std::span<const std::int64_t> dims);
  explicit Shape(const std::vector<std::int64_t>& dims) : Shape(std::span(dims)) {}
  Shape(const Shape& o) { *this = o; }
  Shape& operator=(const Shape& o) {
    rank_ = o.rank_;
    for (int i = 0; i < rank_; ++i) dims_[i] = o.dims_[i];
    return *this;
  }
  int rank() const { return rank_; }
  bool empty() const { return rank_ == 0; }
  std::int64_t size() const {  // the number of elements
    std::int64_t n = 1;
    for (auto d : *this) n *= d;
    return n;
  }
  std::int64_t operator[](int axis) const { return dims_[axis < 0 ? axis + rank_ : axis]; }
  std::int64_t& operator[](int axis) { return dims_[axis < 0 ? axis + rank_ : axis]; }
  std::int64_t back() const { return dims_[rank_ - 1]; }
  void push_back(std::int64_t d);
  void insert(int axis, std::int64_t d);
  void erase(int axis);
  const std::int64_t* begin() const { return dims_.data(); }
  const std::int64_t* end() const { return dims_.data() + rank_; }
  std::int64_t* begin() { return dims_.data(); }
  std::int64_t* end() { return dims_.data() + rank_; }
  operator std::span<const std::int64_t>() const { return {begin(), end()}; }
  bool operator==(const Shape& o) const { return rank_ == o.rank_ && std::equal(begin(), end(), o.begin()); }

 private:
  int rank_ = 0;
  std::array<std::int64_t, max_rank> dims_;  // only the first rank_ are set
};
std::string str(const Shape& s);  // "(8, 28, 28, 3)"

// Dtype, shape and strides (in elements; 0 where an axis is broadcast, negative where it is flipped).
struct Layout {
  std::int64_t size = 1;
  DType dtype = float32;
  bool dense = true;  // row-major, without gaps
  Shape shape, strides;

  Layout() {}
  Layout(DType t, const Shape& s) : dtype(t), shape(s), strides(s) {
    for (int i = s.rank(); i-- > 0;) {
      strides[i] = size;
      if (s[i] < 0 || __builtin_mul_overflow(size, s[i], &size)) [[unlikely]]
        bad_shape(s);
    }
  }
  // Any strides; finds out whether they are dense.
  Layout(DType t, const Shape& s, const Shape& strides);

  int rank() const { return shape.rank(); }
  std::size_t bytes() const { return static_cast<std::size_t>(size) * size_of(dtype); }
  Layout compact() const { return {dtype, shape}; }
  Layout as(DType t) const { return {t, shape}; }
  Layout as(const Shape& s) const { return {dtype, s}; }
  bool same(const Layout& o) const { return dtype == o.dtype && shape == o.shape; }  // strides apart
  bool operator==(const Layout& o) const { return same(o) && strides == o.strides; }

 private:
  [[noreturn]] static void bad_shape(const Shape& s);
};
std::string str(const Layout& l);  // "float32[8,28,28,3]"
using Layouts = std::span<const Layout* const>;

// NumPy's rule: aligned at the right, lengths equal or 1. Errors name the op and both shapes.
Shape broadcast(const char* op, const Shape& a, const Shape& b);
// The layout of x seen as the larger shape, with strides of 0; x must broadcast to it.
Layout broadcast_layout(const char* op, const Layout& x, const Shape& to);
// 0..rank-1 from an axis that may count from the end; an error that names the op otherwise.
int normalize_axis(const char* op, std::int64_t axis, int rank);
// The same for several, sorted, without repetition; none given: all axes.
Shape normalize_axes(const char* op, const Shape& axes, int rank);

}  // namespace ramie
