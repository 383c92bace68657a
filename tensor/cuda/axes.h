// The axes along which a kernel walks several operands together: as few and as long as can be.
//
//   const JointAxes<2> axes(shape, {y_strides, x_strides});                     // on the host
//   for_each_part(axes, [&](const JointAxes<2>& part) {                        // mostly one
//     launch_kernel(copy, ..., y + part.begin[0], x + part.begin[1], Walk<2>(part));
//   });
//   const auto [column, at] = walk.element(i);  y[at[0]] = x[at[1]];           // on the device
#pragma once

#include <algorithm>
#include <array>
#include <functional>

#include <ramie/tensor/cuda/fast_divide.h>
#include <ramie/tensor/layout.h>

namespace ramie::kernels {

template <int n>
struct JointAxes {
  using Strides = std::array<std::int64_t, n>;  // in elements, of each operand

  int rank = 0;  // at least 1, once it is made
  std::array<std::int64_t, max_rank> length{};
  std::array<Strides, max_rank> stride{};
  Strides begin{};  // the offsets of the first element

  JointAxes(const Shape& shape, const std::array<std::reference_wrapper<const Shape>, n>& strides) {
    for (int i = 0; i < shape.rank(); ++i) {
      Strides s;
      for (int k = 0; k < n; ++k) s[k] = strides[k].get()[i];
      if (shape[i] != 1) append(shape[i], s);
    }
    if (rank == 0) append(1, {});
  }
  std::int64_t columns() const { return length[rank - 1]; }
  const Strides& step() const { return stride[rank - 1]; }  // along a row
  std::int64_t size() const {
    std::int64_t total = 1;
    for (int i = 0; i < rank; ++i) total *= length[i];
    return total;
  }
  void erase(int axis) {
    std::copy(length.begin() + axis + 1, length.begin() + rank, length.begin() + axis);
    std::copy(stride.begin() + axis + 1, stride.begin() + rank, stride.begin() + axis);
    --rank;
  }

 private:
  void append(std::int64_t d, const Strides& s) {
    bool joins = rank > 0;
    for (int k = 0; k < n; ++k) joins = joins && stride[rank - 1][k] == s[k] * d;
    if (!joins) length[rank++] = 1;
    length[rank - 1] *= d;
    stride[rank - 1] = s;
  }
};

// Calls f for parts of at most `most` elements, which 32 bits can count. Rows are cut where vectors end.
template <int n, class F>
void for_each_part(const JointAxes<n>& axes, F&& f, std::int64_t most = (std::int64_t{1} << 31) - 1) {
  if (axes.size() <= most) return f(axes);
  const auto i = std::max_element(axes.length.begin(), axes.length.begin() + axes.rank) - axes.length.begin();
  JointAxes<n> first = axes, second = axes;
  first.length[i] = axes.length[i] >= 128 ? axes.length[i] / 128 * 64 : axes.length[i] / 2;
  second.length[i] -= first.length[i];
  for (int k = 0; k < n; ++k) second.begin[k] += first.length[i] * axes.stride[i][k];
  for_each_part(first, f, most);
  for_each_part(second, f, most);
}

// What the device needs of them, the innermost axis first.
template <int n>
struct Walk {
  struct Element {
    unsigned column;     // the index along its row
    std::int64_t at[n];  // the offset in each operand
  };

  int rank;
  FastDivide length[max_rank];
  std::int64_t stride[max_rank][n];

  explicit Walk(const JointAxes<n>& a) : rank(a.rank), stride{} {
    for (int i = 0; i < rank; ++i) {
      length[i] = FastDivide(a.length[rank - 1 - i]);
      std::copy_n(a.stride[rank - 1 - i].begin(), n, stride[i]);
    }
  }
  constexpr Element element(unsigned i) const {
    Element e{i, {}};
    for (int axis = 0; axis < rank; ++axis) {
      // The outermost axis needs no division.
      const auto [outer, index] = axis + 1 < rank ? length[axis].split(i) : FastDivide::Result{0, i};
      if (axis == 0) e.column = index;
      for (int k = 0; k < n; ++k) e.at[k] += index * stride[axis][k];
      i = outer;
    }
    return e;
  }
};

}  // namespace ramie::kernels
