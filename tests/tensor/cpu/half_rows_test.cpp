// Every float16 and bfloat16, and floats of every kind, against the conversion of one number.
#include <ramie/tensor/cpu/half_rows.h>

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <random>
#include <vector>

namespace ramie::kernels {
namespace {

template <class T>
void check_widening() {
  std::vector<T> x(65536);
  std::vector<float> y(x.size());
  for (std::size_t i = 0; i < x.size(); ++i) x[i].bits = static_cast<std::uint16_t>(i);
  widen(static_cast<std::int64_t>(x.size()), y.data(), x.data());
  for (std::size_t i = 0; i < x.size(); ++i) {
    const float want = x[i];
    if (std::isnan(want))
      EXPECT_TRUE(std::isnan(y[i])) << i;
    else
      EXPECT_EQ(std::bit_cast<std::uint32_t>(y[i]), std::bit_cast<std::uint32_t>(want)) << i;
  }
}
template <class T>
void check_narrowing() {
  std::mt19937 bits(3);
  std::vector<float> x;
  for (int i = 0; i < 200003; ++i) x.push_back(std::bit_cast<float>(static_cast<std::uint32_t>(bits())));
  for (int i = 0; i < 65536; ++i)  // and halfway between two
    x.push_back(std::bit_cast<float>(static_cast<std::uint32_t>(i) << 16 | 0x8000U)),
        x.push_back(std::ldexp(float(i) + 0.5F, -25));
  std::vector<T> y(x.size());
  narrow(static_cast<std::int64_t>(x.size()), y.data(), x.data());
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (std::isnan(x[i]))
      EXPECT_TRUE(std::isnan(float(y[i])));
    else
      EXPECT_EQ(y[i].bits, T(x[i]).bits) << x[i];
  }
}

TEST(HalfRows, WidenEveryValue) {
  check_widening<Half>();
  check_widening<BFloat16>();
}
TEST(HalfRows, NarrowRoundsToEven) {
  check_narrowing<Half>();
  check_narrowing<BFloat16>();
}
TEST(HalfRows, WritesNoFurtherThanTheRow) {
  for (std::int64_t n = 0; n < 40; ++n) {
    std::vector<float> x(40, 1.0F), y(41, -1.0F);
    std::vector<Half> h(41, Half(-1.0F));
    narrow(n, h.data(), x.data());
    widen(n, y.data(), h.data());
    for (std::int64_t i = 0; i < 41; ++i) {
      EXPECT_EQ(float(h[static_cast<std::size_t>(i)]), i < n ? 1 : -1);
      EXPECT_EQ(y[static_cast<std::size_t>(i)], i < n ? 1 : -1);
    }
  }
}

}  // namespace
}  // namespace ramie::kernels
