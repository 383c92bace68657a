// float16 and bfloat16 as storage types: arithmetic happens in float, with one rounding (to nearest, ties to
// even).
#pragma once

#include <bit>
#include <cstdint>

namespace ramie {

struct BFloat16 {
  std::uint16_t bits = 0;

  constexpr BFloat16() = default;
  constexpr explicit BFloat16(float x) {
    const auto u = std::bit_cast<std::uint32_t>(x);
    const bool nan = (u & 0x7fffffffu) > 0x7f800000u;
    bits = static_cast<std::uint16_t>(nan ? (u >> 16) | 0x40u : (u + 0x7fffu + (u >> 16 & 1u)) >> 16);
  }
  constexpr operator float() const { return std::bit_cast<float>(std::uint32_t{bits} << 16); }
};

struct Half {
  std::uint16_t bits = 0;

  constexpr Half() = default;
  constexpr explicit Half(float x) : bits(rounded(std::bit_cast<std::uint32_t>(x))) {}
  constexpr operator float() const {
    const std::uint32_t sign = (bits & 0x8000u) << 16, rest = (bits & 0x7fffu) << 13;
    if (rest >= 0x0f800000u) return std::bit_cast<float>(sign | rest | 0x7f800000u);  // inf, NaN
    if (rest >= 0x00800000u)
      return std::bit_cast<float>(sign | (rest + 0x38000000u));  // the exponents' biases differ
    // Subnormal: with the exponent of 2^-14 set, and then taken off. No subnormal float that a flush would
    // make zero.
    const float magnitude = std::bit_cast<float>(rest + 0x38800000u) - 0x1p-14f;
    return std::bit_cast<float>(std::bit_cast<std::uint32_t>(magnitude) | sign);
  }

 private:
  static constexpr std::uint16_t rounded(std::uint32_t u) {
    const std::uint32_t sign = u >> 16 & 0x8000u, rest = u & 0x7fffffffu;
    if (rest > 0x7f800000u) return static_cast<std::uint16_t>(sign | 0x7e00u);   // NaN
    if (rest >= 0x477ff000u) return static_cast<std::uint16_t>(sign | 0x7c00u);  // too large: infinity
    if (rest < 0x38800000u) {  // subnormal: adding 0.5 leaves the rounded bits at the bottom
      const float shifted = std::bit_cast<float>(rest) + 0.5f;
      return static_cast<std::uint16_t>(sign | (std::bit_cast<std::uint32_t>(shifted) - 0x3f000000u));
    }
    return static_cast<std::uint16_t>(sign | ((rest + 0xfffu + (rest >> 13 & 1u) - 0x38000000u) >> 13));
  }
};

}  // namespace ramie
