// Kernels that read and write at integer indices. Each pair is a map and its transpose: Take and Scatter move
// whole rows, TakeAlongAxis and ScatterAlongAxis single elements.
//
// Inputs have no gaps. Indices are of any integer dtype; negative ones count from the end; check() throws at
// others out of range; on CUDA the next synchronisation does, and what they read or write is 0 or left out.
// Scatters start from zero and add in the order of the indices, for any number of threads.
#pragma once

#include <ramie/tensor/launch.h>

namespace ramie::kernels {

struct Take {  // y[o, j, i] = x[o, indices[j], i], where the indices' axes take the place of x's axis
  static constexpr const char* name = "take";
  bool operator==(const Take&) const = default;
  int axis;
  Layout outputs(const Layout& x, const Layout& indices) const;
  void check(View x, View indices) const;
  void run(Cpu, View y, View x, View indices) const noexcept;
  void run(Cuda, View y, View x, View indices) const;
};

struct Scatter {  // y[o, indices[j], i] += updates[o, j, i]; y has the given length along the axis
  static constexpr const char* name = "scatter_add";
  bool operator==(const Scatter&) const = default;
  int axis;
  std::int64_t length;
  Layout outputs(const Layout& updates, const Layout& indices) const;
  std::size_t cuda_workspace(const Layout& updates, const Layout& indices) const;
  void check(View updates, View indices) const;
  void run(Cpu, View y, View updates, View indices) const noexcept;
  void run(Cuda, View y, View updates, View indices) const;
};

struct TakeAlongAxis {  // y[o, j, i] = x[o, indices[o, j, i], i]
  static constexpr const char* name = "take_along_axis";
  bool operator==(const TakeAlongAxis&) const = default;
  int axis;
  Layout outputs(const Layout& x, const Layout& indices) const { return x.as(indices.shape); }
  void check(View x, View indices) const;
  void run(Cpu, View y, View x, View indices) const noexcept;
  void run(Cuda, View y, View x, View indices) const;
};

struct ScatterAlongAxis {  // y[o, indices[o, j, i], i] += updates[o, j, i]
  static constexpr const char* name = "scatter_along_axis";
  bool operator==(const ScatterAlongAxis&) const = default;
  int axis;
  std::int64_t length;
  Layout outputs(const Layout& updates, const Layout& indices) const;
  std::size_t cuda_workspace(const Layout& updates, const Layout& indices) const;
  void check(View updates, View indices) const;
  void run(Cpu, View y, View updates, View indices) const noexcept;
  void run(Cuda, View y, View updates, View indices) const;
};

struct OneHot {  // y[..., k] = labels[...] == k; labels may have gaps
  static constexpr const char* name = "one_hot";
  bool operator==(const OneHot&) const = default;
  std::int64_t classes;
  DType dtype;
  Layout outputs(const Layout& labels) const;
  void run(Cpu, View y, View labels) const noexcept;
  void run(Cuda, View y, View labels) const;
};

}  // namespace ramie::kernels
