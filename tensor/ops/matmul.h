// Matrix products y[..., m, n] = sum over k of a[..., m, k] b[..., k, n]; both have the same batch axes, which may be
// broadcast (strides of 0).
//
//   Tensor y = launch(kernels::Matmul{}, a, b);          // float32[8,3,4], float32[8,4,5] -> float32[8,3,5]
#pragma once

#include <ramie/tensor/launch.h>

namespace ramie::kernels {

// float32 and float64 by BLAS, in tiles that depend on the shapes alone; float16 and bfloat16 through float32; whole
// numbers by plain loops.
struct Matmul {
  static constexpr const char* name = "matmul";
  Layout outputs(const Layout& a, const Layout& b) const;
  std::size_t workspace(const Layout& a, const Layout& b) const;
  void run(Cpu cpu, View y, View a, View b) const noexcept;
};

namespace naive {

// The same by three loops: what Matmul is tested against and compared with.
struct Matmul {
  static constexpr const char* name = "naive_matmul";
  Layout outputs(const Layout& a, const Layout& b) const { return kernels::Matmul{}.outputs(a, b); }
  void run(Cpu, View y, View a, View b) const noexcept;
};

}  // namespace naive
}  // namespace ramie::kernels
