// The kernel of x * scale + shift, channel by channel: what normalising images comes down to.
#pragma once

#include <ramie/tensor/launch.h>

namespace ramie::kernels {

// x [..., C] without gaps, uint8, float32 or float64; scale and shift both [C] or both of one element, in
// y's dtype: float32 or, for float64 x, float64. In float32 the product is not rounded before the sum.
struct ScaleShift {
  static constexpr const char* name = "scale_shift";
  bool operator==(const ScaleShift&) const = default;
  Layout outputs(const Layout& x, const Layout& scale, const Layout& shift) const;
  void run(Cpu, View y, View x, View scale, View shift) const noexcept;
  void run(Cuda, View y, View x, View scale, View shift) const;
};

}  // namespace ramie::kernels
