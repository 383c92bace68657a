// The order in which a shuffled data set is read, computed where it is needed: which records are in batch
// `step` is a function of the key and the step alone. So a data set that lives on a GPU needs neither a list
// of its order nor a word from the host.
//
// Each epoch is a permutation of its own: a Feistel network on the smallest even number of bits that counts
// the records, walked until it lands among them.
//
// Source: J. Black and P. Rogaway, Ciphers with Arbitrary Finite Domains (2002), cycle walking.
#pragma once

#include <bit>

#include <ramie/tensor/launch.h>
#include <ramie/tensor/ops/threefry.h>

namespace ramie::kernels {

// Where a permutation of 0..n-1 takes i.
constexpr std::int64_t shuffled_index(Words key, std::int64_t n, std::int64_t i) {
  constexpr std::uint32_t rounds = 6;
  const auto last = static_cast<std::uint64_t>(n - 1);
  const int half = std::max(1, (static_cast<int>(std::bit_width(last)) + 1) / 2);
  const std::uint32_t mask = static_cast<std::uint32_t>((std::uint64_t{1} << half) - 1);
  auto x = static_cast<std::uint64_t>(i);
  do {
    auto left = static_cast<std::uint32_t>(x >> half), right = static_cast<std::uint32_t>(x) & mask;
    for (std::uint32_t round = 0; round < rounds; ++round) {
      const std::uint32_t next = left ^ (threefry2x32(key, Words{round, right}).first & mask);
      left = right;
      right = next;
    }
    x = std::uint64_t{left} << half | right;
  } while (x > last);
  return static_cast<std::int64_t>(x);
}

// Batches of `count` out of n records; what is left over at the end of an epoch is left out. key: uint32[2];
// step: uint32, a scalar -> int32[count].
struct ShuffledIndices {
  static constexpr const char* name = "shuffled_indices";
  bool operator==(const ShuffledIndices&) const = default;
  std::int64_t n, count;
  bool shuffled = true;  // else in order
  Layout outputs(const Layout& key, const Layout& step) const;
  void run(Cpu, View y, View key, View step) const noexcept;
  void run(Cuda, View y, View key, View step) const;

  constexpr std::int32_t index(Words key, std::uint32_t step, std::int64_t i) const {
    const std::int64_t in_epoch = n / count * count, position = std::int64_t{step} * count + i;
    const Words epoch = threefry2x32(key, static_cast<std::uint64_t>(position / in_epoch));
    const std::int64_t at = position % in_epoch;
    return static_cast<std::int32_t>(shuffled ? shuffled_index(epoch, n, at) : at);
  }
};

}  // namespace ramie::kernels
