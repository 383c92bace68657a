// The pooling kernels as their definition says: what the fast ones are tested against and compared with. They
// take every dtype and any strides.
#pragma once

#include <ramie/tensor/ops/pool2d.h>

namespace ramie::kernels::naive {

struct AvgPool {
  static constexpr const char* name = "naive_avg_pool";
  PoolWindow window;
  bool count_padding = true;
  Layout outputs(const Layout& x) const { return kernels::AvgPool{window, count_padding}.outputs(x); }
  void run(Cpu, View y, View x) const noexcept;
  void run(Cuda cuda, View y, View x) const;
};

struct AvgPoolGradient {
  static constexpr const char* name = "naive_avg_pool_gradient";
  PoolWindow window;
  bool count_padding;
  Shape input;
  Layout outputs(const Layout& dy) const { return dy.as(input); }
  void run(Cpu, View dx, View dy) const noexcept;
  void run(Cuda cuda, View dx, View dy) const;
};

struct MaxPool {
  static constexpr const char* name = "naive_max_pool";
  PoolWindow window;
  bool minimum = false;
  Layout outputs(const Layout& x) const { return kernels::MaxPool{window, minimum}.outputs(x); }
  void run(Cpu, View y, View x) const noexcept;
  void run(Cuda cuda, View y, View x) const;
};

struct MaxPoolIndex {
  static constexpr const char* name = "naive_max_pool_index";
  PoolWindow window;
  bool minimum = false;
  std::array<Layout, 2> outputs(const Layout& x) const {
    return kernels::MaxPoolIndex{window, minimum}.outputs(x);
  }
  void run(Cpu, View y, View index, View x) const noexcept;
  void run(Cuda cuda, View y, View index, View x) const;
};

struct PoolGather {
  static constexpr const char* name = "naive_pool_gather";
  PoolWindow window;
  Layout outputs(const Layout& x, const Layout& index) const { return index.as(x.dtype); }
  void run(Cpu, View y, View x, View index) const noexcept;
  void run(Cuda cuda, View y, View x, View index) const;
};

struct PoolScatter {
  static constexpr const char* name = "naive_pool_scatter";
  PoolWindow window;
  Shape input;
  Layout outputs(const Layout& dy, const Layout&) const { return dy.as(input); }
  void run(Cpu, View dx, View dy, View index) const noexcept;
  void run(Cuda cuda, View dx, View dy, View index) const;
};

}  // namespace ramie::kernels::naive
