#include <ramie/autograd/ops/reduce.h>

#include <ramie/tensor/ops/reduce.h>

#include <limits>

#include "support/ops.h"

namespace ramie {
namespace {

using Values = std::vector<double>;
Values values(const Tensor& x) { return x.to_vector<double>(); }
constexpr double nan = std::numeric_limits<double>::quiet_NaN(),
                 inf = std::numeric_limits<double>::infinity();

using Reduction = Tensor (*)(const Tensor&, const Shape&, bool);
const std::vector<std::pair<const char*, Reduction>> reductions = {
    {"sum", sum}, {"mean", mean}, {"max", max}, {"min", min}, {"prod", prod}, {"var", var}};

TEST(Reduce, AgreesWithJax) {
  for (auto& [name, f] : reductions)
    for (auto& c : oracle::cases("reduce", name)) {
      const auto& axis = c.attributes["axis"];
      if (axis.is_array() && axis.empty()) continue;  // reducing no axes has no spelling here
      const Shape axes = axis.is_null()    ? Shape()
                         : axis.is_array() ? Shape(axis.get<std::vector<std::int64_t>>())
                                           : Shape{axis.get<std::int64_t>()};
      check_case(
          c, [&, f = f](auto& x) { return f(x[0], axes, c.attributes["keepdims"].template get<bool>()); });
    }
}

// The plain loop: every element of x in turn goes to its total.
Values naive(const Tensor& x, const Shape& axes, const std::function<double(double, double)>& op,
             double start) {
  const Tensor kept = sum(x, axes, true);
  const Layout target = broadcast_layout("naive", Layout(float64, kept.shape()), x.shape());
  Values total(static_cast<std::size_t>(kept.size()), start);
  const Values in = values(x);
  std::size_t i = 0;
  for_each_offset(target, [&](std::int64_t at) {
    double& t = total[static_cast<std::size_t>(at)];
    t = op(t, in[i++]);
  });
  return total;
}

std::vector<Shape> all_axes(int rank) {
  std::vector<Shape> out;
  for (int mask = 1; mask < 1 << rank; ++mask) {
    Shape axes;
    for (int i = 0; i < rank; ++i)
      if (mask >> i & 1) axes.push_back(i % 2 ? i : i - rank);  // some count from the end
    out.push_back(axes);
  }
  return out;
}

void check_against_naive(const Tensor& x, const Shape& axes, double tolerance) {
  EXPECT_LE(relative_error(values(sum(x, axes)), naive(x, axes, std::plus<>(), 0)), tolerance)
      << str(x.layout()) << str(axes);
  if (x.size() == 0) return;
  EXPECT_EQ(values(max(x, axes)), naive(
                                      x, axes, [](double a, double b) { return std::max(a, b); }, -inf))
      << str(x.layout()) << str(axes);
  EXPECT_EQ(values(min(x, axes)), naive(
                                      x, axes, [](double a, double b) { return std::min(a, b); }, inf))
      << str(x.layout()) << str(axes);
}

TEST(Reduce, AgreesWithPlainLoopsOverAllAxes) {
  for (auto& shape :
       {Shape{7}, {1}, {5, 3}, {2, 1, 9}, {3, 4, 5, 2}, {2, 70, 3}, {2, 3, 2, 3, 5}, {0, 3}, {2, 0, 4}})
    for (auto& axes : all_axes(shape.rank())) {
      check_against_naive(random_normal(shape, float64), axes, 1e-14);
      check_against_naive(random_normal(shape, float32), axes, 1e-6);
      check_against_naive(random_integers(shape, -9, 9), axes, 0);
    }
}

TEST(Reduce, EveryLengthAroundTheBlocks) {
  using P = kernels::ReducePass;
  for (std::int64_t n :
       {63, 64, 65, 511, 512, 513, 1031, 16383, 16384, 16385, 16384 * 3 + 77, 16384 * 65 + 1}) {
    const Tensor x = random_integers({n}, -99, 99);
    check_against_naive(x, {0}, 0);
    check_against_naive(astype(x, float64), {0}, 0);
  }
  for (std::int64_t inner : {1, 2, 3, 10, 31, 33, 64, 65, 1000, 2047, 2049, 5000})
    for (std::int64_t n : {1, 2, 9, 200})
      for (std::int64_t outer : {1, 3})
        check_against_naive(astype(random_integers({outer, n, inner}, -99, 99), float32), {1}, 0);
  EXPECT_GT(P(1, 1 << 20, 1).blocks(), 1);
  EXPECT_GT(P(1, 3, 5000).chunks(), 1);
}

// Rows for a lane, a warp, a block and several blocks of a GPU; columns that fill a block or not.
TEST(Reduce, EveryKindOfRowsAndColumns) {
  for (std::int64_t n : {31, 32, 33, 255, 256, 257, 1023, 1024, 1025, 4099, 16384, 16385, 70001})
    for (std::int64_t outer : {1, 3})
      check_against_naive(astype(random_integers({outer, n}, -99, 99), float32), {1}, 0);
  check_against_naive(astype(random_integers({600, 1000}, -99, 99), float32), {1}, 0);
  for (std::int64_t inner : {2, 3, 7, 64, 130, 256, 259, 1030})
    for (std::int64_t n : {33, 700})
      check_against_naive(astype(random_integers({n, inner}, -99, 99), float32), {0}, 0);
  for (std::int64_t inner : {3, 130}) check_against_naive(random_integers({9000, inner}, -99, 99), {0}, 0);
  check_against_naive(random_integers({2, 5000, 3}, -99, 99, int64), {1}, 0);
  check_against_naive(random_normal({3, 65, 4, 33, 2}), {1, 3}, 1e-12);
  check_against_naive(random_normal({200, 2, 3, 300}), {0, 2, 3}, 1e-12);
  check_against_naive(random_normal({40, 33, 100}), {1}, 1e-12);  // many results
}

// Where a tensor begins changes no bit.
TEST(Reduce, OfUnalignedTensors) {
  const Tensor x = random_normal({20011}, float32), wide = random_normal({400, 64}, float32);
  for (std::int64_t n : {100, 1000, 1024, 5000, 20008})
    for (std::int64_t start : {1, 2, 3}) {
      const Tensor part = slice(x, 0, start, start + n);
      EXPECT_EQ(values(sum(part)), values(sum(contiguous(flip(flip(part)))))) << n << ' ' << start;
    }
  const Tensor part = reshape(slice(flatten(wide), 0, 3, 3 + 64 * 399), {399, 64});
  EXPECT_EQ(values(sum(part, {0})), values(sum(contiguous(flip(flip(part))), {0})));
}

TEST(Reduce, ExtremesOfIntegers) {
  using Limits = std::numeric_limits<std::int64_t>;
  const Tensor x = from_vector<std::int64_t>({Limits::min(), -1, Limits::max()}, {3});
  EXPECT_EQ(max(x).item<std::int64_t>(), Limits::max());
  EXPECT_EQ(min(x).item<std::int64_t>(), Limits::min());
  EXPECT_EQ(sum(x).item<std::int64_t>(), -2);
  const Tensor large = from_vector<std::uint32_t>({1, 0xffffffffu, 7}, {3});
  EXPECT_EQ(max(large).item<std::uint32_t>(), 0xffffffffu);
  EXPECT_EQ(min(large).item<std::uint32_t>(), 1u);
  EXPECT_EQ(sum(large).item<std::uint32_t>(), 7u);  // wraps around
  EXPECT_TRUE(std::signbit(sum(tensor({-0.0, -0.0})).item()));
}

TEST(Reduce, TakesAnyView) {
  const Tensor x = random_normal({6, 35});
  for (auto& v : odd_views(x))
    for (auto& axes : {Shape{}, {0}, {1}}) {
      EXPECT_EQ(values(sum(v, axes)), values(sum(x, axes)));
      EXPECT_EQ(values(max(v, axes)), values(max(x, axes)));
    }
  EXPECT_EQ(values(sum(broadcast_to(tensor({1., 2.}), {100, 2}), {0})), (Values{100, 200}));
}

TEST(Reduce, HandWorkedValues) {
  const Tensor x = tensor({{1., 2., 3.}, {4., 5., 9.}});
  EXPECT_EQ(sum(x).item(), 24);
  EXPECT_EQ(values(mean(x, {1})), (Values{2, 6}));
  EXPECT_EQ(values(prod(x, {0})), (Values{4, 10, 27}));
  EXPECT_EQ(values(var(x, {0})), (Values{2.25, 2.25, 9}));
  EXPECT_EQ(values(std(x, {0}, true)), (Values{1.5, 1.5, 3}));
  EXPECT_EQ(std(x, {0}, true).shape(), (Shape{1, 3}));
  EXPECT_EQ(values(any(x > 4, {1})), (Values{0, 1}));
  EXPECT_EQ(values(all(x > 1, {0})), (Values{0, 1, 1}));
  EXPECT_EQ(sum(tensor(5.0)).item(), 5);
  EXPECT_EQ(mean(tensor(5.0)).item(), 5);
}

TEST(Reduce, EmptyAxes) {
  const Tensor x = zeros({3, 0});
  EXPECT_EQ(values(sum(x, {1})), (Values{0, 0, 0}));
  EXPECT_EQ(sum(x, {0}).shape(), (Shape{0}));
  EXPECT_EQ(values(prod(x, {1})), (Values{1, 1, 1}));
  EXPECT_EQ(prod(x, {1}, true).shape(), (Shape{3, 1}));
  EXPECT_TRUE(std::isnan(mean(x).item()));
  EXPECT_TRUE(std::isnan(var(x).item()));
  EXPECT_EQ(values(any(x, {1})), (Values{0, 0, 0}));
  EXPECT_EQ(values(all(x, {1})), (Values{1, 1, 1}));
  EXPECT_EQ(max(x, {0}).shape(), (Shape{0}));
  EXPECT_EQ(error_of([&] { max(x, {1}); }),
            "[max] float32[3,0] has no elements along axes (1,): there is no max of nothing.");
  EXPECT_EQ(error_of([&] { min(zeros({0})); }),
            "[min] float32[0] has no elements along axes (0,): there is no min of nothing.");
}

TEST(Reduce, DtypesOfResults) {
  for (auto [in, total, average] : {std::array{bool_, int32, float32},
                                    {uint8, int32, float32},
                                    {int8, int32, float32},
                                    {int16, int32, float32},
                                    {int32, int32, float32},
                                    {uint32, uint32, float32},
                                    {int64, int64, float32},
                                    {float16, float16, float16},
                                    {bfloat16, bfloat16, bfloat16},
                                    {float32, float32, float32},
                                    {float64, float64, float64}}) {
    const Tensor x = astype(tensor({{1, 0, 1}, {1, 1, 1}}), in);
    EXPECT_EQ(sum(x).dtype(), total) << name(in);
    EXPECT_EQ(prod(x).dtype(), total) << name(in);
    EXPECT_EQ(mean(x).dtype(), average) << name(in);
    EXPECT_EQ(var(x).dtype(), average) << name(in);
    EXPECT_EQ(max(x).dtype(), in);
    EXPECT_EQ(any(x).dtype(), bool_);
    EXPECT_EQ(values(sum(x, {1})), (Values{2, 3})) << name(in);
    EXPECT_EQ(values(min(x, {0})), (Values{1, 0, 1})) << name(in);
    EXPECT_EQ(values(prod(x, {1})), (Values{0, 1})) << name(in);
    EXPECT_EQ(values(all(x, {1})), (Values{0, 1})) << name(in);
  }
}

TEST(Reduce, SmallDtypesAccumulateInFloat32) {
  EXPECT_EQ(sum(full({3000}, 1, bfloat16)).item(), 3008);  // 3000, rounded once
  EXPECT_EQ(mean(full({70000}, 2, float16)).item(), 2);    // the sum would overflow
  EXPECT_EQ(sum_to(full({3000, 2}, 1, bfloat16), {2})[0].item(), 3008);
  EXPECT_EQ(sum(full({100}, 100, uint8)).item(), 10000);
}

TEST(Reduce, NanAndInfinity) {
  for (DType t : {float32, float64, bfloat16}) {
    Values v(1000, 1.0);
    for (std::size_t at : {0u, 63u, 64u, 500u, 999u}) {
      v[at] = nan;
      EXPECT_TRUE(std::isnan(max(astype(from_vector(v), t)).item())) << at;
      EXPECT_TRUE(std::isnan(min(astype(from_vector(v), t)).item())) << at;
      EXPECT_TRUE(any(astype(from_vector(v), t)).item());
      v[at] = 1;
    }
    EXPECT_EQ(max(astype(tensor({-inf, -inf}), t)).item(), -inf);
    EXPECT_EQ(min(astype(tensor({inf, 3.0}), t)).item(), 3);
    EXPECT_TRUE(std::isnan(sum(astype(tensor({inf, -inf}), t)).item()));
  }
}

TEST(Reduce, LongSumsAreAccurate) {
  const std::int64_t n = 1 << 22;
  EXPECT_NEAR(sum(full({n}, 0.1)).item() / (0.1f * n), 1, 3e-7);
  const Tensor shifted =
      random_normal({100000}, float32) + 10000;  // one pass over squares would lose all digits
  EXPECT_NEAR(var(shifted).item(), 1, 0.02);
}

TEST(Reduce, SumToUndoesBroadcasting) {
  const Tensor x = random_normal({4, 3, 5});
  for (auto& to : {Shape{4, 3, 5}, {3, 5}, {5}, {}, {1, 3, 1}, {4, 1, 5}, {1, 5}, {1, 1, 1}, {1}}) {
    const Tensor y = sum_to(x, to);
    EXPECT_EQ(y.shape(), to);
    EXPECT_NEAR(sum(y).item(), sum(x).item(), 1e-12);
  }
  expect_near(sum_to(x, {3, 1}), sum(x, {0, 2}).to_vector<double>(), {3, 1});
  EXPECT_EQ(sum_to(zeros({0, 3}), {3}).to_vector<double>(), (Values{0, 0, 0}));
  EXPECT_EQ(sum_to(zeros({0, 3}), {1, 3}).shape(), (Shape{1, 3}));
  EXPECT_EQ(error_of([&] { sum_to(x, {2, 5}); }), "[sum_to] float64[2,5] does not broadcast to (4, 3, 5).");
}

TEST(Reduce, AxisErrors) {
  const Tensor x = zeros({2, 3});
  EXPECT_EQ(error_of([&] { sum(x, {2}); }), "[sum] axis 2 is out of range for 2 axes.");
  EXPECT_EQ(error_of([&] { mean(x, {0, -2}); }), "[mean] axis -2 is given twice.");
  EXPECT_EQ(error_of([&] { max(x, {-3}); }), "[max] axis -3 is out of range for 2 axes.");
  EXPECT_EQ(error_of([&] { var(x, {5}); }), "[var] axis 5 is out of range for 2 axes.");
  EXPECT_EQ(error_of([&] { prod(x, {5}); }), "[prod] axis 5 is out of range for 2 axes.");
}

TEST(Reduce, TiesShareTheGradient) {
  const Tensor x = variable(tensor({{3., 1., 3.}, {2., 2., 2.}}));
  EXPECT_EQ(values(gradients(max(x, {1}), {x}, tensor({6., 3.}))[0]), (Values{3, 0, 3, 1, 1, 1}));
  EXPECT_EQ(values(gradients(min(x), {x})[0]), (Values{0, 1, 0, 0, 0, 0}));
}

TEST(Reduce, GradientsOfBothOrders) {
  const Tensor x = random_normal({3, 4, 2});
  for (auto& [name, f] : reductions)
    for (auto& axes : {Shape{}, {1}, {0, 2}})
      for (int order : {1, 2}) {
        const auto report = check_gradients([&, f = f](const Tensor& x) { return square(f(x, axes, false)); },
                                            {x}, {.order = order});
        EXPECT_TRUE(report) << name << str(axes) << '\n' << report.table;
      }
  for (int order : {1, 2}) {
    EXPECT_TRUE(check_gradients([](const Tensor& x) { return std(x, {1}); }, {x}, {.order = order}));
    EXPECT_TRUE(check_gradients(
        [](const Tensor& x) {
          return square(sum_to(x, {4, 1}));
        },
        {x}, {.order = order}));
  }
}

TEST(Reduce, ProductOfZerosHasGradients) {
  for (auto& x : {tensor({0.0, 2.0, 3.0}, float64), tensor({0.0, 0.0, 3.0, 4.0, 5.0}, float64)})
    for (int order : {1, 2}) {
      const auto report = check_gradients([](const Tensor& x) { return prod(x); }, {x}, {.order = order});
      EXPECT_TRUE(report) << report.table;
    }
}

TEST(Reduce, SameBitsForAnyThreads) {
  for (auto& [shape, axes] : std::vector<std::pair<Shape, Shape>>{{{1000003}, {}},
                                                                  {{30000, 32}, {0}},
                                                                  {{700, 11, 130}, {1}},
                                                                  {{5, 90001}, {1}},
                                                                  {{64, 5000}, {0}},
                                                                  {{9, 300, 5, 70}, {0, 2}}}) {
    const Tensor x = random_normal(shape, float32);
    expect_same_bits_for_any_threads([&, axes = axes] { return sum(x, axes); });
  }
}

}  // namespace
}  // namespace ramie
