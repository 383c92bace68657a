// A walk over the elements of a view in row-major order, run by run. Axes that lie as one are joined first, so a dense
// tensor of any rank is a single run.
//
//   for (Cursor x(layout, begin); n > 0; n -= k, x.advance(k)) {
//     k = std::min(n, x.run());  // k elements, the first at x.offset(), each x.step() after the one before
//   }
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include <ramie/tensor/layout.h>

namespace ramie::kernels {

class Cursor {
 public:
  Cursor() = default;
  Cursor(const Layout& layout, std::int64_t at) {
    for (int i = 0; i < layout.rank(); ++i)
      if (layout.shape[i] != 1) append(layout.shape[i], layout.strides[i]);
    for (int i = rank_; i-- > 0; at /= length_[i]) move(i, at % length_[i]);
  }
  std::int64_t row() const { return length_[rank_ - 1]; }
  std::int64_t run() const { return row() - index_[rank_ - 1]; }  // elements left in this row
  std::int64_t step() const { return stride_[rank_ - 1]; }
  std::int64_t offset() const { return offset_; }
  void advance(std::int64_t n) {  // by at most run() elements
    move(rank_ - 1, n);
    for (int i = rank_ - 1; i > 0 && index_[i] == length_[i]; --i) {
      move(i, -length_[i]);
      move(i - 1, 1);
    }
  }

 private:
  void append(std::int64_t length, std::int64_t stride) {
    const int last = rank_ - 1;
    if (started_ && stride_[last] == stride * length) {
      length_[last] *= length;
    } else {
      rank_ += started_;
      started_ = true;
      length_[rank_ - 1] = length;
    }
    stride_[rank_ - 1] = stride;
  }
  void move(int axis, std::int64_t by) {
    index_[axis] += by;
    offset_ += by * stride_[axis];
  }

  int rank_ = 1;
  bool started_ = false;
  std::int64_t offset_ = 0;
  std::array<std::int64_t, max_rank> index_{}, length_{1}, stride_{};
};

}  // namespace ramie::kernels
