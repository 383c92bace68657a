#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>

#include <ramie/tensor/create.h>
#include <support/error.h>

namespace ramie {
namespace {

TEST(Full, TakesItsDtypeFromTheValueUnlessGiven) {
  EXPECT_EQ(full({2}, 1.5).dtype(), float32);
  EXPECT_EQ(full({2}, 3).dtype(), int32);
  EXPECT_EQ(full({2}, true).dtype(), bool_);
  const Tensor x = full({2, 2}, 2.9, int8);
  EXPECT_EQ(x.dtype(), int8);
  EXPECT_EQ(x.to_vector<int>(), (std::vector{2, 2, 2, 2}));
  EXPECT_EQ(full({}, (std::int64_t{1} << 60) + 1, int64).item<std::int64_t>(), (std::int64_t{1} << 60) + 1);
  EXPECT_EQ(full({0, 3}, 1).shape(), Shape({0, 3}));
  EXPECT_EQ(error_text([] { full({2, -3}, 0); }), "[shape] (2, -3) has a negative length.");
}

TEST(Full, FillsEveryDtypeAndLargeOnesWhole) {
  for (int t = 0; t < dtype_count; ++t) {
    const Tensor x = ones({3}, static_cast<DType>(t));
    EXPECT_EQ(x.to_vector<double>(), (std::vector{1.0, 1.0, 1.0})) << name(x.dtype());
  }
  for (const float v : full({100003}, 2.5).to_vector<float>()) ASSERT_EQ(v, 2.5f);
}

TEST(Zeros, AndTheirLikes) {
  EXPECT_EQ(zeros({2}).to_vector<float>(), (std::vector{0.0f, 0.0f}));
  const Tensor strided = full({4}, 5, int16).alias({int16, {2}, {2}});
  EXPECT_EQ(zeros_like(strided).to_vector<int>(), (std::vector{0, 0}));
  EXPECT_EQ(ones_like(strided).dtype(), int16);
  EXPECT_TRUE(ones_like(strided).layout().dense);
}

TEST(Arange, CountsAsNumPy) {
  EXPECT_EQ(arange(4).to_vector<int>(), (std::vector{0, 1, 2, 3}));
  EXPECT_EQ(arange(4).dtype(), int32);
  EXPECT_EQ(arange(4.0).dtype(), float32);
  EXPECT_EQ(arange(2, 9, 3).to_vector<int>(), (std::vector{2, 5, 8}));
  EXPECT_EQ(arange(5, 0, -2).to_vector<int>(), (std::vector{5, 3, 1}));
  EXPECT_EQ(arange(0, 1, 0.25).to_vector<double>(), (std::vector{0.0, 0.25, 0.5, 0.75}));
  EXPECT_EQ(arange(1, 3, 1, float64).dtype(), float64);
  EXPECT_EQ(arange(0).size(), 0);
  EXPECT_EQ(arange(3, 1).size(), 0);
  EXPECT_EQ(arange(0, -1e300).size(), 0);
}

TEST(Arange, Errors) {
  EXPECT_EQ(error_text([] { arange(0, 1, 0); }), "[arange] the step is 0.");
  EXPECT_EQ(error_text([] { arange(0, 1, INFINITY); }), "[arange] the step is inf.");
  EXPECT_EQ(error_text([] { arange(0, NAN, 1); }), "[arange] the range is too long or not a number.");
  EXPECT_EQ(error_text([] { arange(0, 1e300, 1); }), "[arange] the range is too long or not a number.");
}

TEST(Linspace, HasBothEnds) {
  EXPECT_EQ(linspace(0, 1, 5).to_vector<double>(), (std::vector{0.0, 0.25, 0.5, 0.75, 1.0}));
  EXPECT_EQ(linspace(3, 7, 1).to_vector<double>(), (std::vector{3.0}));
  EXPECT_EQ(linspace(3, 7, 0).size(), 0);
  for (const std::int64_t n : {2, 3, 7, 50, 1000})
    EXPECT_EQ(linspace(-0.3, 1.7, n).to_vector<float>().back(), 1.7f) << n;
  EXPECT_EQ(error_text([] { linspace(0, 1, -1); }), "[linspace] -1 values: the count must not be negative.");
  EXPECT_EQ(error_text([] { linspace(0, 1, 2, int32); }),
            "[linspace] the dtype is int32: it must be floating.");
}

TEST(Eye, IsTheIdentity) {
  EXPECT_EQ(eye(2).to_vector<int>(), (std::vector{1, 0, 0, 1}));
  EXPECT_EQ(eye(3, bool_).to_vector<int>(), (std::vector{1, 0, 0, 0, 1, 0, 0, 0, 1}));
  EXPECT_EQ(eye(0).shape(), Shape({0, 0}));
}

TEST(TensorOfLiterals, TakesTheirKind) {
  EXPECT_EQ(tensor({1, 2, 3}).dtype(), int32);
  EXPECT_EQ(tensor({1.0, 2.5}).dtype(), float32);
  EXPECT_EQ(tensor({1.0f}).dtype(), float32);
  EXPECT_EQ(tensor({true, false}).to_vector<int>(), (std::vector{1, 0}));
  EXPECT_EQ(tensor({true, false}).dtype(), bool_);
  EXPECT_EQ(tensor({1, 2}, float64).dtype(), float64);
  const Tensor m = tensor({{1, 2, 3}, {4, 5, 6}}, float32);
  EXPECT_EQ(m.shape(), Shape({2, 3}));
  EXPECT_EQ(m.to_vector<int>(), (std::vector{1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(tensor(2.5).shape(), Shape());
  EXPECT_EQ(tensor(3, float16).item(), 3.0);
}

TEST(TensorOfLiterals, KeepsWideIntegersExactly) {
  const std::int64_t wide = (std::int64_t{1} << 60) + 1;
  EXPECT_EQ(tensor({wide, wide + 1}, int64).to_vector<std::int64_t>(), (std::vector{wide, wide + 1}));
  EXPECT_EQ(tensor({{wide}}, int64).to_vector<std::int64_t>(), (std::vector{wide}));
}

TEST(TensorOfLiterals, RowsAreEquallyLong) {
  EXPECT_EQ(error_text([] {
              tensor({{1, 2}, {3}});
            }),
            "[tensor] rows of 2 and 1 values: all rows must be equally long.");
}

}  // namespace
}  // namespace ramie
