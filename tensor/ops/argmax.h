// The kernel that finds where along an axis the largest or smallest element is.
#pragma once

#include <ramie/tensor/launch.h>

namespace ramie::kernels {

// x of any dtype, without gaps -> int32. The first extreme counts; NaN is more extreme than any number.
struct Argmax {
  const char* name;
  bool operator==(const Argmax&) const = default;
  bool largest;
  int axis;
  bool keepdims = false;
  Layout outputs(const Layout& x) const;
  std::size_t cuda_workspace(const Layout& x) const;
  void run(Cpu, View y, View x) const noexcept;
  void run(Cuda, View y, View x) const;
};

}  // namespace ramie::kernels
