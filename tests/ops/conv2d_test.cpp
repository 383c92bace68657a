#include <ramie/autograd/ops/conv2d.h>

#include <ramie/autograd/grad.h>
#include <ramie/autograd/ops/reduce.h>

#include "ops/conv2d_cases.h"
#include "ops/doubling_epilogue.h"
#include "support/ops.h"

namespace ramie {
namespace {

using Pairs = std::array<std::array<std::int64_t, 2>, 2>;

Padding padding(const oracle::Json& p) {
  if (p == "SAME") return Padding::same();
  if (p == "VALID") return Padding::valid();
  const auto of = p.get<Pairs>();
  return Padding::given(of[0], of[1]);
}

Conv2dOptions options(const oracle::Json& a) {
  return {.strides = a["strides"],
          .padding = padding(a["padding"]),
          .kernel_dilation = a["kernel_dilation"],
          .feature_group_count = a["feature_group_count"]};
}

TEST(Conv2d, IsJaxs) {
  for (const auto& c : oracle::cases("conv2d"))
    check_case(c, [&](auto& x) { return conv2d(x[0], x[1], options(c.attributes)); });
}

TEST(Conv2d, HandWorked) {
  const Tensor x = reshape(arange(1, 10, 1, float32), {1, 3, 3, 1});
  const Tensor kernel = reshape(tensor({1, 0, 0, -1}, float32), {2, 2, 1, 1});
  expect_near(conv2d(x, kernel, {.padding = Padding::valid()}), {-4, -4, -4, -4}, {1, 2, 2, 1});
  // SAME puts the odd row and column of zeros at the end.
  expect_near(conv2d(x, kernel), {-4, -4, 3, -4, -4, 6, 7, 8, 9}, {1, 3, 3, 1});
  expect_near(conv2d(x, kernel, {.strides = {2, 2}}), {-4, 3, 7, 9}, {1, 2, 2, 1});
}

TEST(Conv2d, ConvolvesEachGroupByItself) {
  const Tensor x = random_normal({2, 5, 4, 6}), kernel = random_normal({3, 2, 3, 4});
  const auto half = [&](std::int64_t g) {
    return conv2d(slice(x, 3, 3 * g, 3 * g + 3), slice(kernel, 3, 2 * g, 2 * g + 2));
  };
  expect_near(conv2d(x, kernel, {.feature_group_count = 2}), concatenate({half(0), half(1)}, 3), 1e-14);
}

TEST(Conv2d, GradientsEqualDifferences) {
  const Tensor x = random_normal({2, 4, 5, 2}), kernel = random_normal({3, 2, 1, 4});
  const Conv2dOptions o{.strides = {2, 1}, .kernel_dilation = {1, 2}, .feature_group_count = 2};
  const auto report = check_gradients(
      [&](const Tensor& a, const Tensor& b) { return square(conv2d(a, b, o)); }, {x, kernel}, {.order = 2});
  EXPECT_TRUE(report) << report.table;
}

TEST(Conv2d, ComputesNoGradientThatNobodyWants) {
  const Tensor kernel = variable(random_normal({3, 3, 1, 2}, float32));
  const auto g = gradients(sum(conv2d(random_normal({2, 5, 5, 1}, float32), kernel)), {kernel});
  EXPECT_EQ(g[0].shape(), kernel.shape());
}

TEST(Conv2d, OfNoImagesIsEmpty) {
  const Tensor kernel = variable(ones({3, 3, 1, 4}));
  const Tensor y = conv2d(zeros({0, 8, 8, 1}), kernel);
  EXPECT_EQ(y.shape(), (Shape{0, 8, 8, 4}));
  EXPECT_EQ(gradients(sum(y), {kernel})[0].to_vector<float>(), std::vector<float>(36, 0.0f));
}

TEST(Conv2d, PromotesDtypesAndTakesIntegers) {
  const Tensor x = random_integers({1, 4, 4, 2}, -3, 3), kernel = random_integers({2, 2, 2, 3}, -3, 3);
  const Tensor y = conv2d(x, kernel);
  EXPECT_EQ(y.dtype(), int32);
  expect_near(conv2d(x, astype(kernel, float32)), y, 0);
  expect_near(conv2d(astype(x, bfloat16), astype(kernel, float16)), y, 0);
  EXPECT_EQ(conv2d(astype(x, bfloat16), astype(kernel, float16)).dtype(), float32);
}

TEST(Conv2d, ReadsOddViews) {
  const Tensor x = random_normal({2, 5, 6, 3}), kernel = random_normal({3, 3, 3, 5});
  const Tensor y = conv2d(x, kernel);
  for (auto& a : odd_views(x))
    for (auto& b : odd_views(kernel)) expect_near(conv2d(a, b), y, 1e-14);
}

TEST(Conv2d, BitsDoNotDependOnThreads) {
  const Tensor x = random_normal({9, 14, 14, 8}, float32), kernel = random_normal({3, 3, 8, 24}, float32);
  expect_same_bits_for_any_threads([&] { return conv2d(x, kernel); });
  for (int i : {0, 1})
    expect_same_bits_for_any_threads([&] {
      const std::vector<Tensor> inputs = {variable(x), variable(kernel)};
      return gradients(sum(square(conv2d(inputs[0], inputs[1]))), inputs)[static_cast<std::size_t>(i)];
    });
}

TEST(Conv2d, HandsEachElementToTheEpilogueOnce) {
  const DeviceScope on(cpu());
  cases::Random random(7);
  for (int i = 0; i < 40; ++i) {
    const cases::ConvCase c = cases::random_case(random);
    SCOPED_TRACE(c);
    for (DType t : {float32, float64, float16, int32}) {
      const Tensor x = cases::values(random, c.x, t), kernel = cases::values(random, c.kernel, t);
      for_some_threads([&] { expect_epilogue(kernels::Conv2d{c.window}, x, kernel); });
    }
  }
}

TEST(Conv2d, HandsLargePiecesToTheEpilogue) {
  const DeviceScope on(cpu());
  const Tensor x = random_normal({32, 14, 14, 32}, float32), kernel = random_normal({3, 3, 32, 64}, float32);
  for_some_threads([&] {
    const int pieces = expect_epilogue(kernels::Conv2d{{.padding = {{{1, 1}, {1, 1}}}}}, x, kernel);
    EXPECT_GE(32 * 14 * 14 * 64 / pieces, 500);
  });
}

TEST(Conv2d, NamesWhatDoesNotFit) {
  const auto error = [](const Shape& x, const Shape& kernel, const Conv2dOptions& o = {}) {
    return error_of([&] { conv2d(zeros(x), zeros(kernel), o); });
  };
  EXPECT_EQ(error({8, 28, 28, 3}, {3, 3, 1, 32}),
            "[conv2d] input has 3 channels but the kernel expects 1: x is float32[8,28,28,3], kernel "
            "float32[3,3,1,32] "
            "(HWIO). Images are NHWC.");
  EXPECT_EQ(error({8, 28, 28, 3}, {3, 3, 1, 32}, {.feature_group_count = 2}),
            "[conv2d] input has 3 channels but the kernel expects 2 (1 in each of 2 groups): x is "
            "float32[8,28,28,3], "
            "kernel float32[3,3,1,32] (HWIO). Images are NHWC.");
  EXPECT_EQ(error({8, 28, 28, 2}, {3, 3, 1, 31}, {.feature_group_count = 2}),
            "[conv2d] 31 output channels do not divide into 2 groups: x is float32[8,28,28,2], kernel "
            "float32[3,3,1,31] "
            "(HWIO). Images are NHWC.");
  EXPECT_EQ(error({28, 28, 3}, {3, 3, 3, 32}),
            "[conv2d] images have 4 axes: x is float32[28,28,3], kernel float32[3,3,3,32] (HWIO). Images are "
            "NHWC.");
  EXPECT_EQ(error({8, 28, 28, 3}, {3, 3, 32}),
            "[conv2d] kernels have 4 axes: x is float32[8,28,28,3], kernel float32[3,3,32] (HWIO). Images "
            "are NHWC.");
  EXPECT_EQ(error({1, 2, 9, 1}, {3, 3, 1, 1}, {.padding = Padding::valid()}),
            "[conv2d] the kernel's height of 3 exceeds the padded image's 2: x is float32[1,2,9,1], kernel "
            "float32[3,3,1,1] (HWIO). Images are NHWC. Use SAME padding.");
  EXPECT_EQ(error({1, 9, 4, 1}, {3, 3, 1, 1}, {.padding = Padding::valid(), .kernel_dilation = {1, 2}}),
            "[conv2d] the kernel's width of 5 exceeds the padded image's 4: x is float32[1,9,4,1], kernel "
            "float32[3,3,1,1] (HWIO). Images are NHWC. Use SAME padding.");
  EXPECT_EQ(error({1, 9, 9, 1}, {3, 0, 1, 1}),
            "[conv2d] the kernel is empty: x is float32[1,9,9,1], kernel float32[3,0,1,1] (HWIO). Images are "
            "NHWC.");
  EXPECT_EQ(error({1, 9, 9, 1}, {3, 3, 1, 1}, {.strides = {1, 0}}), "[conv2d] a stride of 0 is less than 1.");
  EXPECT_EQ(error({1, 9, 9, 1}, {3, 3, 1, 1}, {.kernel_dilation = {0, 1}}),
            "[conv2d] a kernel dilation of 0 is less than 1.");
  EXPECT_EQ(error({1, 9, 9, 1}, {3, 3, 1, 1}, {.feature_group_count = 0}),
            "[conv2d] feature_group_count is 0: it must be 1 or more.");
  EXPECT_EQ(
      error_of([] {
        launch(kernels::Conv2d{}, zeros({1, 3, 3, 1}), zeros({2, 2, 1, 1}, float64));
      }),
      "[conv2d] the dtypes differ: x is float32[1,3,3,1], kernel float64[2,2,1,1] (HWIO). Images are NHWC.");
}

}  // namespace
}  // namespace ramie
