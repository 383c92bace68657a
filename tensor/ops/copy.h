// A copy without gaps of a view of any strides. Transposes go through small square blocks, so that both sides
// are read and written along their rows.
#pragma once

#include <ramie/tensor/launch.h>

namespace ramie::kernels {

struct Copy {
  static constexpr const char* name = "contiguous";
  bool operator==(const Copy&) const = default;
  static constexpr bool any_strides = true;
  Layout outputs(const Layout& x) const { return x.compact(); }
  void run(Cpu, View y, View x) const noexcept;
  void run(Cuda cuda, View y, View x) const;
};

}  // namespace ramie::kernels
