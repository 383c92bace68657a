// Integers as formulas compute with them, on the CPU and on GPUs: overflow wraps, as two's complement does,
// and no division traps.
#pragma once

#include <cstdint>
#include <type_traits>

namespace ramie::kernels {

template <class T>
struct Whole {
  using Bits = std::make_unsigned_t<T>;
  static constexpr std::int64_t count = 1;

  T v;
  constexpr Whole(T x) : v(x) {}

  static constexpr Bits bits(Whole a) { return static_cast<Bits>(a.v); }
  friend constexpr Whole operator+(Whole a, Whole b) { return static_cast<T>(bits(a) + bits(b)); }
  friend constexpr Whole operator-(Whole a, Whole b) { return static_cast<T>(bits(a) - bits(b)); }
  friend constexpr Whole operator*(Whole a, Whole b) { return static_cast<T>(bits(a) * bits(b)); }
  friend constexpr Whole operator-(Whole a) { return static_cast<T>(Bits{0} - bits(a)); }
  friend constexpr Whole operator&(Whole a, Whole b) { return static_cast<T>(a.v & b.v); }
  friend constexpr Whole operator|(Whole a, Whole b) { return static_cast<T>(a.v | b.v); }
  friend constexpr Whole operator^(Whole a, Whole b) { return static_cast<T>(a.v ^ b.v); }
  friend constexpr bool operator==(Whole a, Whole b) { return a.v == b.v; }
  friend constexpr bool operator!=(Whole a, Whole b) { return a.v != b.v; }
  friend constexpr bool operator<(Whole a, Whole b) { return a.v < b.v; }
  friend constexpr bool operator<=(Whole a, Whole b) { return a.v <= b.v; }
  friend constexpr bool operator>(Whole a, Whole b) { return a.v > b.v; }
  friend constexpr bool operator>=(Whole a, Whole b) { return a.v >= b.v; }
};

template <class T>
constexpr Whole<T> select(bool m, Whole<T> a, Whole<T> b) {
  return m ? a : b;
}

namespace math {

template <class T>
constexpr Whole<T> abs(Whole<T> x) {
  return x < Whole<T>(0) ? -x : x;
}
template <class T>
constexpr Whole<T> floor(Whole<T> x) {
  return x;
}
template <class T>
constexpr Whole<T> ceil(Whole<T> x) {
  return x;
}
template <class T>
constexpr Whole<T> round(Whole<T> x) {
  return x;
}
template <class T>
constexpr Whole<T> trunc(Whole<T> x) {
  return x;
}
// By squaring. A negative exponent gives the truncated quotient: 0, but for the bases 1 and -1.
template <class T>
constexpr Whole<T> pow(Whole<T> base, Whole<T> exponent) {
  if (exponent.v < 0) return base.v == 1 ? 1 : base.v == -1 ? (exponent.v % 2 ? -1 : 1) : 0;
  Whole<T> result = 1;
  for (T n = exponent.v; n; n >>= 1, base = base * base)
    if (n & 1) result = result * base;
  return result;
}
template <class T>
constexpr Whole<T> truncated_remainder(Whole<T> a, Whole<T> b) {
  return b.v == 0 ? a.v : b.v == -1 ? T{0} : static_cast<T>(a.v % b.v);
}
// Towards minus infinity; by 0 it is 0.
template <class T>
constexpr Whole<T> floor_quotient(Whole<T> a, Whole<T> b) {
  if (b.v == 0) return 0;
  if (b.v == -1) return -a;
  return static_cast<T>(a.v / b.v - (a.v % b.v != 0 && (a.v < 0) != (b.v < 0)));
}
// By as many bits as there are, or more, all are shifted out; a negative number of bits counts as many. To
// the right the sign moves in.
template <class T>
constexpr bool shifts_all_out(Whole<T> by) {
  return by.v < 0 || by.v >= static_cast<T>(8 * sizeof(T));
}
template <class T>
constexpr Whole<T> left_shift(Whole<T> x, Whole<T> by) {
  return shifts_all_out(by) ? T{0} : static_cast<T>(Whole<T>::bits(x) << by.v);
}
template <class T>
constexpr Whole<T> right_shift(Whole<T> x, Whole<T> by) {
  return static_cast<T>(x.v >> (shifts_all_out(by) ? static_cast<T>(8 * sizeof(T) - 1) : by.v));
}

}  // namespace math
}  // namespace ramie::kernels
