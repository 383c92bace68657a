#include <ramie/autograd/ops/pool2d.h>

#include <ramie/autograd/ops/reduce.h>

#include "support/ops.h"

namespace ramie {
namespace {

using Pairs = std::array<std::array<std::int64_t, 2>, 2>;
using Pool = Tensor (*)(const Tensor&, const PoolOptions&);
constexpr Pool pools[] = {avg_pool, max_pool, min_pool};

Padding padding(const oracle::Json& p) {
  if (p == "SAME") return Padding::same();
  if (p == "VALID") return Padding::valid();
  const auto of = p.get<Pairs>();
  return Padding::given(of[0], of[1]);
}

PoolOptions options(const oracle::Json& a) {
  const auto shape = [](const oracle::Json& v) { return Shape(v.get<std::vector<std::int64_t>>()); };
  PoolOptions o{.window = shape(a["window_shape"]), .padding = padding(a["padding"])};
  if (!a["strides"].is_null()) o.strides = shape(a["strides"]);
  o.count_include_pad = a.value("count_include_pad", true);
  return o;
}

TEST(Pool2d, IsFlaxs) {
  for (const auto& c : oracle::cases("pool2d")) {
    const Pool pool = c.op == "avg_pool" ? avg_pool : c.op == "max_pool" ? max_pool : min_pool;
    check_case(c, [&](auto& x) { return pool(x[0], options(c.attributes)); });
  }
}

TEST(Pool2d, HandWorked) {
  const Tensor x = reshape(arange(1, 17, 1, float32), {1, 4, 4, 1});
  const PoolOptions two{.window = {2, 2}, .strides = {2, 2}};
  expect_near(avg_pool(x, two), {3.5, 5.5, 11.5, 13.5}, {1, 2, 2, 1});
  expect_near(max_pool(x, two), {6, 8, 14, 16}, {1, 2, 2, 1});
  expect_near(min_pool(x, two), {1, 3, 9, 11}, {1, 2, 2, 1});
  expect_near(max_pool(x, {.window = {3, 3}}), {11, 12, 15, 16}, {1, 2, 2, 1});  // strides of 1
}

TEST(Pool2d, TheFirstMaximumGetsTheGradient) {
  const Tensor x = variable(ones({1, 2, 2, 1}));
  EXPECT_EQ(gradients(sum(max_pool(x, {.window = {2, 2}})), {x})[0].to_vector<float>(),
            (std::vector<float>{1, 0, 0, 0}));
}

TEST(Pool2d, NaNWins) {
  const Tensor x = reshape(tensor<double>({1, NAN, 3, 4}, float32), {1, 2, 2, 1});
  for (Pool pool : {max_pool, min_pool}) EXPECT_TRUE(std::isnan(pool(x, {.window = {2, 2}}).item()));
  EXPECT_EQ(max_pool(x, {.window = {1, 2}}).to_vector<float>()[1], 4);
}

// Values far enough from each other that no difference crosses a kink.
TEST(Pool2d, GradientsEqualDifferences) {
  const Tensor x = reshape(astype(random_integers({1, 5, 4, 3}, -1000, 1000), float64) +
                               arange(0, 1, 1.0 / 60, float64).reshape({1, 5, 4, 3}),
                           {1, 5, 4, 3});
  for (Pool pool : pools)
    for (const PoolOptions& o :
         {PoolOptions{.window = {2, 2}, .strides = {2, 2}},
          PoolOptions{.window = {3, 2}, .padding = Padding::same(), .count_include_pad = false}}) {
      const auto report =
          check_gradients([&](const Tensor& v) { return square(pool(v, o)) / 100; }, {x}, {.order = 2});
      EXPECT_TRUE(report) << report.table;
    }
}

TEST(Pool2d, DtypesAndOddViews) {
  const Tensor x = random_integers({2, 5, 4, 3}, -9, 9);
  const PoolOptions o{.window = {2, 3}, .padding = Padding::same()};
  EXPECT_EQ(avg_pool(x, o).dtype(), float32);
  EXPECT_EQ(max_pool(x, o).dtype(), int32);
  for (Pool pool : pools) {
    const Tensor y = pool(astype(x, float64), o);
    for (DType t : {float32, float16, bfloat16})
      expect_near(pool(astype(x, t), o), y, t == bfloat16 ? 1e-2 : 1e-3);
    for (auto& view : odd_views(astype(x, float64))) expect_near(pool(view, o), y, 0);
  }
}

TEST(Pool2d, EmptyBatches) {
  for (Pool pool : pools) {
    const Tensor x = variable(zeros({0, 4, 4, 2}));
    const Tensor y = pool(x, {.window = {2, 2}, .strides = {2, 2}});
    EXPECT_EQ(y.shape(), (Shape{0, 2, 2, 2}));
    EXPECT_EQ(gradients(sum(y), {x})[0].shape(), x.shape());
  }
}

TEST(Pool2d, BitsDoNotDependOnThreads) {
  const Tensor x = random_normal({8, 28, 28, 32}, float32);
  for (Pool pool : pools)
    for (const PoolOptions& o :
         {PoolOptions{.window = {2, 2}, .strides = {2, 2}}, PoolOptions{.window = {3, 3}}}) {
      expect_same_bits_for_any_threads([&] { return pool(x, o); });
      expect_same_bits_for_any_threads([&] {
        const Tensor v = variable(x);
        return gradients(sum(square(pool(v, o))), {v})[0];
      });
    }
}

TEST(Pool2d, NamesWhatDoesNotFit) {
  const auto error = [](Pool pool, const Shape& x, const PoolOptions& o) {
    return error_of([&] { pool(zeros(x), o); });
  };
  EXPECT_EQ(error(max_pool, {1, 3, 8, 1}, {.window = {4, 2}}),
            "[max_pool] a window of (4, 2) exceeds the 3 elements of the padded axis 1: x is "
            "float32[1,3,8,1]. Use a smaller window or SAME padding.");
  EXPECT_EQ(error(min_pool, {8, 3, 1}, {.window = {2, 2}}),
            "[min_pool] a window of (2, 2) needs 4 axes (N, ..., C), but x is float32[8,3,1].");
  EXPECT_EQ(error(max_pool, {8, 3, 1}, {.window = {}}),
            "[max_pool] a window of () is not for 1, 2 or 3 axes.");
  EXPECT_EQ(error(max_pool, {1, 8, 8, 1}, {.window = {0, 2}}), "[max_pool] a window of (0, 2) is empty.");
  EXPECT_EQ(error(avg_pool, {1, 8, 8, 1}, {.window = {2, 2}, .strides = {2, 0}}),
            "[avg_pool] a stride of 0 is less than 1.");
  EXPECT_EQ(error(avg_pool, {1, 8, 8, 1}, {.window = {2, 2}, .strides = {2}}),
            "[avg_pool] strides of (2,) do not fit a window of (2, 2).");
  EXPECT_EQ(error(avg_pool, {1, 8, 8, 1}, {.window = {2, 2}, .padding = Padding::given({1, 1})}),
            "[avg_pool] padding is given for 1 axes, but the images have 2.");
  EXPECT_EQ(error(avg_pool, {1, 8, 8, 1}, {.window = {2, 2}, .padding = Padding::circular()}),
            "[avg_pool] the padding of a pool is SAME, VALID or given.");
  // The kernels' own checks.
  EXPECT_EQ(error_of([] {
              launch(kernels::MaxPool{{.size = {4, 2}}}, zeros({1, 3, 8, 1}));
            }),
            "[max_pool] a window of 4x2 exceeds the padded image's height of 3: x is float32[1,3,8,1]. "
            "Images are NHWC; use a smaller window or SAME padding.");
  EXPECT_EQ(error_of([] {
              launch(kernels::AvgPool{{.size = {2, 5}}}, zeros({1, 8, 3, 1}));
            }),
            "[avg_pool] a window of 2x5 exceeds the padded image's width of 3: x is float32[1,8,3,1]. Images "
            "are NHWC; use a smaller window or SAME padding.");
  EXPECT_EQ(error_of([] {
              launch(kernels::AvgPool{{.size = {1, 1}}}, zeros({1, 2, 2, 1}, int32));
            }),
            "[avg_pool] an average of int32[1,2,2,1] is not int32: use astype.");
}

}  // namespace
}  // namespace ramie
