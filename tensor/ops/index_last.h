// Which of several writers to one place counts: the last, or the one with the extreme value. This is what
// setting values at indices needs to know, so that repeated indices have one meaning on every device and for
// any number of threads.
#pragma once

#include <ramie/tensor/launch.h>

namespace ramie::kernels {

// y[..., p] = the last j where indices[..., j] is p, or -1. Indices have no gaps; negative ones count from
// the end; others out of range are an error, as in index.h.
struct IndexLast {
  static constexpr const char* name = "index_set";
  bool operator==(const IndexLast&) const = default;
  std::int64_t length;
  Layout outputs(const Layout& indices) const;
  void check(View indices) const;
  void run(Cpu, View y, View indices) const noexcept;
  void run(Cuda, View y, View indices) const;
};

// y[o, p, c] = the first j where indices[j] is p and updates[o, j, c] is the largest of those, or the
// smallest; NaN counts as both; -1 where no index is p. updates have no gaps.
struct IndexExtreme {
  const char* name;  // "index_max" or "index_min"
  bool largest;
  int axis;
  std::int64_t length;
  bool operator==(const IndexExtreme& o) const {
    return largest == o.largest && axis == o.axis && length == o.length;
  }
  Layout outputs(const Layout& updates, const Layout& indices) const;
  void check(View updates, View indices) const;
  void run(Cpu, View y, View updates, View indices) const noexcept;
  void run(Cuda, View y, View updates, View indices) const;

  template <class T>
  static constexpr bool better(bool largest, T a, T b) {
    return a != a ? b == b : largest ? a > b : a < b;
  }
};

}  // namespace ramie::kernels
