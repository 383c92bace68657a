#include <ramie/autograd/ops/resize.h>

#include <cmath>

#include <ramie/autograd/ops/reduce.h>

#include "support/ops.h"

namespace ramie {
namespace {

Tensor line(std::initializer_list<double> values) { return tensor(values, float64); }

TEST(Resize, HandWorked) {
  const Tensor x = line({0, 4, 8, 16});
  expect_near(resize(x, {8}, Resize::nearest), {0, 0, 4, 4, 8, 8, 16, 16}, {8});
  expect_near(resize(x, {3}, Resize::nearest), {0, 8, 16}, {3});
  expect_near(resize(x, {8}, Resize::linear), {0, 1, 3, 5, 7, 10, 14, 16}, {8});
  expect_near(resize(x, {2}, Resize::linear, false), {2, 12}, {2});
  // Each covers elements at distances of 0.5, 0.5 and 1.5 in units of 1, of weight 3, 3 and 1.
  expect_near(resize(x, {2}, Resize::linear), {20.0 / 7, 76.0 / 7}, {2});
  expect_near(resize(line({0, 0, 1, 0, 0}), {1}, Resize::cubic, false), {1}, {1});
  expect_near(resize(line({0, 0, 0, 1, 0, 0, 0, 0}), {4}, Resize::cubic, false), {0, 0.5625, -0.0625, 0},
              {4});
}

// Bilinear, with align_corners=False: the position is clipped, and two neighbours mix.
double between(const std::vector<double>& x, std::int64_t n, std::int64_t i) {
  const auto last = static_cast<double>(x.size()) - 1;
  const double at = (static_cast<double>(i) + 0.5) * (last + 1) / static_cast<double>(n) - 0.5;
  const double clipped = std::clamp(at, 0.0, last), low = std::floor(clipped);
  const double high = std::min(low + 1, last), t = clipped - low;
  return x[static_cast<std::size_t>(low)] * (1 - t) + x[static_cast<std::size_t>(high)] * t;
}

TEST(Resize, LinearMixesTwoNeighbours) {
  for (std::int64_t m : {1, 2, 5, 8})
    for (std::int64_t n : {1, 2, 3, 7, 16}) {
      const Tensor x = random_normal({m});
      std::vector<double> y;
      for (std::int64_t i = 0; i < n; ++i) y.push_back(between(x.to_vector<double>(), n, i));
      expect_near(resize(x, {n}, Resize::linear, false), y, {n}, 1e-13);
      if (n >= m) expect_near(resize(x, {n}, Resize::linear), y, {n}, 1e-13);
    }
}

TEST(Resize, WorksAxisByAxis) {
  const Tensor x = random_normal({2, 5, 4, 3});
  for (auto method : {Resize::nearest, Resize::linear, Resize::cubic}) {
    const Tensor tall = resize(x, {2, 3, 4, 3}, method);
    expect_near(resize(x, {2, 3, 9, 3}, method), resize(tall, {2, 3, 9, 3}, method), 1e-13);
    expect_near(resize(x, x.shape(), method), x, 0);
    for (auto& view : odd_views(x))
      expect_near(resize(view, {2, 3, 9, 3}, method), resize(x, {2, 3, 9, 3}, method), 1e-14);
  }
}

TEST(Resize, KeepsWhatIsConstant) {
  for (auto method : {Resize::nearest, Resize::linear, Resize::cubic})
    for (bool antialias : {true, false})
      expect_near(resize(ones({1, 7, 5, 2}, float64), {1, 3, 11, 2}, method, antialias),
                  ones({1, 3, 11, 2}, float64), 1e-14);
}

TEST(Resize, GradientsEqualDifferences) {
  for (auto method : {Resize::nearest, Resize::linear, Resize::cubic}) {
    const auto f = [&](const Tensor& v) { return square(resize(v, {1, 2, 7, 2}, method)); };
    const auto report = check_gradients(f, {random_normal({1, 3, 4, 2})}, {.order = 2});
    EXPECT_TRUE(report) << report.table;
  }
}

TEST(Resize, DtypesEmptyAndErrors) {
  const Tensor x = random_integers({1, 4, 4, 2}, 0, 9);
  EXPECT_EQ(resize(x, {1, 2, 2, 2}, Resize::linear).dtype(), float32);
  for (DType t : {bool_, uint8, uint32, int8, int16, int32, int64, float16, bfloat16, float32, float64})
    EXPECT_EQ(resize(astype(x, t), {1, 8, 2, 2}, Resize::nearest).dtype(), t);
  for (DType t : {float16, bfloat16}) {
    const Tensor y = resize(astype(x, t), {1, 2, 3, 2}, Resize::linear);
    EXPECT_EQ(y.dtype(), t);
    expect_near(y, resize(x, {1, 2, 3, 2}, Resize::linear), 8e-3);
  }
  EXPECT_EQ(resize(zeros({0, 4, 2}), {0, 8, 2}, Resize::linear).shape(), (Shape{0, 8, 2}));
  EXPECT_EQ(resize(zeros({1, 4}), {1, 0}, Resize::nearest).shape(), (Shape{1, 0}));
  EXPECT_EQ(error_of([&] {
              resize(x, {2, 2}, Resize::linear);
            }),
            "[resize] int32[1,4,4,2] cannot become (2, 2): the shape has as many axes, and no elements come "
            "from none.");
  EXPECT_EQ(error_of([&] {
              resize(zeros({0, 4}), {1, 4}, Resize::nearest);
            }),
            "[resize] float32[0,4] cannot become (1, 4): the shape has as many axes, and no elements come "
            "from none.");
}

TEST(PixelShuffle, MovesChannelsToPixels) {
  const Tensor x = reshape(arange(0, 16, 1, float32), {1, 1, 2, 8});
  // Channels (c, i, j): of pixel (0, 0) 0 to 3 are the first channel's block, 4 to 7 the second's.
  expect_near(pixel_shuffle(x, 2), {0, 4, 1, 5, 8, 12, 9, 13, 2, 6, 3, 7, 10, 14, 11, 15}, {1, 2, 4, 2});
  EXPECT_EQ(error_of([&] { pixel_shuffle(x, 3); }),
            "[pixel_shuffle] x is (N, H, W, C r r) for r = 3 and some C, not float32[1,1,2,8].");
}

}  // namespace
}  // namespace ramie
