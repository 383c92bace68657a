// Kernels of random integers and orders: jax.random's randint and permutation, to the bit.
#pragma once

#include <ramie/tensor/launch.h>

namespace ramie::kernels {

// In [low, high), bounds clipped to the dtype; low where high <= low. Two draws of the dtype's width for each
// element, so that the modulus is nearly unbiased.
struct RandomIntegers {
  static constexpr const char* name = "randint";
  bool operator==(const RandomIntegers&) const = default;
  Layout layout;
  std::int64_t low, high;
  Layout outputs(const Layout& key) const;
  void run(Cpu, View y, View key) const noexcept;
  void run(Cuda, View y, View key) const;
};

// 0..n-1, stably sorted by random 32-bit keys; again with fresh ones where n is so large that equal keys
// matter.
struct Permutation {
  static constexpr const char* name = "permutation";
  bool operator==(const Permutation&) const = default;
  std::int64_t n;
  Layout outputs(const Layout& key) const;
  int rounds() const;  // of sorting
  std::size_t workspace(const Layout& key) const;
  std::size_t cuda_workspace(const Layout& key) const;
  void run(Cpu, View y, View key) const noexcept;
  void run(Cuda, View y, View key) const;
};

}  // namespace ramie::kernels
