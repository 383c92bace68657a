// The kernel that joins tensors along an axis.
#pragma once

#include <ramie/tensor/launch.h>

namespace ramie::kernels {

// All parts have one dtype and agree in all axes but this one.
struct Concatenate {
  static constexpr const char* name = "concatenate";
  bool operator==(const Concatenate&) const = default;
  int axis, parts;
  std::vector<Layout> outputs(std::span<const Tensor> x) const;
  void run(Cpu, const View* y, const View* x) const noexcept;
  void run(Cuda cuda, const View* y, const View* x) const;
};

}  // namespace ramie::kernels
