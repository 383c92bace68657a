// What an integer dtype needs to draw from a range, as jax.random.randint does.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <type_traits>

namespace ramie::kernels {

// What is drawn for a T: at least 32 bits.
template <class T>
using Drawn = std::conditional_t<sizeof(T) < 4, std::int32_t, T>;

// Arithmetic of `span`'s type modulo 2^bits; a span of 0 stands for 2^bits.
template <class T>
struct IntegerRange {
  using Limits = std::numeric_limits<T>;
  using U = std::make_unsigned_t<Drawn<T>>;
  Drawn<T> low;
  U span, multiplier;  // multiplier = 2^bits mod span

  IntegerRange(std::int64_t from, std::int64_t to) : low(clipped(from)) {
    const Drawn<T> high = clipped(to);
    const bool beyond = to > static_cast<std::int64_t>(Limits::max());
    span = high > low ? static_cast<U>(static_cast<U>(high) - static_cast<U>(low) + (beyond ? 1 : 0)) : U{1};
    const U root = remainder(static_cast<U>(U{1} << (sizeof(U) * 4)));
    multiplier = remainder(product(root, root));
  }
  constexpr T at(U higher, U lower) const {
    const auto sum = static_cast<U>(product(remainder(higher), multiplier) + remainder(lower));
    return static_cast<T>(static_cast<U>(low) + remainder(sum));
  }

 private:
  constexpr U remainder(U a) const { return span ? static_cast<U>(a % span) : a; }
  static constexpr U product(U a, U b) { return static_cast<U>(std::uint64_t{a} * b); }
  static T clipped(std::int64_t x) {
    return static_cast<T>(std::clamp(x, std::int64_t{Limits::min()}, std::int64_t{Limits::max()}));
  }
};

}  // namespace ramie::kernels
