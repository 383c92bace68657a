// Matrix products y[..., m, n] = sum over k of a[..., m, k] b[..., k, n]; both have the same batch axes,
// which may be broadcast (strides of 0).
//
//   Tensor y = launch(kernels::Matmul{}, a, b);          // float32[8,3,4], float32[8,4,5] -> float32[8,3,5]
#pragma once

#include <ramie/tensor/cpu/parallel.h>
#include <ramie/tensor/launch.h>
#include <ramie/tensor/precision.h>

namespace ramie::kernels {

// Factors of any strides. On the CPU float32 and float64 by gemm, products with a vector by BLAS or, where
// they are small, by kernels of our own; float16 and bfloat16 go through float32, whole numbers through plain
// loops. Of the threads that there are at run time no more than `workers` are used: the scratch is for so
// many. On CUDA floating products by cuBLAS, half types summed in float32, whole numbers in tiles.
struct Matmul {  // without `any_strides`: other strides may take other paths, whose sums have other bits
  static constexpr const char* name = "matmul";
  bool operator==(const Matmul&) const = default;
  int workers = threads();
  Precision precision = ramie::precision();  // of float32 on CUDA
  static constexpr bool takes_epilogue = true;
  double flops(const Layouts& y, const Layouts& x) const {
    return 2.0 * static_cast<double>(y[0]->size) * static_cast<double>(x[0]->shape[-1]);
  }
  Layout outputs(const Layout& a, const Layout& b) const;
  std::size_t workspace(const Layout& a, const Layout& b) const;
  std::size_t cuda_workspace(const Layout& a, const Layout& b) const;
  void run(Cpu cpu, View y, View a, View b) const noexcept;
  void run(Cuda cuda, View y, View a, View b) const;
};

namespace naive {

// The same by three loops: what Matmul is tested against and compared with.
struct Matmul {
  static constexpr const char* name = "naive_matmul";
  Layout outputs(const Layout& a, const Layout& b) const { return kernels::Matmul{}.outputs(a, b); }
  void run(Cpu, View y, View a, View b) const noexcept;
  void run(Cuda cuda, View y, View a, View b) const;
};

}  // namespace naive
}  // namespace ramie::kernels
