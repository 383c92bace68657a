// The hash behind all random numbers, and what it gives directly: keys and raw bits.
//
//   Words w = threefry2x32({0, 42}, {0, 7});        // block 7 of the stream of key(42)
//
// Threefry2x32 with 20 rounds (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", 2011) maps a key
// and a 64-bit counter to 64 random bits. Element i of an array, in row-major order, is a function of the key
// and i alone: so arrays are the same for any number of threads. The layout is that of JAX with
// jax_threefry_partitionable.
#pragma once

#include <algorithm>
#include <bit>

#include <ramie/tensor/launch.h>

namespace ramie::kernels {

struct Words {
  std::uint32_t first, second;
  bool operator==(const Words&) const = default;
};

constexpr Words threefry2x32(Words key, Words count) {
  constexpr int rotations[2][4] = {{13, 15, 26, 6}, {17, 29, 16, 24}};
  const std::uint32_t keys[3] = {key.first, key.second, key.first ^ key.second ^ 0x1bd11bdau};
  std::uint32_t a = count.first + keys[0], b = count.second + keys[1];
  for (std::uint32_t group = 1; group <= 5; ++group) {
    for (const int r : rotations[(group - 1) % 2]) {
      a += b;
      b = std::rotl(b, r) ^ a;
    }
    a += keys[group % 3];
    b += keys[(group + 1) % 3] + group;
  }
  return {a, b};
}
constexpr Words threefry2x32(Words key, std::uint64_t i) {
  return threefry2x32(key, Words{static_cast<std::uint32_t>(i >> 32), static_cast<std::uint32_t>(i)});
}

// Throws unless the layout is a key's.
void check_key(const char* op, const Layout& key);
inline Words read_key(View key) {
  return {key.as<std::uint32_t>()[0], key.as<std::uint32_t>()[key.layout->strides[0]]};
}

// 32 random bits for each of the elements begin..end-1: out[i - begin].
void random_bits32(Words key, std::int64_t begin, std::int64_t end, std::uint32_t* out);
// f(i, 32 random bits) for each of them, hashed a stretch at a time.
template <class F>
void for_bits(Words key, std::int64_t begin, std::int64_t end, const F& f) {
  constexpr std::int64_t stretch = 256;
  std::uint32_t bits[stretch];
  for (std::int64_t start = begin; start < end; start += stretch) {
    const std::int64_t stop = std::min(end, start + stretch);
    random_bits32(key, start, stop, bits);
    for (std::int64_t i = start; i < stop; ++i) f(i, bits[i - start]);
  }
}
// 64 bits: the hash's first word is the high one.
constexpr std::uint64_t random_bits64(Words key, std::int64_t i) {
  const Words w = threefry2x32(key, static_cast<std::uint64_t>(i));
  return std::uint64_t{w.first} << 32 | w.second;
}

struct MakeKey {  // {0, the seed's low 32 bits}, as JAX without 64-bit types
  static constexpr const char* name = "key";
  bool operator==(const MakeKey&) const = default;
  std::int64_t seed;
  Layout outputs() const { return {uint32, {2}}; }
  void run(Cpu, View y) const noexcept;
  void run(Cuda, View y) const;
};

struct Split {  // n keys: uint32[n, 2]
  static constexpr const char* name = "split";
  bool operator==(const Split&) const = default;
  std::int64_t n;
  Layout outputs(const Layout& key) const;
  void run(Cpu, View y, View key) const noexcept;
  void run(Cuda, View y, View key) const;
};

struct FoldIn {  // data: one integer of any type, of which the low 32 bits count
  static constexpr const char* name = "fold_in";
  bool operator==(const FoldIn&) const = default;
  Layout outputs(const Layout& key, const Layout& data) const;
  void run(Cpu, View y, View key, View data) const noexcept;
  void run(Cuda, View y, View key, View data) const;
};

struct RandomBits {  // uint8 (the low bits) or uint32
  static constexpr const char* name = "bits";
  bool operator==(const RandomBits&) const = default;
  Layout layout;
  Layout outputs(const Layout& key) const;
  void run(Cpu, View y, View key) const noexcept;
  void run(Cuda, View y, View key) const;
};

}  // namespace ramie::kernels
