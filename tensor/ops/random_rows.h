// Kernels of random numbers with a key for each row: row i of [n, row...] is a function of keys[i] alone. A
// record's noise is then the same in any batch, on any device, for any number of threads.
//
// The generator is SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators",
// 2014), which needs a third of threefry's time: block j of a row is mix64(start + (j + 1) gamma), and its
// two halves, low first, are words 2j and 2j + 1. Where a row starts is a hash of its key. Uniform numbers
// are the words one by one. Normal ones are Box and Muller's pairs: of each 16 blocks the first 8 give the
// radii and the last 8 the angles, so that vectors of any length up to 512 bits need no shuffles.
//
// TestU01's Crush finds nothing (144 statistics) in the words of rows of 784, one after the other, with keys
// {0, 0}, {0, 1}, ...; nor does SmallCrush in their bits reversed, with keys that count from the highest bit
// down, and in one word of each key.
#pragma once

#include <ramie/tensor/launch.h>

namespace ramie::kernels {

namespace rows {

inline constexpr std::uint64_t gamma = 0x9e3779b97f4a7c15u;
inline constexpr std::uint64_t mix_factors[2] = {0xbf58476d1ce4e5b9u, 0x94d049bb133111ebu};

constexpr std::uint64_t mix64(std::uint64_t z) {
  z = (z ^ z >> 30) * mix_factors[0];
  z = (z ^ z >> 27) * mix_factors[1];
  return z ^ z >> 31;
}
// MurmurHash3's, so that it is not the same hash two times.
constexpr std::uint64_t start(std::uint32_t first, std::uint32_t second) {
  std::uint64_t z = std::uint64_t{first} << 32 | second;
  z = (z ^ z >> 33) * 0xff51afd7ed558ccdu;
  z = (z ^ z >> 33) * 0xc4ceb9fe1a85ec53u;
  return z ^ z >> 33;
}
constexpr std::uint64_t block(std::uint64_t start, std::int64_t j) {
  return mix64(start + static_cast<std::uint64_t>(j + 1) * gamma);
}
// The numbers that are made of 16 blocks.
template <class T>
inline constexpr std::int64_t group = 128 / static_cast<std::int64_t>(sizeof(T));

// Of the 2^24 values of a word's float, those below p.
constexpr std::uint32_t bernoulli_limit(double p) {
  const double scaled = p * 0x1p24;
  const auto whole = static_cast<std::uint32_t>(scaled);
  return whole + (whole < scaled);
}

}  // namespace rows

struct UniformRows {  // in [low, high)
  static constexpr const char* name = "uniform_rows";
  bool operator==(const UniformRows&) const = default;
  Layout row;
  double low, high;
  Layout outputs(const Layout& keys) const;
  void run(Cpu, View y, View keys) const noexcept;
  void run(Cuda, View y, View keys) const;
};

struct NormalRows {
  static constexpr const char* name = "normal_rows";
  bool operator==(const NormalRows&) const = default;
  Layout row;
  Layout outputs(const Layout& keys) const;
  void run(Cpu, View y, View keys) const noexcept;
  void run(Cuda, View y, View keys) const;
};

// x + std times the normal numbers of NormalRows, to their bits in float32 and float64: while they are in the
// nearest cache.
struct AddNormalRows {
  static constexpr const char* name = "add_normal_rows";
  bool operator==(const AddNormalRows&) const = default;
  double std;
  Layout outputs(const Layout& x, const Layout& keys) const;
  void run(Cpu, View y, View x, View keys) const noexcept;
  void run(Cuda, View y, View x, View keys) const;
};

struct BernoulliRows {  // bool: a uniform is below p
  static constexpr const char* name = "bernoulli_rows";
  bool operator==(const BernoulliRows&) const = default;
  Shape row;
  double p;
  Layout outputs(const Layout& keys) const;
  void run(Cpu, View y, View keys) const noexcept;
  void run(Cuda, View y, View keys) const;
};

struct FoldInRows {  // random::fold_in of each key
  static constexpr const char* name = "fold_in_rows";
  bool operator==(const FoldInRows&) const = default;
  std::uint32_t data;
  Layout outputs(const Layout& keys) const;
  void run(Cpu, View y, View keys) const noexcept;
  void run(Cuda, View y, View keys) const;
};

}  // namespace ramie::kernels
