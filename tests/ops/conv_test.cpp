#include <ramie/autograd/ops/conv.h>

#include <numeric>

#include <ramie/autograd/ops/conv2d.h>
#include <ramie/autograd/ops/conv_patches.h>
#include <ramie/autograd/ops/matmul.h>
#include <ramie/autograd/ops/reduce.h>

#include "ops/conv_cases.h"

namespace ramie {
namespace {

using namespace conv_cases;

// The element of the image that a tap meets; -1 where there is none.
std::int64_t met(const Axis& a, std::int64_t position, std::int64_t tap) {
  const std::int64_t at = position * a.stride + tap * a.dilation - a.before;
  return at >= 0 && at % a.spacing == 0 && at / a.spacing < a.size ? at / a.spacing : -1;
}

// As the formula says, over three axes.
std::vector<double> naive(Case c, const std::vector<double>& x, const std::vector<double>& kernel) {
  while (c.axes.size() < 3) c.axes.insert(c.axes.begin(), Axis{});
  const Axis &d = c.axes[0], &h = c.axes[1], &w = c.axes[2];
  std::vector<double> y;
  for (std::int64_t n = 0; n < c.images; ++n)
    for (std::int64_t i = 0; i < d.positions(); ++i)
      for (std::int64_t j = 0; j < h.positions(); ++j)
        for (std::int64_t k = 0; k < w.positions(); ++k)
          for (std::int64_t o = 0; o < c.out * c.groups; ++o) {
            double sum = 0;
            for (std::int64_t p = 0; p < d.taps; ++p)
              for (std::int64_t q = 0; q < h.taps; ++q)
                for (std::int64_t r = 0; r < w.taps; ++r)
                  for (std::int64_t m = 0; m < c.in; ++m) {
                    const auto u = met(d, i, p), v = met(h, j, q), t = met(w, k, r);
                    if (u < 0 || v < 0 || t < 0) continue;
                    const auto pixel = ((n * d.size + u) * h.size + v) * w.size + t;
                    const auto tap = (p * h.taps + q) * w.taps + r;
                    sum += x[static_cast<std::size_t>(pixel * c.in * c.groups + o / c.out * c.in + m)] *
                           kernel[static_cast<std::size_t>((tap * c.in + m) * c.out * c.groups + o)];
                  }
            y.push_back(sum);
          }
  return y;
}

TEST(Conv, IsItsFormula) {
  for (std::size_t axes : {1, 2, 3})
    for (int i = 0; i < 60; ++i) {
      const Case c = random_case(axes);
      SCOPED_TRACE(c);
      const Tensor x = random_normal(c.x()), kernel = random_normal(c.kernel());
      const auto expected = naive(c, x.to_vector<double>(), kernel.to_vector<double>());
      expect_near(conv(x, kernel, c.options()), expected, c.y(), 1e-13);
    }
}

TEST(Conv, GradientsEqualDifferences) {
  const Case cases[] = {
      {{{5, 3, 2, 1, 1, 1, 1}}, 2, 1, 2, 3},
      {{{3, 2, 1, 2, 3, 2, 0}}, 1, 2, 2, 1},                          // transposed, in groups
      {{{4, 2, 3, 1, 2, 1, 1}}, 1, 1, 1, 2},                          // dilated image under a stride
      {{{2, 3, 1, 1, 2, 2, 1}, {3, 2, 1, 1, 3, 1, -1}}, 1, 1, 2, 1},  // transposed
      {{{4, 1, 2}, {3, 2}}, 1, 3, 1, 1},                              // depthwise
      {{{3, 2, 1, 2, 1, 1, 0}, {3, 2, 2}, {2, 2, 1, 1, 1, 0, 1}}, 1, 1, 1, 2},
      {{{2, 2, 1, 1, 2, 1, 1}, {2, 2, 1, 1, 2}, {2, 1}}, 1, 2, 1, 1},
  };
  for (auto& c : cases) {
    SCOPED_TRACE(c);
    const auto f = [&](const Tensor& a, const Tensor& b) { return square(conv(a, b, c.options())); };
    const auto report = check_gradients(f, {random_normal(c.x()), random_normal(c.kernel())}, {.order = 2});
    EXPECT_TRUE(report) << report.table;
  }
}

TEST(ConvTranspose, HandWorked) {
  const Tensor x = sequence({1, 2, 3}), kernel = weights({1, 10, 100});
  const auto expect = [&](const ConvTransposeOptions& o, const std::vector<double>& y) {
    expect_near(conv_transpose(x, kernel, o), y, {1, static_cast<std::int64_t>(y.size()), 1});
  };
  expect({}, {210, 321, 32});
  expect({.strides = {2}}, {100, 10, 201, 20, 302, 30});
  expect({.strides = {2}, .padding = Padding::valid()}, {100, 10, 201, 20, 302, 30, 3});
  expect({.strides = {4}}, {100, 10, 1, 0, 200, 20, 2, 0, 300, 30, 3, 0});
  expect({.strides = {2}, .padding = Padding::given({1, 1})}, {10, 201, 20, 302, 30});
  expect({.padding = Padding::valid(), .kernel_dilation = {2}}, {100, 200, 310, 20, 31, 2, 3});
  expect({.strides = {2}, .padding = Padding::valid(), .transpose_kernel = true},
         {1, 10, 102, 20, 203, 30, 300});
}

// The gradient of a convolution by its input, where that has a whole number of strides.
TEST(ConvTranspose, IsTheGradientOfAConvolution) {
  for (std::int64_t stride : {1, 2, 3})
    for (std::int64_t taps : {1, 2, 3, 4})
      for (auto padding : {Padding::same(), Padding::valid()}) {
        SCOPED_TRACE(testing::Message() << "stride " << stride << " taps " << taps);
        const bool same = padding == Padding::same();
        const std::int64_t length = 4 * stride + (same ? 0 : std::max<std::int64_t>(taps - stride, 0));
        const Tensor x = variable(zeros({2, length, 6, 3}, float64));
        const Tensor kernel = random_normal({taps, 3, 3, 5}), dy = random_normal({2, 4, same ? 6 : 4, 5});
        const Tensor y = conv(x, kernel, {.strides = {stride, 1}, .padding = padding});
        expect_near(conv_transpose(dy, kernel,
                                   {.strides = {stride, 1}, .padding = padding, .transpose_kernel = true}),
                    gradients(y, {x}, dy)[0], 1e-13);
      }
}

TEST(ConvTranspose, OfVolumesAndItsGradients) {
  const Tensor x = random_normal({1, 2, 2, 3, 2}), kernel = random_normal({2, 3, 2, 2, 3});
  EXPECT_EQ(conv_transpose(x, kernel, {.strides = {2, 2, 1}}).shape(), (Shape{1, 4, 4, 3, 3}));
  EXPECT_EQ(conv_transpose(x, kernel, {.strides = {3, 1, 1}, .padding = Padding::valid()}).shape(),
            (Shape{1, 6, 4, 4, 3}));
  const auto f = [](const Tensor& a, const Tensor& b) {
    return square(conv_transpose(a, b, {.strides = {2, 2, 1}}));
  };
  const auto report = check_gradients(f, {x, kernel}, {.order = 2});
  EXPECT_TRUE(report) << report.table;
}

TEST(Conv, DtypesEmptyBatchesAndOddViews) {
  const Case c{{{4, 3, 1, 1, 2, 2, 2}, {5, 2, 1, 1, 1, 1, 0}}, 2, 2, 2, 2};
  const Tensor x = random_integers(c.x(), -3, 3), kernel = random_integers(c.kernel(), -3, 3);
  const ConvOptions o = c.options();
  const Tensor y = conv(x, kernel, o);
  EXPECT_EQ(y.dtype(), int32);
  EXPECT_EQ(conv(astype(x, bfloat16), astype(kernel, float16), o).dtype(), float32);
  for (DType t : {float16, bfloat16, float32, float64, int8, int16, int32, int64}) {
    EXPECT_EQ(conv(astype(x, t), astype(kernel, t), o).dtype(), t);
    expect_near(conv(astype(x, t), astype(kernel, t), o), y, 0);
  }
  for (DType t : {uint8, uint32})
    expect_near(conv(abs(x).astype(t), abs(kernel).astype(t), o), conv(abs(x), abs(kernel), o), 0);
  for (auto& a : odd_views(astype(x, float64)))
    for (auto& b : odd_views(astype(kernel, float64))) expect_near(conv(a, b, o), y, 0);
  const Tensor none = zeros({0, 5, 2}), k = variable(ones({3, 2, 4}));
  EXPECT_EQ(conv(none, k).shape(), (Shape{0, 5, 4}));
  EXPECT_EQ(gradients(sum(conv(none, k)), {k})[0].to_vector<float>(), std::vector<float>(24));
  EXPECT_EQ(conv_transpose(zeros({0, 2, 2, 2, 1}), ones({2, 2, 2, 1, 1}), {.strides = {2, 2, 2}}).shape(),
            (Shape{0, 4, 4, 4, 1}));
}

TEST(Conv, NamesWhatDoesNotFit) {
  const auto error = [](const Shape& x, const Shape& kernel, const ConvOptions& o = {}) {
    return error_of([&] { conv(zeros(x), zeros(kernel), o); });
  };
  const std::string of =
      "x is float32[8,9,3], kernel float32[3,3,4]. Images are (N, ..., C), kernels (..., "
      "C / groups, O).";
  EXPECT_EQ(error({8, 3}, {3, 4}),
            "[conv] images have 1, 2 or 3 axes besides N and C: x is float32[8,3], kernel float32[3,4]. "
            "Images are (N, ..., C), kernels (..., C / groups, O).");
  EXPECT_EQ(error({8, 9, 3}, {3, 3, 3, 4}),
            "[conv] the kernel needs as many axes as the images: x is float32[8,9,3], kernel "
            "float32[3,3,3,4]. Images are (N, ..., C), kernels (..., C / groups, O).");
  EXPECT_EQ(error({8, 9, 2}, {3, 3, 4}),
            "[conv] input has 2 channels but the kernel expects 3: x is float32[8,9,2], kernel "
            "float32[3,3,4]. Images are (N, ..., C), kernels (..., C / groups, O).");
  EXPECT_EQ(error({8, 9, 3}, {3, 3, 4}, {.feature_group_count = 2}),
            "[conv] input has 3 channels but the kernel expects 6 (3 in each of 2 groups): " + of);
  EXPECT_EQ(error({8, 9, 3}, {3, 1, 4}, {.feature_group_count = 3}),
            "[conv] 4 output channels do not divide into 3 groups: x is float32[8,9,3], kernel "
            "float32[3,1,4]. Images are (N, ..., C), kernels (..., C / groups, O).");
  EXPECT_EQ(error({8, 9, 3}, {3, 3, 4}, {.feature_group_count = 0}),
            "[conv] feature_group_count is 0: it must be 1 or more.");
  EXPECT_EQ(error({8, 9, 3}, {3, 3, 4}, {.strides = {1, 2}}),
            "[conv] strides are (1, 2), but the images have 1 axes.");
  EXPECT_EQ(error({8, 9, 3}, {3, 3, 4}, {.kernel_dilation = {0}}),
            "[conv] kernel dilations of (0,) are less than 1.");
  EXPECT_EQ(error({8, 9, 3}, {3, 3, 4}, {.input_dilation = {2}}),
            "[conv] SAME padding is not defined with an input dilation: give the padding, or use "
            "conv_transpose.");
  EXPECT_EQ(error({8, 9, 3}, {3, 3, 4}, {.padding = Padding::given({-4, -3})}),
            "[conv] the kernel spans 3 elements of axis 1, but the padded image has 2: " + of +
                " Use SAME padding.");
  EXPECT_EQ(error({8, 9, 3}, {3, 3, 4}, {.padding = Padding::given({1, 1}, {1, 1})}),
            "[conv] padding is given for 2 axes, but the images have 1.");
  EXPECT_EQ(error({8, 9, 9, 3}, {3, 3, 3, 4}, {.padding = Padding::causal()}),
            "[conv] CAUSAL padding is for sequences (1 axis), but the images have 2.");
  EXPECT_EQ(error({8, 2, 3}, {9, 3, 4}, {.padding = Padding::circular()}),
            "[conv] CIRCULAR padding of 4 needs more than the 2 elements of axis 1 of float32[8,2,3].");
  EXPECT_EQ(error({8, 9, 3}, {0, 3, 4}),
            "[conv] the kernel is empty: x is float32[8,9,3], kernel float32[0,3,4]. Images are (N, ..., C), "
            "kernels (..., C / groups, O).");
  EXPECT_EQ(error_of([] {
              conv_transpose(zeros({1, 4, 2}), zeros({3, 2, 2}), {.padding = Padding::circular()});
            }),
            "[conv_transpose] the padding is SAME, VALID or given for 1 axes.");
}

}  // namespace
}  // namespace ramie
