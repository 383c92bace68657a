// The kernel that sets a tensor into a larger one: pad, and the gradient of slices.
#pragma once

#include <ramie/tensor/launch.h>

namespace ramie::kernels {

// Along each axis element i of x goes to first + i * step of y; the rest of y is `value`. A step may be
// negative.
struct Pad {
  static constexpr const char* name = "pad";
  bool operator==(const Pad&) const = default;
  Shape shape, first, step;
  Scalar value = 0;
  Layout outputs(const Layout& x) const { return x.as(shape); }
  void run(Cpu, View y, View x) const noexcept;
  void run(Cuda cuda, View y, View x) const;
};

}  // namespace ramie::kernels
