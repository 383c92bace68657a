// Kernels of random floating-point numbers: jax.random's uniform, normal, truncated_normal and bernoulli, to
// the bit but for the last place or two of erf_inv. The key is an input, so that a captured program draws
// anew at each replay.
#pragma once

#include <ramie/tensor/launch.h>

namespace ramie::kernels {

struct Uniform {  // in [low, high)
  static constexpr const char* name = "uniform";
  bool operator==(const Uniform&) const = default;
  Layout layout;
  double low, high;
  Layout outputs(const Layout& key) const;
  void run(Cpu, View y, View key) const noexcept;
  void run(Cuda, View y, View key) const;
};

struct Normal {  // sqrt(2) erf_inv(u), u uniform in (-1, 1)
  static constexpr const char* name = "normal";
  bool operator==(const Normal&) const = default;
  Layout layout;
  Layout outputs(const Layout& key) const;
  void run(Cpu, View y, View key) const noexcept;
  void run(Cuda, View y, View key) const;
};

struct TruncatedNormal {  // the same with u uniform in (erf(lower / sqrt(2)), erf(upper / sqrt(2)))
  static constexpr const char* name = "truncated_normal";
  bool operator==(const TruncatedNormal&) const = default;
  Layout layout;
  double lower, upper;
  Layout outputs(const Layout& key) const;
  void run(Cpu, View y, View key) const noexcept;
  void run(Cuda, View y, View key) const;
};

struct Bernoulli {  // bool: a float32 uniform is below p
  static constexpr const char* name = "bernoulli";
  bool operator==(const Bernoulli&) const = default;
  Shape shape;
  double p;
  Layout outputs(const Layout& key) const;
  void run(Cpu, View y, View key) const noexcept;
  void run(Cuda, View y, View key) const;
};

}  // namespace ramie::kernels
