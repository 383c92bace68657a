// The kernels beside JAX's data, which random_numbers_test.cpp holds them to; and permutation's gradient.
#include <ramie/tensor/ops/random.h>

#include <ramie/tensor/ops/random_span.h>
#include <ramie/tensor/random.h>

#include "support/ops.h"

namespace ramie {
namespace {

using kernels::next_down;
using kernels::next_up;

TEST(NextUp, StepsThroughHalvesAsThroughFloats) {
  EXPECT_EQ(float(next_up(Half(1.0f))), 1 + 0x1p-10f);
  EXPECT_EQ(float(next_down(Half(1.0f))), 1 - 0x1p-11f);
  EXPECT_EQ(float(next_up(Half(-1.0f))), -1 + 0x1p-11f);
  EXPECT_EQ(float(next_up(Half(0.0f))), 0x1p-24f);
  EXPECT_EQ(float(next_up(Half(-0.0f))), 0x1p-24f);
  EXPECT_EQ(float(next_down(Half(0.0f))), -0x1p-24f);
  EXPECT_EQ(float(next_down(BFloat16(2.0f))), 2 - 0x1p-7f);
  EXPECT_EQ(next_up(1.0f), std::nextafter(1.0f, 2.0f));
  EXPECT_EQ(next_down(0.0), -std::numeric_limits<double>::denorm_min());
}

// The inverse of the error function, turned back.
TEST(Normal, IsErfInvOfTheUniformWithTheSameKey) {
  const Tensor key = random::key(2);
  const double low = std::nextafter(-1.0, 0.0);
  const auto u = random::uniform(key, {20000}, float64, low, 1).to_vector<double>();
  const auto z = random::normal(key, {20000}, float64).to_vector<double>();
  for (std::size_t i = 0; i < u.size(); ++i) ASSERT_NEAR(std::erf(z[i] / std::sqrt(2.0)), u[i], 4e-15);
}

TEST(Uniform, IsWithinItsBounds) {
  for (const DType dtype : {float32, float64, float16, bfloat16}) {
    for (const double v : random::uniform(random::key(1), {5000}, dtype, -0.5, 0.25).to_vector<double>()) {
      ASSERT_GE(v, -0.5) << name(dtype);
      ASSERT_LE(v, 0.25) << name(dtype);
    }
  }
}

TEST(Bernoulli, IsTrueAsOftenAsP) {
  const auto x = random::bernoulli(random::key(4), 0.3, {1000, 1000}).to_vector<double>();
  double mean = 0;
  for (const double v : x) mean += v / static_cast<double>(x.size());
  EXPECT_NEAR(mean, 0.3, 0.0023);  // five standard errors
}

TEST(Permutation, OfATensorIsJaxs) {
  const auto data = oracle::read("random.json");
  ASSERT_FALSE(data.at("permutation").empty());
  for (const auto& c : data.at("permutation")) {
    if (c.contains("n") || c.at("independent")) continue;
    const auto rows = c.at("input").get<std::vector<std::vector<double>>>();
    std::vector<double> values;
    for (const auto& row : rows) values.insert(values.end(), row.begin(), row.end());
    const Tensor x = from_vector(values, {7, 3});
    const Tensor key = from_vector(c.at("key").get<std::vector<std::uint32_t>>(), {2});
    const Tensor y = random::permutation(key, x, c.at("axis").get<std::int64_t>());
    EXPECT_EQ(y.to_vector<double>(), c.at("head").get<std::vector<double>>()) << c;
    for (const Tensor& view : odd_views(x))
      expect_near(random::permutation(key, view, c.at("axis").get<std::int64_t>()), y, 0);
  }
}

TEST(Permutation, MovesGradientsBack) {
  const Tensor x = random_normal({6, 2});
  const auto report = check_gradients(
      [](const Tensor& x) { return random::permutation(random::key(8), square(x)); }, {x}, {.order = 2});
  EXPECT_TRUE(report) << report.table;
}

TEST(Permutation, NamesABadAxis) {
  EXPECT_NE(error_of([] { random::permutation(random::key(0), zeros({3}), 1); }).find("[permutation]"),
            std::string::npos);
}

}  // namespace
}  // namespace ramie
