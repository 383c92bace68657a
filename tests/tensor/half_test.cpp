// float16 and bfloat16 against a reference that follows their definition, digit by digit, in double.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>
#include <vector>
#ifdef __SSE2__
#include <immintrin.h>
#endif

#include <ramie/tensor/half.h>

namespace ramie {
namespace {

struct Format {
  int exponent_bits, mantissa_bits;
  int bias() const { return (1 << (exponent_bits - 1)) - 1; }
};
constexpr Format half_format{5, 10}, bfloat16_format{8, 7};

// The value of a bit pattern: (-1)^s 1.m 2^(e - bias), or 0.m 2^(1 - bias) where e is 0.
double decoded(const Format& f, std::uint32_t bits) {
  const int mantissa = static_cast<int>(bits & ((1u << f.mantissa_bits) - 1));
  const int exponent = static_cast<int>(bits >> f.mantissa_bits & ((1u << f.exponent_bits) - 1));
  const double sign = bits >> 15 ? -1 : 1;
  if (exponent == (1 << f.exponent_bits) - 1) return mantissa ? NAN : sign * INFINITY;
  const int whole = exponent ? mantissa + (1 << f.mantissa_bits) : mantissa;
  return sign * std::ldexp(whole, std::max(exponent, 1) - f.bias() - f.mantissa_bits);
}

// The bits of the nearest value, ties to the even mantissa.
std::uint16_t encoded(const Format& f, float x) {
  const std::uint16_t sign = std::signbit(x) ? 0x8000 : 0;
  const double size = std::abs(static_cast<double>(x));
  const std::uint32_t infinity = ((1u << f.exponent_bits) - 1) << f.mantissa_bits;
  if (std::isinf(x)) return static_cast<std::uint16_t>(sign | infinity);
  const int exponent = size > 0 ? std::max(std::ilogb(size), 1 - f.bias()) : 1 - f.bias();
  // In units of the last place; a carry into the next exponent is right by itself.
  const auto units = static_cast<std::uint32_t>(std::nearbyint(std::ldexp(size, f.mantissa_bits - exponent)));
  const std::uint32_t bits = units + (static_cast<std::uint32_t>(exponent + f.bias() - 1) << f.mantissa_bits);
  return static_cast<std::uint16_t>(sign | std::min(bits, infinity));
}

template <class T>
T from_bits(std::uint32_t bits) {
  T x;
  x.bits = static_cast<std::uint16_t>(bits);
  return x;
}

template <class T>
void expect_all_decoded(const Format& f) {
  for (std::uint32_t bits = 0; bits < 0x10000; ++bits) {
    const float got = from_bits<T>(bits);
    const double wanted = decoded(f, bits);
    ASSERT_EQ(std::isnan(got), std::isnan(wanted)) << bits;
    if (std::isnan(wanted)) continue;
    ASSERT_EQ(got, wanted) << bits;
    ASSERT_EQ(std::signbit(got), std::signbit(wanted)) << bits;
    ASSERT_EQ(T(got).bits, bits);
  }
}

template <class T>
void expect_encoded(const Format& f, float x) {
  const std::uint16_t got = T(x).bits;
  if (std::isnan(x)) {
    ASSERT_TRUE(std::isnan(decoded(f, got))) << std::bit_cast<std::uint32_t>(x);
    ASSERT_EQ(got >> 15, std::bit_cast<std::uint32_t>(x) >> 31);
  } else {
    ASSERT_EQ(got, encoded(f, x)) << x;
  }
}

// Every value, every midpoint between neighbours, and the floats beside them.
template <class T>
void expect_neighbours_encoded(const Format& f) {
  const std::uint32_t infinity = ((1u << f.exponent_bits) - 1) << f.mantissa_bits;
  for (std::uint32_t bits = 0; bits < infinity; ++bits) {
    const double here = decoded(f, bits), ulp = decoded(f, bits) - decoded(f, bits ? bits - 1 : 0);
    const double next = bits + 1 < infinity ? decoded(f, bits + 1) : here + ulp;
    for (const double x : {here, (here + next) / 2}) {
      const auto at = static_cast<float>(x);
      for (const float y : {at, std::nextafter(at, 0.0f), std::nextafter(at, INFINITY)}) {
        expect_encoded<T>(f, y);
        expect_encoded<T>(f, -y);
      }
    }
  }
}

template <class T>
void expect_random_encoded(const Format& f) {
  std::mt19937 random(1);
  for (int i = 0; i < 1000000; ++i)
    expect_encoded<T>(f, std::bit_cast<float>(static_cast<std::uint32_t>(random())));
}

TEST(Half, DecodesEveryPattern) { expect_all_decoded<Half>(half_format); }
TEST(BFloat16, DecodesEveryPattern) { expect_all_decoded<BFloat16>(bfloat16_format); }
TEST(Half, RoundsToNearestEven) { expect_neighbours_encoded<Half>(half_format); }
TEST(BFloat16, RoundsToNearestEven) { expect_neighbours_encoded<BFloat16>(bfloat16_format); }
TEST(Half, RoundsAnyFloat) { expect_random_encoded<Half>(half_format); }
TEST(BFloat16, RoundsAnyFloat) { expect_random_encoded<BFloat16>(bfloat16_format); }

TEST(Half, HandWorkedValues) {
  EXPECT_EQ(Half(1.0f).bits, 0x3c00);
  EXPECT_EQ(Half(-2.0f).bits, 0xc000);
  EXPECT_EQ(Half(-0.0f).bits, 0x8000);
  EXPECT_EQ(Half(65504.0f).bits, 0x7bff);
  EXPECT_EQ(Half(65519.996f).bits, 0x7bff);
  EXPECT_EQ(Half(65520.0f).bits, 0x7c00);  // a tie, and infinity is the even one
  EXPECT_EQ(Half(0x1p-24f).bits, 1);
  EXPECT_EQ(Half(0x1p-25f).bits, 0);          // a tie with zero
  EXPECT_EQ(Half(0x1.000002p-25f).bits, 1);   // just above it
  EXPECT_EQ(Half(0x1.ff8p-15f).bits, 0x3ff);  // the largest subnormal
  EXPECT_EQ(Half(0x1.ffcp-15f).bits, 0x400);  // a tie with the smallest normal
  EXPECT_EQ(Half(std::numeric_limits<float>::infinity()).bits, 0x7c00);
  EXPECT_EQ(Half(std::numeric_limits<float>::denorm_min()).bits, 0);
}

TEST(BFloat16, HandWorkedValues) {
  EXPECT_EQ(BFloat16(1.0f).bits, 0x3f80);
  EXPECT_EQ(BFloat16(1.00390625f).bits, 0x3f80);  // 1 + 2^-8: a tie, to even
  EXPECT_EQ(BFloat16(1.01171875f).bits, 0x3f82);  // 1 + 3 * 2^-8: a tie, to even
  EXPECT_EQ(BFloat16(std::numeric_limits<float>::max()).bits, 0x7f80);
  EXPECT_TRUE(
      std::isnan(float(BFloat16(std::bit_cast<float>(0x7f800001u)))));  // its payload lies below the cut
}

#ifdef __SSE2__
// Half's subnormals are normal floats: a thread that flushes subnormal floats to zero must not lose them.
TEST(Half, SubnormalsSurviveFlushToZero) {
  const unsigned before = _mm_getcsr();
  _mm_setcsr(before | 0x8040);  // flush results and operands
  std::vector<std::uint32_t> wrong;
  for (std::uint32_t bits = 1; bits < 0x400; ++bits) {
    const float x = from_bits<Half>(bits);
    if (x != static_cast<float>(bits) * 0x1p-24f || Half(x).bits != bits) wrong.push_back(bits);
  }
  _mm_setcsr(before);
  EXPECT_EQ(wrong, std::vector<std::uint32_t>());
}
#endif

}  // namespace
}  // namespace ramie
