// A counter-based generator for everything that data/ draws: the i-th number is a pure function of (key, i),
// so streams need no state to be kept, are the same on every platform, and record i never depends on record
// i-1.
//
//   data::CounterRandom random(data::fold(seed, record));
//   double u = random.uniform();          // in [0, 1)
//   std::uint64_t k = random.below(10);   // in 0..9
#pragma once

#include <cstdint>

namespace ramie::data {

// The finalizer of SplitMix64 (Steele, Lea, Flood 2014): a bijection of 64 bits that avalanches.
constexpr std::uint64_t mix(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
  return x ^ (x >> 31);
}

// A new key from a key and a number; fold(fold(seed, a), b) differs from fold(fold(seed, b), a).
constexpr std::uint64_t fold(std::uint64_t key, std::uint64_t number) {
  return mix(mix(key + 0x9e3779b97f4a7c15u) ^ mix(number + 0xd1b54a32d192ed03u) * 3);
}

class CounterRandom {
 public:
  explicit constexpr CounterRandom(std::uint64_t key) : key_(mix(key)) {}

  constexpr std::uint64_t bits() { return mix(key_ + ++counter_ * 0x9e3779b97f4a7c15u); }
  // In [0, n), n > 0; the bias of the remainder is n / 2^64.
  constexpr std::uint64_t below(std::uint64_t n) { return bits() % n; }
  // In [0, 1), with 53 random bits.
  constexpr double uniform() { return static_cast<double>(bits() >> 11) * 0x1p-53; }
  constexpr double uniform(double low, double high) { return low + (high - low) * uniform(); }
  // Standard normal to about 1 % of the density, tails cut at 6: the sum of twelve uniforms without libm,
  // whose last bits differ between platforms.
  constexpr double normal() {
    double sum = -6;
    for (int i = 0; i < 3; ++i) sum += four_uniforms();
    return sum;
  }

 private:
  // The sum of four 16-bit uniforms out of one draw.
  constexpr double four_uniforms() {
    const std::uint64_t x = bits();
    const std::uint64_t sum = (x & 0xffff) + ((x >> 16) & 0xffff) + ((x >> 32) & 0xffff) + (x >> 48);
    return (static_cast<double>(sum) + 2.0) * 0x1p-16;
  }

  std::uint64_t key_;
  std::uint64_t counter_ = 0;
};

}  // namespace ramie::data
