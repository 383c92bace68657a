// A walk over the elements of a view in row-major order, run by run. A dense tensor of any rank is a single
// run.
//
//   std::int64_t n = x.size(), k;
//   for (Cursor c(*x.layout, 0); n > 0; n -= k, c.advance(k)) {
//     k = std::min(n, c.run());  // k elements, the first at c.offset(), each c.step() after the one before
//   }
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include <ramie/tensor/layout.h>

namespace ramie::kernels {

// A layout's axes without those of length 1, and with neighbours joined that lie as one.
struct Axes {
  int rank = 0;
  std::array<std::int64_t, max_rank> length, stride;

  explicit Axes(const Layout& l) {
    for (int i = 0; i < l.rank(); ++i)
      if (l.shape[i] != 1) append(l.shape[i], l.strides[i]);
    if (rank == 0) append(1, 0);
  }

 private:
  void append(std::int64_t n, std::int64_t s) {
    if (rank > 0 && stride[rank - 1] == s * n) {
      length[rank - 1] *= n;
    } else {
      length[rank++] = n;
    }
    stride[rank - 1] = s;
  }
};

class Cursor {
 public:
  Cursor(const Layout& layout, std::int64_t at) : axes_(layout), last_(axes_.rank - 1) {
    for (int i = last_; i >= 0; at /= axes_.length[i--]) move(i, at % axes_.length[i]);
  }
  const Axes& axes() const { return axes_; }
  std::int64_t row() const { return axes_.length[last_]; }
  std::int64_t column() const { return index_[last_]; }
  std::int64_t run() const { return row() - column(); }  // elements left in this row
  std::int64_t step() const { return axes_.stride[last_]; }
  std::int64_t offset() const { return offset_; }
  void advance(std::int64_t n) {  // by at most run() elements
    move(last_, n);
    for (int i = last_; i > 0 && index_[i] == axes_.length[i]; --i) {
      move(i, -axes_.length[i]);
      move(i - 1, 1);
    }
  }
  void skip(std::int64_t n) {  // any number of elements
    for (std::int64_t k; n > 0; n -= k) advance(k = std::min(n, run()));
  }

 private:
  void move(int axis, std::int64_t by) {
    index_[axis] += by;
    offset_ += by * axes_.stride[axis];
  }

  Axes axes_;
  int last_;
  std::int64_t offset_ = 0;
  std::array<std::int64_t, max_rank> index_{};
};

}  // namespace ramie::kernels
