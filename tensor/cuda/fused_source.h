// The CUDA source of a fused chain as one kernel: each thread computes some neighbouring elements, from loads
// to stores, in registers. The formulas are those of the ops' own kernels, and every value is rounded to its
// dtype where theirs is, so the results are the same to the bit.
//
//   const FusedSource s = fused_source(chain);
//   // s.text: extern "C" __global__ void fused_packs(Pointers p), and fused_elements(Pointers p)
//
// Shapes, strides and numbers are constants of the source; the pointers alone are arguments.
#pragma once

#include <string>
#include <vector>

#include <ramie/tensor/ops/fused.h>

namespace ramie::gpu {

struct FusedSource {
  std::string text;
  std::int64_t size = 0;
  int width = 1;               // elements of a thread of fused_packs; 1: there is fused_elements alone
  std::vector<bool> in_packs;  // the inputs that fused_packs reads in packs
  std::int64_t threads(bool packs) const { return packs ? size / width + size % width : size; }
  // Whether fused_packs may run: what it reads and writes in packs is aligned as these are.
  bool aligned(const kernels::Chain& chain, const View* y, const View* x) const;
};

// `suffix` is appended to the kernels' names.
FusedSource fused_source(const kernels::Chain& chain, const std::string& suffix = "");

}  // namespace ramie::gpu
