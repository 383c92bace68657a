#include <ramie/autograd/ops/conv_patches.h>

#include <ramie/autograd/ops/matmul.h>
#include <ramie/autograd/ops/reduce.h>

#include "ops/conv_cases.h"

namespace ramie {
namespace {

using namespace conv_cases;

TEST(Patches, HandWorked) {
  const Tensor x = reshape(arange(0, 12, 1, float32), {1, 3, 2, 2});
  expect_near(patches(x, {.window = {2, 2}}), {0, 2, 4, 6, 1, 3, 5, 7, 4, 6, 8, 10, 5, 7, 9, 11},
              {1, 2, 1, 8});
  expect_near(patches(sequence({1, 2, 3, 4, 5}),
                      {.window = {2}, .strides = {2}, .padding = Padding::causal(), .dilation = {2}}),
              {0, 1, 1, 3, 3, 5}, {1, 3, 2});
  expect_near(patches(sequence({1, 2, 3}), {.window = {3}, .padding = Padding::circular()}),
              {3, 1, 2, 1, 2, 3, 2, 3, 1}, {1, 3, 3});
}

// A convolution is a product of patches and weights.
TEST(Patches, MakeAConvolutionAProduct) {
  for (std::size_t axes : {1, 2, 3})
    for (int i = 0; i < 10; ++i) {
      Case c = random_case(axes);
      c.groups = 1;
      for (auto& a : c.axes) a.spacing = 1, a.after += 12;
      SCOPED_TRACE(c);
      const Tensor x = random_normal(c.x()), kernel = random_normal(c.kernel());
      const ConvOptions o = c.options();
      PatchOptions of{
          .window = {}, .strides = o.strides, .padding = o.padding, .dilation = o.kernel_dilation};
      for (auto& a : c.axes) of.window.push_back(a.taps);
      Shape order{static_cast<std::int64_t>(axes)};
      for (std::size_t k = 0; k < axes; ++k) order.push_back(static_cast<std::int64_t>(k));
      order.push_back(static_cast<std::int64_t>(axes) + 1);
      const Tensor flat = reshape(transpose(kernel, order), {-1, c.out});
      expect_near(matmul(patches(x, of), flat), conv(x, kernel, o), 1e-13);
    }
}

TEST(Patches, GradientsDtypesAndErrors) {
  const PatchOptions o{.window = {2, 3}, .strides = {2, 1}, .padding = Padding::same()};
  const auto report = check_gradients([&](const Tensor& v) { return square(patches(v, o)); },
                                      {random_normal({2, 3, 4, 2})}, {.order = 2});
  EXPECT_TRUE(report) << report.table;
  for (DType t : {bool_, uint8, uint32, int8, int16, int32, int64, float16, bfloat16, float32, float64})
    EXPECT_EQ(patches(zeros({1, 3, 4, 2}, t), o).dtype(), t);
  EXPECT_EQ(patches(zeros({0, 3, 4, 2}), o).shape(), (Shape{0, 2, 4, 12}));
  EXPECT_EQ(error_of([&] {
              patches(zeros({3, 4, 2}), o);
            }),
            "[patches] a window of (2, 3) needs x of 4 axes (N, ..., C), 3 to 5, but x is float32[3,4,2].");
  EXPECT_EQ(error_of([] {
              patches(zeros({1, 4, 2}), {.window = {3}, .dilation = {2}});
            }),
            "[patches] a window that spans 5 elements exceeds the 4 of the padded axis 1: x is "
            "float32[1,4,2].");
}

}  // namespace
}  // namespace ramie
