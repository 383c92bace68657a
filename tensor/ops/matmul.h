// Matrix products y[..., m, n] = sum over k of a[..., m, k] b[..., k, n]; both have the same batch axes,
// which may be broadcast (strides of 0).
//
//   Tensor y = launch(kernels::Matmul{}, a, b);          // float32[8,3,4], float32[8,4,5] -> float32[8,3,5]
#pragma once

#include <ramie/tensor/cpu/parallel.h>
#include <ramie/tensor/launch.h>

namespace ramie::kernels {

// float32 and float64 of any strides, by gemm; products with a vector by BLAS. float16 and bfloat16 go
// through float32, whole numbers through plain loops. Of the threads that there are at run time no more than
// `workers` are used: the scratch is for so many.
struct Matmul {
  static constexpr const char* name = "matmul";
  int workers = threads();
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
