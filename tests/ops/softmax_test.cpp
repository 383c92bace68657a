#include <ramie/autograd/ops/softmax.h>

#include <ramie/autograd/ops/reduce.h>
#include <ramie/tensor/ops/softmax.h>

#include "support/ops.h"

namespace ramie {
namespace {

constexpr double inf = std::numeric_limits<double>::infinity(),
                 nan = std::numeric_limits<double>::quiet_NaN();

using Op = Tensor (*)(const Tensor&, std::int64_t);

Shape axes_of(const oracle::Json& axis) {
  if (axis.is_null()) return {};
  if (axis.is_number()) return {axis.get<std::int64_t>()};
  return Shape(axis.get<std::vector<std::int64_t>>());
}

TEST(Softmax, IsJaxs) {
  for (const auto& c : oracle::cases("softmax")) {
    check_case(c, [&](const std::vector<Tensor>& x) {
      const auto& axis = c.attributes.contains("axis") ? c.attributes["axis"] : oracle::Json();
      if (c.op == "softmax") return softmax(x[0], axis);
      if (c.op == "log_softmax") return log_softmax(x[0], axis);
      return logsumexp(x[0], axes_of(axis), c.attributes.value("keepdims", false));
    });
  }
}

TEST(Softmax, HandWorked) {
  const Tensor x = tensor({std::log(1.0), std::log(2.0), std::log(5.0)}, float64);
  expect_near(softmax(x), {0.125, 0.25, 0.625}, {3}, 1e-15);
  expect_near(log_softmax(x), {-std::log(8.0), -std::log(4.0), std::log(0.625)}, {3}, 1e-15);
  expect_near(logsumexp(x), {std::log(8.0)}, {}, 1e-15);
}

// Straight from the definition, in long double.
std::vector<double> naive_softmax(const std::vector<double>& x, std::int64_t rows) {
  const std::size_t n = x.size() / static_cast<std::size_t>(rows);
  std::vector<double> y;
  for (std::size_t start = 0; start < x.size(); start += n) {
    long double sum = 0;
    for (std::size_t i = 0; i < n; ++i) sum += std::exp(static_cast<long double>(x[start + i]));
    for (std::size_t i = 0; i < n; ++i)
      y.push_back(static_cast<double>(std::exp(static_cast<long double>(x[start + i])) / sum));
  }
  return y;
}

// Every length around the vectors' lengths.
TEST(Softmax, OfEveryRowLengthIsTheNaiveOne) {
  for (const auto& [dtype, tolerance] : {std::pair(float32, 1e-6), std::pair(float64, 1e-14)}) {
    for (std::int64_t n = 1; n < 70; ++n) {
      const Tensor x = random_normal({3, n}, dtype);
      const auto expected = naive_softmax(x.to_vector<double>(), 3);
      expect_near(softmax(x), expected, x.shape(), tolerance);
      expect_near(exp(log_softmax(x)), expected, x.shape(), 3 * tolerance);
      expect_near(exp(x - logsumexp(x, {-1}, true)), expected, x.shape(), 3 * tolerance);
    }
  }
}

// Rows that a few lanes, a warp or a block of a GPU holds, and longer ones.
TEST(Softmax, OfLongRowsIsTheNaiveOne) {
  for (const auto& [dtype, tolerance] : {std::pair(float32, 2e-6), std::pair(float64, 1e-13)}) {
    for (std::int64_t n : {127, 128, 129, 511, 513, 1023, 1024, 1025, 2049, 4096, 4097, 9000}) {
      const Tensor x = random_normal({2, n}, dtype) * 3, dy = random_normal({2, n}, dtype);
      const auto expected = naive_softmax(x.to_vector<double>(), 2);
      const Tensor y = softmax(x), log_y = log_softmax(x);
      expect_near(y, expected, x.shape(), tolerance);
      expect_near(exp(log_y), expected, x.shape(), 5 * tolerance);
      expect_near(exp(x - logsumexp(x, {-1}, true)), expected, x.shape(), 5 * tolerance);
      expect_near(detail::softmax_backward(dy, y), y * (dy - sum(dy * y, {1}, true)), 20 * tolerance);
      expect_near(detail::log_softmax_backward(dy, log_y), dy - exp(log_y) * sum(dy, {1}, true),
                  20 * tolerance);
    }
  }
}

// Where a tensor begins changes no bit.
TEST(Softmax, OfUnalignedTensors) {
  const Tensor x = random_normal({20000}, float32);
  for (std::int64_t n : {8, 100, 1000, 1028, 4096, 5000}) {
    const Tensor part = reshape(slice(x, 0, 3, 3 + 2 * n), {2, n}), copy = contiguous(flip(flip(part)));
    expect_near(softmax(part), softmax(copy), 0);
    expect_near(logsumexp(part, {1}), logsumexp(copy, {1}), 0);
    expect_near(detail::softmax_backward(part, copy), detail::softmax_backward(copy, part), 0);
  }
}

TEST(Softmax, SmallDtypesComputeInFloat) {
  const Tensor x = random_normal({4, 9});
  for (const DType t : {float16, bfloat16}) {
    const Tensor small = astype(x, t), wide = astype(small, float32);
    EXPECT_EQ(softmax(small).dtype(), t);
    expect_near(softmax(small), astype(softmax(wide), t), 0);
    expect_near(logsumexp(small, {0}), astype(logsumexp(wide, {0}), t), 0);
  }
  const Tensor whole = softmax(tensor({1, 1}));
  EXPECT_EQ(whole.dtype(), float32);
  expect_near(whole, {0.5, 0.5}, {2}, 0);
}

// As jax.nn has them.
TEST(Softmax, OfNumbersThatAreNotFinite) {
  for (const DType t : {float32, float64}) {
    for (const std::int64_t n : {21, 300, 1500, 9000}) {
      const auto row = [&](std::vector<double> x) {
        x.resize(static_cast<std::size_t>(n), x[0]);
        return astype(from_vector(x, {n}), t);
      };
      const std::vector<double> nans(static_cast<std::size_t>(n), nan);
      for (const Tensor& x :
           {row({-inf}), row({0, inf}), row({0, nan}), row({-inf, nan}), row({inf, nan}), row({nan, 1})}) {
        expect_near(softmax(x), nans, {n}, 0);
        expect_near(log_softmax(x), nans, {n}, 0);
      }
      EXPECT_EQ(softmax(row({0, -inf})).to_vector<double>()[1], 0);
      EXPECT_EQ(log_softmax(row({0, -inf})).to_vector<double>()[1], -inf);
      EXPECT_EQ(logsumexp(row({-inf})).item(), -inf);
      EXPECT_EQ(logsumexp(row({0, inf, -inf})).item(), inf);
      EXPECT_TRUE(std::isnan(logsumexp(row({inf, nan})).item()));
      EXPECT_TRUE(std::isnan(logsumexp(row({-inf, nan})).item()));
      EXPECT_NEAR(logsumexp(row({3e38})).item() / 3e38, 1, 1e-6);
    }
  }
}

TEST(Softmax, OfNothing) {
  EXPECT_EQ(softmax(zeros({0, 3})).shape(), Shape({0, 3}));
  EXPECT_EQ(log_softmax(zeros({3, 0})).shape(), Shape({3, 0}));
  EXPECT_EQ(logsumexp(zeros({0, 3}), {1}).shape(), Shape({0}));
  expect_near(logsumexp(zeros({2, 0}), {1}), {-inf, -inf}, {2}, 0);
}

TEST(Softmax, OfViewsIsThatOfTheirCopies) {
  const Tensor x = random_normal({5, 7});
  for (const Tensor& view : odd_views(x)) {
    for (const int axis : {0, 1}) {
      expect_near(softmax(view, axis), softmax(x, axis), 0);
      expect_near(log_softmax(view, axis), log_softmax(x, axis), 0);
      expect_near(logsumexp(view, {axis}), logsumexp(x, {axis}), 0);
    }
  }
  expect_near(softmax(broadcast_to(tensor({1.0, 2.0}), {3, 2})),
              softmax(tensor({{1, 2}, {1, 2}, {1, 2}}, float32)), 0);
}

TEST(Softmax, GradientsOfFirstAndSecondOrder) {
  const Tensor x = random_normal({3, 4}), w = random_normal({3, 4});
  for (const int axis : {0, 1}) {
    for (const Op op : {static_cast<Op>(softmax), static_cast<Op>(log_softmax)}) {
      const auto report =
          check_gradients([&](const Tensor& x) { return op(x, axis) * w; }, {x}, {.order = 2});
      EXPECT_TRUE(report) << report.table;
    }
  }
  for (const Shape& axes : {Shape{0}, Shape{1}, Shape{}}) {
    const auto report =
        check_gradients([&](const Tensor& x) { return logsumexp(x, axes); }, {x}, {.order = 2});
    EXPECT_TRUE(report) << report.table;
  }
}

TEST(SoftmaxBackward, HasGradientsToBothInputs) {
  const Tensor dy = random_normal({2, 3}), y = random_normal({2, 3});
  for (const auto op : {detail::softmax_backward, detail::log_softmax_backward}) {
    const auto report =
        check_gradients([&](const Tensor& dy, const Tensor& y) { return op(dy, y); }, {dy, y}, {.order = 2});
    EXPECT_TRUE(report) << report.table;
  }
}

TEST(Softmax, HasTheSameBitsForAnyNumberOfThreads) {
  const Tensor x = random_normal({1000, 37}, float32), dy = random_normal({1000, 37}, float32);
  expect_same_bits_for_any_threads([&] { return softmax(x); });
  expect_same_bits_for_any_threads([&] { return log_softmax(x); });
  expect_same_bits_for_any_threads([&] { return logsumexp(x, {0}); });
  expect_same_bits_for_any_threads([&] { return detail::softmax_backward(dy, x); });
  expect_same_bits_for_any_threads([&] { return detail::log_softmax_backward(dy, x); });
}

TEST(Softmax, ErrorsNameTheOp) {
  EXPECT_EQ(error_of([] { softmax(zeros({2, 3}), 2); }).rfind("[softmax] ", 0), 0u);
  EXPECT_EQ(error_of([] { log_softmax(tensor(1.0)); }).rfind("[log_softmax] ", 0), 0u);
  EXPECT_EQ(error_of([] { logsumexp(zeros({2, 3}), {-3}); }).rfind("[logsumexp] ", 0), 0u);
  EXPECT_EQ(error_of([] { launch(kernels::Softmax{}, zeros({3}, int32)); }),
            "[softmax] the kernel takes rows of dense float32 or float64, not int32[3]: use the function of "
            "this name.");
  EXPECT_EQ(error_of([] { detail::softmax_backward(zeros({3}), zeros({2})); }),
            "[softmax_backward] the cotangent float32[3] is not of the output's kind, float32[2].");
}

}  // namespace
}  // namespace ramie
