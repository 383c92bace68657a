// Convolution of images x [N,H,W,C] with a kernel [KH,KW,C/groups,O] to y [N,H',W',O], and its two gradients:
//
//   y[n,i,j,o] = sum over (p,q,c) of x[n, i*s - pad + p*d, j*s - pad + q*d, c] kernel[p,q,c,o]
//
//   Tensor y = launch(kernels::Conv2d{{.padding = {{{1, 1}, {1, 1}}}}}, x, kernel);
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include <ramie/tensor/cpu/parallel.h>
#include <ramie/tensor/launch.h>

namespace ramie::kernels {

// Where the kernel lies on the image; the first of each pair is the height's.
struct ConvWindow {
  std::array<std::int64_t, 2> strides = {1, 1};
  std::array<std::int64_t, 2> dilation = {1, 1};            // of the kernel
  std::array<std::array<std::int64_t, 2>, 2> padding = {};  // {before, after}
  std::int64_t groups = 1;
  bool operator==(const ConvWindow&) const = default;
};

inline double conv_flops(const Layout& y, const Layout& kernel) {
  return 2.0 * static_cast<double>(y.size) * static_cast<double>(kernel.size) /
         static_cast<double>(std::max<std::int64_t>(kernel.shape[-1], 1));
}

// Each is linear in both inputs, and each one's gradients are the other two. Of the threads that there are at
// run time no more than `workers` are used: the scratch is for so many.
struct Conv2d {
  static constexpr const char* name = "conv2d";
  bool operator==(const Conv2d&) const = default;
  ConvWindow window;
  int workers = threads();
  static constexpr bool takes_epilogue = true;
  double flops(const Layouts& y, const Layouts& x) const { return conv_flops(*y[0], *x[1]); }
  Layout outputs(const Layout& x, const Layout& kernel) const;
  std::size_t workspace(const Layout& x, const Layout& kernel) const;
  void run(Cpu cpu, View y, View x, View kernel) const noexcept;
  void run(Cuda cuda, View y, View x, View kernel) const;
};

struct Conv2dInputGradient {
  static constexpr const char* name = "conv2d_input_gradient";
  bool operator==(const Conv2dInputGradient&) const = default;
  ConvWindow window;
  Shape input;
  int workers = threads();
  double flops(const Layouts&, const Layouts& x) const { return conv_flops(*x[0], *x[1]); }
  Layout outputs(const Layout& dy, const Layout&) const { return dy.as(input); }
  std::size_t workspace(const Layout& dy, const Layout& kernel) const;
  void run(Cpu cpu, View dx, View dy, View kernel) const noexcept;
  void run(Cuda cuda, View dx, View dy, View kernel) const;
};

struct Conv2dKernelGradient {
  static constexpr const char* name = "conv2d_kernel_gradient";
  bool operator==(const Conv2dKernelGradient&) const = default;
  ConvWindow window;
  Shape kernel;
  double flops(const Layouts& y, const Layouts& x) const { return conv_flops(*x[1], *y[0]); }
  Layout outputs(const Layout& x, const Layout&) const { return x.as(kernel); }
  std::size_t workspace(const Layout& x, const Layout& dy) const;
  std::size_t cuda_workspace(const Layout& x, const Layout& dy) const;
  void run(Cpu cpu, View dkernel, View x, View dy) const noexcept;
  void run(Cuda cuda, View dkernel, View x, View dy) const;
};

}  // namespace ramie::kernels
