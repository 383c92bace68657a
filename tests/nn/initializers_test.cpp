#include <ramie/nn/initializers.h>

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <map>

#include <ramie/autograd/ops/linalg.h>
#include <ramie/autograd/ops/matmul.h>
#include <ramie/autograd/ops/reduce.h>
#include <ramie/tensor/random.h>

#include "support/ops.h"

namespace ramie::nn::initializers {
namespace {

using oracle::Json;
using ramie::max, ramie::mean;

Tensor drawn(const Initializer& init, const Shape& shape, DType dtype = float32) {
  return init(random::key(0), shape, dtype);
}
DType dtype_named(const std::string& wanted) {
  for (const DType t : {float64, float16, bfloat16})
    if (name(t) == wanted) return t;
  return float32;
}
double deviation(const Tensor& x) { return std::sqrt(mean(square(x.astype(float64))).item()); }

// --- JAX's numbers -----------------------------------------------------------------------------------------

double real(const Json& arguments, const char* name) { return arguments.at(name).get<double>(); }
Shape axes(const Json& arguments, const char* name) {
  return Shape(arguments.at("axes").at(name).get<std::vector<std::int64_t>>());
}
Initializer scaled(const Json& a) {
  const std::map<std::string, Fan> fans{
      {"in", Fan::in}, {"out", Fan::out}, {"average", Fan::average}, {"geometric", Fan::geometric}};
  const std::map<std::string, Distribution> distributions{
      {"uniform", Distribution::uniform},
      {"normal", Distribution::normal},
      {"truncated_normal", Distribution::truncated_normal}};
  const FanAxes where =
      a.contains("axes") ? FanAxes{axes(a, "in"), axes(a, "out"), axes(a, "batch")} : FanAxes();
  return variance_scaling(real(a, "scale"), fans.at(a.at("fan")), distributions.at(a.at("distribution")),
                          where);
}

Initializer initializer(const std::string& name, const Json& a) {
  const std::map<std::string, Initializer (*)(const FanAxes&)> families{
      {"lecun_normal", lecun_normal},     {"lecun_uniform", lecun_uniform},
      {"he_normal", he_normal},           {"he_uniform", he_uniform},
      {"kaiming_normal", kaiming_normal}, {"kaiming_uniform", kaiming_uniform},
      {"glorot_normal", glorot_normal},   {"glorot_uniform", glorot_uniform},
      {"xavier_normal", xavier_normal},   {"xavier_uniform", xavier_uniform}};
  if (families.contains(name)) return families.at(name)({});
  if (name == "zeros") return zeros();
  if (name == "ones") return ones();
  if (name == "constant") return constant(real(a, "value"));
  if (name == "uniform") return uniform(real(a, "scale"));
  if (name == "normal") return normal(real(a, "stddev"));
  if (name == "truncated_normal")
    return truncated_normal(real(a, "stddev"), real(a, "lower"), real(a, "upper"));
  if (name == "variance_scaling") return scaled(a);
  const auto make = name == "orthogonal" ? orthogonal : delta_orthogonal;
  return make(real(a, "scale"), a.at("column_axis"));
}

double number(std::uint64_t bits, DType t) {
  if (t == float64) return oracle::float64(bits);
  if (t == float32) return static_cast<double>(oracle::float32(bits));
  if (t == float16) return static_cast<double>(std::bit_cast<Half>(static_cast<std::uint16_t>(bits)));
  return static_cast<double>(std::bit_cast<BFloat16>(static_cast<std::uint16_t>(bits)));
}

// What may differ: normal numbers pass through erf_inv, which float32 and float64 take to 2 ulp, and the
// factor rounds once more; an orthogonal matrix comes from LAPACK.
double allowed(const Json& c, DType t, double expected) {
  const std::string name = c.at("initializer");
  const double epsilon = t == float64 ? 0x1p-52 : 0x1p-23;
  if (name.find("orthogonal") != std::string::npos) return 10 * epsilon;
  const bool normal =
      (name + c.at("arguments").value("distribution", "")).find("normal") != std::string::npos;
  return normal && (t == float32 || t == float64) ? 3 * epsilon * std::abs(expected) : 0;
}

TEST(Initializers, DrawJaxsNumbers) {
  const Json data = oracle::read("initializers.json");
  for (const Json& c : data.at("cases")) {
    SCOPED_TRACE(c.dump().substr(0, 200));
    const oracle::Draw draw = oracle::draw(c);
    const DType t = dtype_named(draw.dtype);
    const Tensor x =
        initializer(c.at("initializer"), c.at("arguments"))(random::key(c.at("seed")), Shape(draw.shape), t);
    ASSERT_EQ(x.shape(), Shape(draw.shape));
    ASSERT_EQ(x.dtype(), t);
    const auto found = x.to_vector<double>();
    for (const auto& [i, bits] : draw.elements()) {
      const double expected = number(bits, t);
      ASSERT_NEAR(found.at(static_cast<std::size_t>(i)), expected, allowed(c, t, expected)) << i;
    }
  }
}

TEST(Orthogonal, HasOrthonormalColumnsOrRows) {
  const Tensor tall = drawn(orthogonal(), {2, 4, 3}, float64).reshape({8, 3}),
               wide = drawn(orthogonal(2), {3, 8}, float64), middle = drawn(delta_orthogonal(), {3, 2, 4});
  expect_near(matmul(matrix_transpose(tall), tall), eye(3, float64), 1e-14);
  expect_near(matmul(wide, matrix_transpose(wide)), 4 * eye(3, float64), 1e-14);
  expect_near(matmul(middle[1], matrix_transpose(middle[1])), eye(2), 1e-6);
  EXPECT_EQ(max(abs(middle[0])).item() + max(abs(middle[2])).item(), 0);
  EXPECT_EQ(drawn(orthogonal(), {0, 3}).shape(), Shape({0, 3}));
  EXPECT_EQ(drawn(delta_orthogonal(), {0, 3, 4}).shape(), Shape({0, 3, 4}));
}

TEST(Initializers, ErrorsNameTheShape) {
  EXPECT_EQ(error_of([] { drawn(orthogonal(), {5}); }),
            "[orthogonal] shape (5,) is no matrix: it needs at least two axes.");
  for (const Shape& s : {Shape{4, 5}, Shape{3, 5, 4}, Shape{1, 1, 1, 1, 2, 2}})
    EXPECT_EQ(error_of([&] { drawn(delta_orthogonal(), s); }),
              "[delta_orthogonal] shape " + str(s) +
                  " must be (..., in, out) with 1 to 3 axes before them and in <= out.");
  EXPECT_NE(error_of([] { drawn(orthogonal(1, 2), {4, 5}); }).find("[orthogonal]"), std::string::npos);
  EXPECT_NE(error_of([] {
              drawn(he_normal({.in = {2}}), {4, 5});
            }).find("[variance_scaling]"),
            std::string::npos);
}

// --- their statistics --------------------------------------------------------------------------------------

TEST(Initializers, Constants) {
  expect_near(drawn(zeros(), {2}), {0, 0}, {2});
  expect_near(drawn(ones(), {2}, float64), {1, 1}, {2});
  expect_near(drawn(constant(0.5), {1, 2}), {0.5, 0.5}, {1, 2});
  EXPECT_EQ(drawn(ones(), {2}, float64).dtype(), float64);
}

TEST(Initializers, ScaleWhatRandomDraws) {
  const Tensor key = random::key(0);
  expect_near(drawn(normal(0.02), {5}), random::normal(key, {5}) * 0.02, 0);
  expect_near(drawn(uniform(0.02), {5}), random::uniform(key, {5}) * 0.02, 0);
}

// The fan of (3, 3, 16, 32): in 9 * 16, out 9 * 32. Ten thousand numbers give their deviation to a percent.
TEST(Initializers, VarianceIsScaleOverFan) {
  const Shape conv = {3, 3, 16, 32}, dense = {100, 400};
  for (auto d : {Distribution::truncated_normal, Distribution::normal, Distribution::uniform}) {
    EXPECT_NEAR(deviation(drawn(variance_scaling(1, Fan::in, d), conv)), std::sqrt(1. / 144), 0.003);
    EXPECT_NEAR(deviation(drawn(variance_scaling(1, Fan::out, d), conv)), std::sqrt(1. / 288), 0.002);
    EXPECT_NEAR(deviation(drawn(variance_scaling(2, Fan::average, d), dense)), std::sqrt(2. / 250), 0.002);
  }
}

TEST(Initializers, TheTruncatedNormalStopsAtTwoDeviations) {
  const double limit = 2 * std::sqrt(1. / 100) / 0.87962566103423978;
  const Tensor x = drawn(lecun_normal(), {100, 400});
  EXPECT_LE(max(abs(x)).item(), limit * (1 + 1e-6));
  EXPECT_GT(max(abs(x)).item(), 0.99 * limit);
}

TEST(Initializers, NamedOnes) {
  const Shape s = {100, 300};
  auto same = [&](const Initializer& a, double scale, Fan fan, Distribution d) {
    expect_near(drawn(a, s), drawn(variance_scaling(scale, fan, d), s), 0);
  };
  same(lecun_normal(), 1, Fan::in, Distribution::truncated_normal);
  same(lecun_uniform(), 1, Fan::in, Distribution::uniform);
  same(he_normal(), 2, Fan::in, Distribution::truncated_normal);
  same(he_uniform(), 2, Fan::in, Distribution::uniform);
  same(glorot_normal(), 1, Fan::average, Distribution::truncated_normal);
  same(glorot_uniform(), 1, Fan::average, Distribution::uniform);
}

TEST(Initializers, OtherDtypes) {
  EXPECT_EQ(drawn(lecun_normal(), {4, 4}, float64).dtype(), float64);
  EXPECT_EQ(drawn(he_uniform(), {4, 4}, bfloat16).dtype(), bfloat16);
}

TEST(Initializers, NothingToDraw) { EXPECT_EQ(drawn(lecun_normal(), {0, 4}).size(), 0); }

TEST(Initializers, AFanNeedsTwoAxes) {
  EXPECT_EQ(error_of([] { drawn(lecun_normal(), {5}); }),
            "[variance_scaling] shape (5,) has no fan: it needs at least two axes (in, out).");
}

}  // namespace
}  // namespace ramie::nn::initializers
