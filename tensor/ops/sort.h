// The kernel that finds the order of the elements along an axis.
#pragma once

#include <bit>
#include <cstdint>
#include <type_traits>

#include <ramie/tensor/launch.h>

namespace ramie::kernels {

// x of any dtype, without gaps -> int32 of its shape: y[k] is where the k-th element stands. Equal elements
// keep their order, in both directions. NaN counts as the largest number, and -0 as 0.
struct Argsort {
  static constexpr const char* name = "argsort";
  bool operator==(const Argsort&) const = default;
  int axis;
  bool descending = false;
  Layout outputs(const Layout& x) const;
  std::size_t workspace(const Layout& x) const;
  std::size_t cuda_workspace(const Layout& x) const;
  void run(Cpu, View y, View x) const noexcept;
  void run(Cuda, View y, View x) const;
};

// An unsigned number for each element, in the same order.
template <class T>
using SortKey = std::conditional_t<sizeof(T) == 8, std::uint64_t, std::uint32_t>;
template <class T>
constexpr SortKey<T> sort_key(T x) {
  using Key = SortKey<T>;
  constexpr Key sign = Key{1} << (8 * sizeof(Key) - 1);
  if constexpr (std::is_same_v<T, Half> || std::is_same_v<T, BFloat16>) {
    return sort_key(float(x));
  } else if constexpr (std::is_floating_point_v<T>) {
    if (x != x) return ~Key{0};
    const Key raw = std::bit_cast<Key>(x), bits = raw == sign ? Key{0} : raw;
    return bits & sign ? ~bits : bits | sign;  // of negative numbers the larger bits are the smaller number
  } else if constexpr (std::is_signed_v<T>) {
    return static_cast<Key>(static_cast<std::make_signed_t<Key>>(x)) ^ sign;
  } else {
    return static_cast<Key>(x);
  }
}

}  // namespace ramie::kernels
