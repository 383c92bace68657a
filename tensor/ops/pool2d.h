// Pooling over windows of images [N,H,W,C], and what its gradients are made of.
//
//   Tensor y = launch(kernels::AvgPool{{.size = {2, 2}, .strides = {2, 2}}}, x);
//   auto [y, index] = launch(kernels::MaxPoolIndex{{.size = {2, 2}, .strides = {2, 2}}}, x);
//
// An index is the place of the first extreme in its window, in row-major order; uint8, or int32 for windows
// of 255 elements and more. It is the number of elements in the window where all of them are padding.
#pragma once

#include <array>
#include <cstdint>

#include <ramie/tensor/launch.h>

namespace ramie::kernels {

struct PoolWindow {  // the first of each pair is the height's
  std::array<std::int64_t, 2> size;
  std::array<std::int64_t, 2> strides = {1, 1};
  std::array<std::array<std::int64_t, 2>, 2> padding = {};  // {before, after}
  std::int64_t area() const { return size[0] * size[1]; }
  bool operator==(const PoolWindow&) const = default;
};
inline double pool_flops(const PoolWindow& w, const Layout& y) {
  return static_cast<double>(w.area()) * static_cast<double>(y.size);
}

struct AvgPool {
  static constexpr const char* name = "avg_pool";
  bool operator==(const AvgPool&) const = default;
  PoolWindow window;
  bool count_padding = true;
  double flops(const Layouts& y, const Layouts&) const { return pool_flops(window, *y[0]); }
  Layout outputs(const Layout& x) const;
  void run(Cpu, View y, View x) const noexcept;
  void run(Cuda cuda, View y, View x) const;
};

struct AvgPoolGradient {  // also AvgPool's transpose
  static constexpr const char* name = "avg_pool_gradient";
  bool operator==(const AvgPoolGradient&) const = default;
  PoolWindow window;
  bool count_padding;
  Shape input;
  double flops(const Layouts&, const Layouts& x) const { return pool_flops(window, *x[0]); }
  Layout outputs(const Layout& dy) const { return dy.as(input); }
  std::size_t workspace(const Layout& dy) const;
  void run(Cpu cpu, View dx, View dy) const noexcept;
  void run(Cuda cuda, View dx, View dy) const;
};

struct MaxPool {
  static constexpr const char* name = "max_pool";
  bool operator==(const MaxPool&) const = default;
  PoolWindow window;
  bool minimum = false;
  double flops(const Layouts& y, const Layouts&) const { return pool_flops(window, *y[0]); }
  Layout outputs(const Layout& x) const;
  void run(Cpu, View y, View x) const noexcept;
  void run(Cuda cuda, View y, View x) const;
};

struct MaxPoolIndex {
  static constexpr const char* name = "max_pool_index";
  bool operator==(const MaxPoolIndex&) const = default;
  PoolWindow window;
  bool minimum = false;
  double flops(const Layouts& y, const Layouts&) const { return pool_flops(window, *y[0]); }
  std::array<Layout, 2> outputs(const Layout& x) const;
  void run(Cpu, View y, View index, View x) const noexcept;
  void run(Cuda cuda, View y, View index, View x) const;
};

struct PoolGather {  // each window's element at its index
  static constexpr const char* name = "pool_gather";
  bool operator==(const PoolGather&) const = default;
  PoolWindow window;
  Layout outputs(const Layout& x, const Layout& index) const { return index.as(x.dtype); }
  void run(Cpu, View y, View x, View index) const noexcept;
  void run(Cuda cuda, View y, View x, View index) const;
};

struct PoolScatter {  // adds each window's value to the element at its index
  static constexpr const char* name = "pool_scatter";
  bool operator==(const PoolScatter&) const = default;
  PoolWindow window;
  Shape input;
  Layout outputs(const Layout& dy, const Layout&) const { return dy.as(input); }
  std::size_t workspace(const Layout& dy, const Layout& index) const;
  void run(Cpu cpu, View dx, View dy, View index) const noexcept;
  void run(Cuda cuda, View dx, View dy, View index) const;
};

}  // namespace ramie::kernels
