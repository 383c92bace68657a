// The convolution kernels as their formula says: what the fast ones are tested against and compared with.
// They take every dtype and any strides.
#pragma once

#include <ramie/tensor/ops/conv2d.h>

namespace ramie::kernels::naive {

struct Conv2d {
  static constexpr const char* name = "naive_conv2d";
  ConvWindow window;
  Layout outputs(const Layout& x, const Layout& kernel) const {
    return kernels::Conv2d{window}.outputs(x, kernel);
  }
  void run(Cpu, View y, View x, View kernel) const noexcept;
  void run(Cuda cuda, View y, View x, View kernel) const;
};

struct Conv2dInputGradient {
  static constexpr const char* name = "naive_conv2d_input_gradient";
  ConvWindow window;
  Shape input;
  Layout outputs(const Layout& dy, const Layout&) const { return {dy.dtype, input}; }
  void run(Cpu, View dx, View dy, View kernel) const noexcept;
  void run(Cuda cuda, View dx, View dy, View kernel) const;
};

struct Conv2dKernelGradient {
  static constexpr const char* name = "naive_conv2d_kernel_gradient";
  ConvWindow window;
  Shape kernel;
  Layout outputs(const Layout& x, const Layout&) const { return {x.dtype, kernel}; }
  void run(Cpu, View dkernel, View x, View dy) const noexcept;
  void run(Cuda cuda, View dkernel, View x, View dy) const;
};

}  // namespace ramie::kernels::naive
