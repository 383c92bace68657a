// The kernel of running totals.
#pragma once

#include <ramie/tensor/launch.h>

namespace ramie::kernels {

// y[i] = x[0] + ... + x[i] along the axis, from the front. x of any dtype, without gaps; float16 and bfloat16
// keep their totals in float32.
struct Cumsum {
  static constexpr const char* name = "cumsum";
  bool operator==(const Cumsum&) const = default;
  int axis;
  Layout outputs(const Layout& x) const { return x.compact(); }
  std::size_t cuda_workspace(const Layout& x) const;
  void run(Cpu, View y, View x) const noexcept;
  void run(Cuda, View y, View x) const;
};

}  // namespace ramie::kernels
