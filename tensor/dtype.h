// Element types, and the one table of dtype promotion.
//
//   promote(int32, float32) == float32      promote(bfloat16, float16) == float32
//   visit(x.dtype(), [&]<class T>(Type<T>) { ... });      // T is the C++ type
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>
#include <utility>

#include <ramie/tensor/half.h>

namespace ramie {

enum class DType : std::uint8_t {
  bool_,
  uint8,
  int8,
  int16,
  int32,
  uint32,
  int64,
  float16,
  bfloat16,
  float32,
  float64
};

inline constexpr DType bool_ = DType::bool_, uint8 = DType::uint8, int8 = DType::int8, int16 = DType::int16,
                       int32 = DType::int32, uint32 = DType::uint32, int64 = DType::int64,
                       float16 = DType::float16, bfloat16 = DType::bfloat16, float32 = DType::float32,
                       float64 = DType::float64;
inline constexpr int dtype_count = 11;

constexpr std::size_t size_of(DType t) {
  constexpr std::uint8_t bytes[dtype_count] = {1, 1, 1, 2, 4, 4, 8, 2, 2, 4, 8};
  return bytes[static_cast<int>(t)];
}
constexpr bool is_floating(DType t) { return t >= DType::float16; }
constexpr bool is_integer(DType t) { return t != DType::bool_ && !is_floating(t); }

std::string_view name(DType t);  // "float32"

// The dtype of an op on both: JAX's lattice. Integers never widen a float: int64 with float16 is float16.
DType promote(DType a, DType b);

template <class T>
struct Type {
  using type = T;
};

// Calls f(Type<T>{}) for the C++ type T of the dtype.
template <class F>
decltype(auto) visit(DType t, F&& f) {
  switch (t) {
    case DType::bool_:
      return f(Type<bool>{});
    case DType::uint8:
      return f(Type<std::uint8_t>{});
    case DType::int8:
      return f(Type<std::int8_t>{});
    case DType::int16:
      return f(Type<std::int16_t>{});
    case DType::int32:
      return f(Type<std::int32_t>{});
    case DType::uint32:
      return f(Type<std::uint32_t>{});
    case DType::int64:
      return f(Type<std::int64_t>{});
    case DType::float16:
      return f(Type<Half>{});
    case DType::bfloat16:
      return f(Type<BFloat16>{});
    case DType::float64:
      return f(Type<double>{});
    case DType::float32:
      break;
  }
  return f(Type<float>{});
}

template <class T>
consteval DType dtype_of() {
  if constexpr (std::is_same_v<T, bool>)
    return bool_;
  else if constexpr (std::is_same_v<T, std::uint8_t>)
    return uint8;
  else if constexpr (std::is_same_v<T, std::int8_t>)
    return int8;
  else if constexpr (std::is_same_v<T, std::int16_t>)
    return int16;
  else if constexpr (std::is_same_v<T, std::int32_t>)
    return int32;
  else if constexpr (std::is_same_v<T, std::uint32_t>)
    return uint32;
  else if constexpr (std::is_integral_v<T> && std::is_signed_v<T> && sizeof(T) == 8)
    return int64;
  else if constexpr (std::is_same_v<T, Half>)
    return float16;
  else if constexpr (std::is_same_v<T, BFloat16>)
    return bfloat16;
  else if constexpr (std::is_same_v<T, float>)
    return float32;
  else {
    static_assert(std::is_same_v<T, double>, "no dtype holds this C++ type");
    return float64;
  }
}
// float16 and bfloat16 convert through float; the rest as C++ converts.
template <class To, class From>
constexpr To convert(From x) {
  constexpr bool narrow = std::is_same_v<To, Half> || std::is_same_v<To, BFloat16>;
  if constexpr (std::is_same_v<To, From>)
    return x;
  else if constexpr (std::is_same_v<To, bool>)
    return static_cast<To>(static_cast<double>(x) != 0);
  else if constexpr (narrow)
    return To(static_cast<float>(x));
  else if constexpr (std::is_same_v<From, Half> || std::is_same_v<From, BFloat16>)
    return convert<To>(float(x));
  else if constexpr (std::is_integral_v<To> && std::is_floating_point_v<From>) {
    // What C++ leaves undefined is pinned as XLA does: NaN is 0, out of range saturates.
    if (x != x) return 0;
    constexpr auto one = std::uint64_t{1} << (sizeof(To) * 8 - (std::is_signed_v<To> ? 1 : 0) - 1);
    const From limit = static_cast<From>(one) * 2;  // the first value too large
    if (x >= limit) return static_cast<To>(one - 1 + one);
    if constexpr (std::is_signed_v<To>) {
      if (x < -limit)
        return static_cast<To>(-static_cast<std::int64_t>(one - 1) - static_cast<std::int64_t>(one) - 1);
    } else {
      if (x <= 0) return 0;
    }
    return static_cast<To>(x);
  } else
    return static_cast<To>(x);
}

// A C++ number beside a tensor. It never widens the tensor: float32 + 1.5 is float32, int32 + 1 is int32.
class Scalar {
 public:
  template <class T>
  requires std::is_arithmetic_v<T>
  constexpr Scalar(T x) : real_(static_cast<double>(x)), whole_(whole(x)), kind_(kind<T>()) {}
  template <class T>
  constexpr T as() const {
    if constexpr (std::is_integral_v<T>)
      return kind_ == Kind::real ? convert<T>(real_) : static_cast<T>(whole_);
    else
      return convert<T>(real_);
  }
  // The dtype of an op of this number with a tensor of dtype t.
  DType with(DType t) const;
  // The dtype of a tensor made of this number alone: bool, int32 or float32.
  DType dtype() const;
  bool operator==(const Scalar& o) const {  // by bits: 0 is not -0, and NaN is itself
    return kind_ == o.kind_ && whole_ == o.whole_ &&
           std::bit_cast<std::uint64_t>(real_) == std::bit_cast<std::uint64_t>(o.real_);
  }

 private:
  enum class Kind : std::uint8_t { boolean, whole, real };
  template <class T>
  static constexpr Kind kind() {
    return std::is_same_v<T, bool> ? Kind::boolean : std::is_integral_v<T> ? Kind::whole : Kind::real;
  }
  template <class T>
  static constexpr std::int64_t whole(T x) {
    if constexpr (std::is_integral_v<T>)
      return static_cast<std::int64_t>(x);
    else
      return 0;
  }
  double real_;
  std::int64_t whole_;
  Kind kind_;
};

}  // namespace ramie
