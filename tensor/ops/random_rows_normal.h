// What Box and Muller's pairs need, on every device: -2 log(u) and a point of a half circle as polynomials,
// and the bounds of uniform numbers. Fitted here, nearly minimax; the highest coefficient stands first.
#pragma once

#include <array>
#include <cmath>
#include <numbers>

#include <ramie/tensor/ops/random_span.h>

namespace ramie::kernels::rows {

template <class T>
struct BoxMuller;

template <>
struct BoxMuller<float> {
  using Bits = std::int32_t;
  static constexpr int mantissa = 23;
  static constexpr float scale = 0x1p-31f;  // a signed word becomes a number in [-1, 1]
  // -2 log(1 + t) / t for 1 + t in [sqrt(1/2), sqrt(2)]; relative error 2e-7.
  static constexpr std::array<float, 8> log() {
    return {0.197907015f, -0.322524958f, 0.345564121f, -0.398266958f,
            0.499378139f, -0.66669212f,  1.0000075f,   -1.99999994f};
  }
  // sin(pi x / 2) / x as a function of x^2, for x in [-1, 1]; 7e-9.
  static constexpr std::array<float, 5> sine() {
    return {0.000151671704f, -0.00467414384f, 0.0796899183f, -0.64596376f, 1.57079632f};
  }
  // cos(pi x / 2) / (1 - x^2); 2e-7.
  static constexpr std::array<float, 4> cosine() {
    return {-0.000846306237f, 0.0199390635f, -0.23369459f, 0.999999814f};
  }
};

template <>
struct BoxMuller<double> {
  using Bits = std::int64_t;
  static constexpr int mantissa = 52;
  static constexpr double scale = 0x1p-63;
  static constexpr std::array<double, 20> log() {  // 5e-17
    return {0.055158309770548858, -0.1249948865983042,  0.13586969850507073, -0.12004725249193619,
            0.12089864497303752,  -0.13233832207459677, 0.1431861552600504,  -0.15396278119219159,
            0.1666529942600772,   -0.18181117727130134, 0.20000025599607216, -0.2222224585709493,
            0.24999999993627987,  -0.28571428130396066, 0.33333333326982937, -0.40000000004113852,
            0.50000000000067194,  -0.66666666666651819, 0.99999999999999847, -2.0};
  }
  static constexpr std::array<double, 9> sine() {  // 3e-19
    return {5.8729757447999501e-12, -6.6844168318560843e-10, 5.6921364280986252e-8,
            -3.5988430204672575e-6, 0.00016044118471309159,  -0.0046817541353042553,
            0.07969262624616564,    -0.6459640975062462,     1.5707963267948966};
  }
  static constexpr std::array<double, 8> cosine() {  // 2e-17
    return {-6.3061695616568301e-11, 6.3181196706228311e-9, -4.6476318093539006e-7, 2.4737275041126401e-5,
            -0.00089452299813816203, 0.019968957764836131,  -0.23370055013616783,   1.0};
  }
};

// The lower end of the interval around 1 where a logarithm's mantissas lie, times a word's 2^31 or 2^63: what
// is subtracted from a number's bits for its exponent, which is then 0 or below.
template <class T>
constexpr auto log_base = std::bit_cast<typename BoxMuller<T>::Bits>(std::numbers::sqrt2_v<T> / 2 /
                                                                     BoxMuller<T>::scale);
template <class T>
constexpr auto log_mantissa = std::bit_cast<typename BoxMuller<T>::Bits>(std::numbers::sqrt2_v<T> / 2);

// Uniform in [low, low + width), where rounding could give high; `last` is the number before that.
template <class F>
struct UniformSpan {
  F low, width, last;
  template <class T>
  static UniformSpan of(Type<T>, double low, double high) {
    const F a(convert<T>(low)), b(convert<T>(high));
    return {a, b - a, F(next_down(T(b)))};
  }
};

}  // namespace ramie::kernels::rows
