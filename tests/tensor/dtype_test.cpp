#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include <ramie/tensor/dtype.h>

namespace ramie {
namespace {

constexpr DType all[] = {bool_, uint8,   int8,     int16,   int32,  uint32,
                         int64, float16, bfloat16, float32, float64};

TEST(DType, NamesSizesAndKinds) {
  const char* names[] = {"bool",  "uint8",   "int8",     "int16",   "int32",  "uint32",
                         "int64", "float16", "bfloat16", "float32", "float64"};
  const std::size_t sizes[] = {1, 1, 1, 2, 4, 4, 8, 2, 2, 4, 8};
  ASSERT_EQ(std::size(all), static_cast<std::size_t>(dtype_count));
  for (std::size_t i = 0; i < std::size(all); ++i) {
    EXPECT_EQ(name(all[i]), names[i]);
    EXPECT_EQ(size_of(all[i]), sizes[i]) << names[i];
    EXPECT_EQ(is_floating(all[i]), i >= 7) << names[i];
    EXPECT_EQ(is_integer(all[i]), i >= 1 && i < 7) << names[i];
  }
}

TEST(DType, VisitAndDtypeOfAreInverse) {
  for (const DType t : all) {
    const auto [back, bytes] = visit(t, []<class T>(Type<T>) { return std::pair(dtype_of<T>(), sizeof(T)); });
    EXPECT_EQ(back, t);
    EXPECT_EQ(bytes, size_of(t)) << name(t);
  }
  EXPECT_EQ(dtype_of<long>(), int64);
  EXPECT_EQ(dtype_of<long long>(), int64);
}

// jax.numpy.promote_types with 64 bits enabled, whole.
TEST(DType, PromotionIsJaxs) {
  const DType table[dtype_count][dtype_count] = {
      {bool_, uint8, int8, int16, int32, uint32, int64, float16, bfloat16, float32, float64},
      {uint8, uint8, int16, int16, int32, uint32, int64, float16, bfloat16, float32, float64},
      {int8, int16, int8, int16, int32, int64, int64, float16, bfloat16, float32, float64},
      {int16, int16, int16, int16, int32, int64, int64, float16, bfloat16, float32, float64},
      {int32, int32, int32, int32, int32, int64, int64, float16, bfloat16, float32, float64},
      {uint32, uint32, int64, int64, int64, uint32, int64, float16, bfloat16, float32, float64},
      {int64, int64, int64, int64, int64, int64, int64, float16, bfloat16, float32, float64},
      {float16, float16, float16, float16, float16, float16, float16, float16, float32, float32, float64},
      {bfloat16, bfloat16, bfloat16, bfloat16, bfloat16, bfloat16, bfloat16, float32, bfloat16, float32,
       float64},
      {float32, float32, float32, float32, float32, float32, float32, float32, float32, float32, float64},
      {float64, float64, float64, float64, float64, float64, float64, float64, float64, float64, float64},
  };
  for (std::size_t a = 0; a < std::size(all); ++a)
    for (std::size_t b = 0; b < std::size(all); ++b)
      EXPECT_EQ(promote(all[a], all[b]), table[a][b]) << name(all[a]) << " with " << name(all[b]);
}

// What jax.numpy gives for zeros(2, t) + True, + 2 and + 2.5.
TEST(Scalar, NeverWidensATensor) {
  for (const DType t : all) {
    EXPECT_EQ(Scalar(true).with(t), t);
    EXPECT_EQ(Scalar(2).with(t), t == bool_ ? int32 : t);
    EXPECT_EQ(Scalar(2.5).with(t), is_floating(t) ? t : float32);
    EXPECT_EQ(Scalar(2.5f).with(t), is_floating(t) ? t : float32);
  }
}

TEST(Scalar, AloneIsBoolInt32OrFloat32) {
  EXPECT_EQ(Scalar(false).dtype(), bool_);
  EXPECT_EQ(Scalar(std::uint8_t{1}).dtype(), int32);
  EXPECT_EQ(Scalar(1LL << 40).dtype(), int32);
  EXPECT_EQ(Scalar(1.0).dtype(), float32);
}

TEST(Scalar, KeepsWholeNumbersExactly) {
  const std::int64_t odd = (std::int64_t{1} << 60) + 1;
  EXPECT_EQ(Scalar(odd).as<std::int64_t>(), odd);
  EXPECT_EQ(Scalar(2.75).as<std::int32_t>(), 2);
  EXPECT_EQ(Scalar(1e20).as<std::int32_t>(), std::numeric_limits<std::int32_t>::max());
  EXPECT_EQ(Scalar(0.5).as<bool>(), true);
  EXPECT_EQ(Scalar(7).as<float>(), 7.0f);
  EXPECT_EQ(Scalar(0.1).as<double>(), 0.1);
  EXPECT_EQ(Scalar(1.5).as<Half>().bits, 0x3e00);
}

template <class To, class From>
void expect_saturation() {
  using Limits = std::numeric_limits<To>;
  constexpr From inf = std::numeric_limits<From>::infinity();
  EXPECT_EQ((convert<To>(inf)), Limits::max());
  EXPECT_EQ((convert<To>(-inf)), Limits::min());
  EXPECT_EQ((convert<To>(std::numeric_limits<From>::max())), Limits::max());
  EXPECT_EQ((convert<To>(std::numeric_limits<From>::lowest())), Limits::min());
  EXPECT_EQ((convert<To>(std::numeric_limits<From>::quiet_NaN())), To{0});
  EXPECT_EQ((convert<To>(From(-0.75))), To{0});
  EXPECT_EQ((convert<To>(From(3.99))), To{3});
  // The first value too large, and the last that fits.
  const From limit = std::ldexp(From(1), Limits::digits);
  EXPECT_EQ((convert<To>(limit)), Limits::max());
  EXPECT_EQ((convert<To>(std::nextafter(limit, From(0)))), static_cast<To>(std::nextafter(limit, From(0))));
  if constexpr (std::is_signed_v<To>) {
    EXPECT_EQ((convert<To>(-limit)), Limits::min());
    EXPECT_EQ((convert<To>(std::nextafter(-limit, -inf))), Limits::min());
    EXPECT_EQ((convert<To>(From(-3.99))), To{-3});
  } else {
    EXPECT_EQ((convert<To>(From(-3.99))), To{0});
  }
}
template <class To>
void expect_saturation_of_floats() {
  expect_saturation<To, float>();
  expect_saturation<To, double>();
}

TEST(Convert, FloatsToIntegersSaturateAndNanIsZero) {
  expect_saturation_of_floats<std::int8_t>();
  expect_saturation_of_floats<std::uint8_t>();
  expect_saturation_of_floats<std::int16_t>();
  expect_saturation_of_floats<std::int32_t>();
  expect_saturation_of_floats<std::uint32_t>();
  expect_saturation_of_floats<std::int64_t>();
}

TEST(Convert, BoolIsWhetherItDiffersFromZero) {
  EXPECT_EQ(convert<bool>(0.25f), true);
  EXPECT_EQ(convert<bool>(-0.0), false);
  EXPECT_EQ(convert<bool>(std::nan("")), true);
  EXPECT_EQ(convert<bool>(std::int64_t{1} << 40), true);
  EXPECT_EQ(convert<bool>(Half(0x1p-24f)), true);
  EXPECT_EQ(convert<float>(true), 1.0f);
}

TEST(Convert, SmallFloatsGoThroughFloat) {
  EXPECT_EQ(convert<Half>(1.0).bits, 0x3c00);
  EXPECT_EQ(convert<BFloat16>(Half(0.5f)).bits, 0x3f00);
  EXPECT_EQ(convert<std::int8_t>(Half(1000.0f)), 127);
  EXPECT_EQ(convert<double>(BFloat16(-3.0f)), -3.0);
  EXPECT_EQ(convert<Half>(100000).bits, 0x7c00);
  EXPECT_EQ(convert<std::int64_t>(Half(-7.0f)), -7);
}

TEST(Convert, IntegersWrap) {
  EXPECT_EQ(convert<std::uint8_t>(300), 44);
  EXPECT_EQ(convert<std::int8_t>(std::int64_t{200}), -56);
  EXPECT_EQ(convert<std::uint32_t>(-1), 0xffffffffu);
}

}  // namespace
}  // namespace ramie
