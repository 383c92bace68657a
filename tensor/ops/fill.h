// Kernels without inputs: a constant, an arithmetic sequence, the identity matrix.
#pragma once

#include <ramie/tensor/launch.h>

namespace ramie::kernels {

struct Fill {  // every element is value
  static constexpr const char* name = "full";
  bool operator==(const Fill&) const = default;
  Layout layout;
  Scalar value;
  std::string attributes() const;
  Layout outputs() const { return layout; }
  void run(Cpu, View y) const noexcept;
  void run(Cuda cuda, View y) const;
};

struct Ramp {  // element i is start + i * step, computed in double
  static constexpr const char* name = "arange";
  bool operator==(const Ramp&) const = default;
  Layout layout;
  double start, step;
  Layout outputs() const { return layout; }
  void run(Cpu, View y) const noexcept;
  void run(Cuda cuda, View y) const;
};

struct Eye {  // 1 on the diagonal of an n x n matrix, else 0
  static constexpr const char* name = "eye";
  bool operator==(const Eye&) const = default;
  Layout layout;
  Layout outputs() const { return layout; }
  void run(Cpu, View y) const noexcept;
  void run(Cuda cuda, View y) const;
};

}  // namespace ramie::kernels
