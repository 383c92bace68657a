#include <ramie/tensor/ops/fill.h>

#include <gtest/gtest.h>

#include <ramie/tensor/cpu/parallel.h>

namespace {

using namespace ramie;

const DType every_dtype[] = {bool_, uint8,   int8,     int16,   int32,  uint32,
                             int64, float16, bfloat16, float32, float64};

TEST(Fill, SetsEveryElementOfEveryDtype) {
  for (DType t : every_dtype) {
    const Tensor x = launch(kernels::Fill{{t, {3, 5}}, 1});
    EXPECT_EQ(x.dtype(), t);
    EXPECT_EQ(x.to_vector<double>(), std::vector<double>(15, 1.0)) << name(t);
  }
}

TEST(Fill, EveryLength) {
  for (DType t : every_dtype)
    for (std::int64_t n = 1; n < 40; ++n) {
      const std::size_t count = static_cast<std::size_t>(n);
      const Tensor x = launch(kernels::Fill{{t, {n}}, t == bool_ ? 1 : 77});
      EXPECT_EQ(x.to_vector<double>(), std::vector<double>(count, t == bool_ ? 1 : 77)) << name(t) << n;
    }
}

TEST(Fill, LargeAndEmpty) {
  for (int n : {1, 3}) {
    set_threads(n);
    const auto values = launch(kernels::Fill{{float32, {100003}}, 2.5}).to_vector<float>();
    EXPECT_EQ(std::count(values.begin(), values.end(), 2.5f), 100003);
  }
  set_threads(0);
  EXPECT_EQ(launch(kernels::Fill{{float32, {2, 0}}, 1}).size(), 0);
}

TEST(Ramp, IsComputedInDoubleAndConverted) {
  EXPECT_EQ(launch(kernels::Ramp{{int32, {4}}, -1, 2}).to_vector<int>(), (std::vector{-1, 1, 3, 5}));
  EXPECT_EQ(launch(kernels::Ramp{{float64, {3}}, 0, 0.1}).to_vector<double>(), (std::vector{0.0, 0.1, 0.2}));
  EXPECT_EQ(launch(kernels::Ramp{{float32, {0}}, 0, 1}).size(), 0);
}

TEST(Eye, HasOnesOnTheDiagonal) {
  for (DType t : every_dtype)
    EXPECT_EQ(launch(kernels::Eye{{t, {2, 2}}}).to_vector<int>(), (std::vector{1, 0, 0, 1})) << name(t);
  EXPECT_EQ(launch(kernels::Eye{{float32, {0, 0}}}).size(), 0);
}

}  // namespace
