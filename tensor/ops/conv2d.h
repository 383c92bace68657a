// Convolution of images x [N,H,W,C] with a kernel [KH,KW,C/groups,O] to y [N,H',W',O], and its two gradients:
//
//   y[n,i,j,o] = sum over (p,q,c) of x[n, i*s - pad + p*d, j*s - pad + q*d, c] kernel[p,q,c,o]
//
//   Tensor y = launch(kernels::Conv2d{{.padding = {{{1, 1}, {1, 1}}}}}, x, kernel);
#pragma once

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
};

// Each is linear in both inputs, and each one's gradients are the other two. Of the threads that there are at
// run time no more than `workers` are used: the scratch is for so many.
struct Conv2d {
  static constexpr const char* name = "conv2d";
  ConvWindow window;
  int workers = threads();
  Layout outputs(const Layout& x, const Layout& kernel) const;
  std::size_t workspace(const Layout& x, const Layout& kernel) const;
  void run(Cpu cpu, View y, View x, View kernel) const noexcept;
  void run(Cuda cuda, View y, View x, View kernel) const;
};

struct Conv2dInputGradient {
  static constexpr const char* name = "conv2d_input_gradient";
  ConvWindow window;
  Shape input;
  int workers = threads();
  Layout outputs(const Layout& dy, const Layout&) const { return dy.as(input); }
  std::size_t workspace(const Layout& dy, const Layout& kernel) const;
  void run(Cpu cpu, View dx, View dy, View kernel) const noexcept;
  void run(Cuda cuda, View dx, View dy, View kernel) const;
};

struct Conv2dKernelGradient {
  static constexpr const char* name = "conv2d_kernel_gradient";
  ConvWindow window;
  Shape kernel;
  Layout outputs(const Layout& x, const Layout&) const { return x.as(kernel); }
  std::size_t workspace(const Layout& x, const Layout& dy) const;
  std::size_t cuda_workspace(const Layout& x, const Layout& dy) const;
  void run(Cpu cpu, View dkernel, View x, View dy) const noexcept;
  void run(Cuda cuda, View dkernel, View x, View dy) const;
};

}  // namespace ramie::kernels
