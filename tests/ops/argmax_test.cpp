#include <ramie/tensor/ops/argmax.h>

#include <ramie/autograd/ops/reduce.h>

#include <limits>

#include "support/ops.h"

namespace ramie {
namespace {

using Values = std::vector<double>;
Values values(const Tensor& x) { return x.to_vector<double>(); }
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

TEST(Argmax, AgreesWithJax) {
  for (auto& [name, f] : {std::pair{"argmax", &argmax}, {"argmin", &argmin}})
    for (auto& c : oracle::cases("reduce", name)) {
      const auto& axis = c.attributes["axis"];
      if (!axis.is_null())
        check_case(c, [&, f = f](auto& x) {
          return f(x[0], axis.get<int>(), c.attributes["keepdims"].template get<bool>());
        });
      else if (!c.attributes["keepdims"])
        check_case(c, [&, f = f](auto& x) { return f(flatten(x[0]), 0, false); });
    }
}

TEST(Argmax, FirstExtremeCounts) {
  const Tensor x = tensor({{1, 5, 5}, {7, 7, 0}});
  EXPECT_EQ(values(argmax(x, 1)), (Values{1, 0}));
  EXPECT_EQ(values(argmax(x, 0)), (Values{1, 1, 0}));
  EXPECT_EQ(values(argmin(x, -1, true)), (Values{0, 2}));
  EXPECT_EQ(argmin(x, -1, true).shape(), (Shape{2, 1}));
  EXPECT_EQ(argmax(x, 0).dtype(), int32);
  EXPECT_EQ(argmax(x).item<int>(), 3);  // of all
  EXPECT_EQ(argmin(x, {}, true).shape(), (Shape{1, 1}));
  EXPECT_EQ(argmin(x, {}, true).item<int>(), 5);
  EXPECT_EQ(argmax(tensor(7.0)).item<int>(), 0);
}

TEST(Argmax, NanIsTheExtreme) {
  for (DType t : {float16, bfloat16, float32, float64}) {
    const Tensor x = astype(tensor({1.0, nan, 3.0, nan}), t);
    EXPECT_EQ(argmax(x, 0).item(), 1);
    EXPECT_EQ(argmin(x, 0).item(), 1);
  }
}

TEST(Argmax, EveryDtypeAndView) {
  const Tensor x = random_integers({5, 40, 3}, 0, 100);
  for (int t = 1; t < dtype_count; ++t)
    for (auto& v : odd_views(astype(x, static_cast<DType>(t))))
      for (int axis : {0, 1, 2}) {
        EXPECT_EQ(values(argmax(v, axis)), values(argmax(x, axis)));
        // The largest element stands where argmax says.
        EXPECT_EQ(values(sum(where(equal(v, max(v, {axis}, true)), 1, zeros({}, int32)), {axis}) > 0),
                  values(ones(argmax(v, axis).shape())));
      }
  EXPECT_EQ(values(argmax(tensor({{false, true}, {true, true}}), 1)), (Values{1, 0}));
}

// Rows for a thread, a block and several blocks of a GPU, and columns that are cut.
TEST(Argmax, FirstOfEqualsInLongRowsAndColumns) {
  for (auto& [rows, n] : std::vector<std::pair<std::int64_t, std::int64_t>>{
           {3, 64}, {3, 65}, {1, 255}, {1, 257}, {2, 4096}, {2, 8193}, {1, 50000}}) {
    const auto size = static_cast<std::size_t>(rows * n);
    for (std::int64_t at : {std::int64_t{0}, n / 2, n - 2}) {
      Values v(size, -5), expected(static_cast<std::size_t>(rows), static_cast<double>(at));
      for (std::int64_t r = 0; r < rows; ++r)
        v[static_cast<std::size_t>(r * n + at)] = v[static_cast<std::size_t>(r * n + n - 1)] = 9;
      const Tensor x = from_vector(v, {rows, n});
      EXPECT_EQ(values(argmax(x, 1)), expected) << n;
      EXPECT_EQ(values(argmin(-x, 1)), expected) << n;
      EXPECT_EQ(values(argmax(contiguous(transpose(x)), 0)), expected) << n;
      v[size - 1] = v[size - 2] = nan;
      expected.back() = static_cast<double>(n - 2);
      EXPECT_EQ(values(argmin(from_vector(v, {rows, n}), 1)).back(), expected.back()) << n;
    }
  }
}

TEST(Argmax, OfExtremeValues) {
  constexpr double inf = std::numeric_limits<double>::infinity();
  for (DType t : {float16, bfloat16, float32, float64}) {
    EXPECT_EQ(argmax(astype(tensor({-0.0, 0.0, -1.0}), t), 0).item(), 0);
    EXPECT_EQ(argmin(astype(tensor({1.0, 0.0, -0.0}), t), 0).item(), 1);
    EXPECT_EQ(argmax(astype(tensor({-inf, -inf}), t), 0).item(), 0);
    EXPECT_EQ(argmax(astype(tensor({-inf, -3.0, inf}), t), 0).item(), 2);
    EXPECT_EQ(argmin(astype(tensor({inf, 3.0, -inf, -4.0}), t), 0).item(), 2);
  }
  using Limits = std::numeric_limits<std::int64_t>;
  const Tensor x = from_vector<std::int64_t>({0, Limits::min(), Limits::max(), Limits::min()}, {4});
  EXPECT_EQ(argmax(x, 0).item(), 2);
  EXPECT_EQ(argmin(x, 0).item(), 1);
}

TEST(Argmax, EmptyTensors) {
  EXPECT_EQ(argmax(zeros({0, 3}), 1).shape(), (Shape{0}));
  EXPECT_EQ(error_of([] {
              argmax(zeros({0, 3}), 0);
            }),
            "[argmax] float32[0,3] has no elements along axis 0.");
  EXPECT_EQ(error_of([] { argmin(zeros({2}), 1); }), "[argmin] axis 1 is out of range for 1 axes.");
}

TEST(Argmax, SameForAnyThreads) {
  const Tensor x = random_normal({3000, 10}, float32);
  expect_same_bits_for_any_threads([&] { return argmax(x, 1); });
}

}  // namespace
}  // namespace ramie
