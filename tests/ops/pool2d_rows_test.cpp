#include <ramie/tensor/ops/pool2d_rows.h>

#include <ramie/tensor/ops/pool2d_naive.h>

#include "ops/conv2d_cases.h"

namespace ramie {
namespace {

using cases::draw;
using cases::Random;
using kernels::PoolWindow;

struct PoolCase {
  Shape x;
  PoolWindow window;
};
std::ostream& operator<<(std::ostream& out, const PoolCase& c) {
  const auto& w = c.window;
  return out << "x " << str(c.x) << " window " << w.size[0] << ',' << w.size[1] << " strides " << w.strides[0]
             << ',' << w.strides[1] << " padding " << w.padding[0][0] << ',' << w.padding[0][1] << ';'
             << w.padding[1][0] << ',' << w.padding[1][1];
}

// Overlapping windows, gaps between windows, windows in the padding, channels of all remainders.
PoolCase random_case(Random& random) {
  PoolCase c{{draw(random, 0, 3), draw(random, 1, 9), draw(random, 1, 9), draw(random, 1, 40)},
             {.size = {1, 1}}};
  const bool large = draw(random, 0, 9) == 0;  // so that the index does not fit a byte
  for (std::size_t axis : {0, 1}) {
    const std::int64_t length = c.x[1 + static_cast<int>(axis)];
    c.window.size[axis] = large ? 16 : draw(random, 1, 4);
    c.window.strides[axis] = draw(random, 1, 4);
    c.window.padding[axis] = {draw(random, -1, 5), draw(random, -1, 5)};
    auto& pad = c.window.padding[axis];
    pad[1] += std::max<std::int64_t>(c.window.size[axis] - (length + pad[0] + pad[1]), 0);
  }
  return c;
}

// Few different values, so that there are ties; and now and then a NaN.
Tensor values(Random& random, const Shape& shape, DType dtype, bool with_nan) {
  std::vector<double> v(static_cast<std::size_t>(shape.size()));
  for (auto& x : v) x = with_nan && draw(random, 0, 20) == 0 ? NAN : static_cast<double>(draw(random, -3, 3));
  return cases::from_doubles(v, shape, dtype);
}

// NaN equals NaN here, whatever its bits.
bool same_values(const Tensor& a, const Tensor& b) {
  const auto x = a.to_vector<double>(), y = b.to_vector<double>();
  return a.layout().same(b.layout()) && std::equal(x.begin(), x.end(), y.begin(), [](double p, double q) {
           return p == q || (p != p && q != q);
         });
}

void compare(const PoolCase& c, Random& random, DType dtype) {
  namespace naive = kernels::naive;
  const auto& w = c.window;
  const Tensor finite = values(random, c.x, dtype, false), x = values(random, c.x, dtype, true);
  const Shape out = kernels::MaxPool{w}.outputs(x.layout()).shape;
  const Tensor dy = values(random, out, dtype, false);
  for (bool count : {true, false}) {
    EXPECT_TRUE(
        same_values(launch(kernels::AvgPool{w, count}, finite), launch(naive::AvgPool{w, count}, finite)));
    const Tensor dx = launch(kernels::AvgPoolGradient{w, count, c.x}, dy);
    EXPECT_TRUE(same_values(dx, launch(naive::AvgPoolGradient{w, count, c.x}, dy)));
  }
  for (bool minimum : {false, true}) {
    const auto [y, index] = launch(kernels::MaxPoolIndex{w, minimum}, x);
    const auto [naive_y, naive_index] = launch(naive::MaxPoolIndex{w, minimum}, x);
    EXPECT_TRUE(same_values(y, naive_y));
    EXPECT_TRUE(same_values(index, naive_index));
    EXPECT_TRUE(same_values(launch(kernels::MaxPool{w, minimum}, x), naive_y));
    EXPECT_TRUE(same_values(launch(naive::MaxPool{w, minimum}, x), naive_y));
    const Tensor gathered = launch(kernels::PoolGather{w}, x, index);
    EXPECT_TRUE(same_values(gathered, launch(naive::PoolGather{w}, x, index)));
    const Tensor scattered = launch(kernels::PoolScatter{w, c.x}, dy, index);
    EXPECT_TRUE(same_values(scattered, launch(naive::PoolScatter{w, c.x}, dy, index)));
  }
}

TEST(Pool2dRows, EqualTheNaiveKernels) {
  cases::for_each_target([] {
    Random random(31);
    for (int i = 0; i < 150; ++i) {
      const PoolCase c = random_case(random);
      SCOPED_TRACE(c);
      compare(c, random, draw(random, 0, 1) ? float32 : float64);
      if (testing::Test::HasFailure()) return;
    }
  });
}

TEST(Pool2dRows, BitsDoNotDependOnThreads) {
  Random random(32);
  const PoolWindow w{.size = {3, 3}, .strides = {2, 2}, .padding = {{{1, 1}, {1, 1}}}};
  const Shape shape = {4, 33, 31, 33};
  const Tensor x = cases::values(random, shape, float32);
  set_threads(1);
  const auto [y, index] = launch(kernels::MaxPoolIndex{w}, x);
  const Tensor dx = launch(kernels::PoolScatter{w, shape}, y, index),
               mean = launch(kernels::AvgPool{w, false}, x);
  const Tensor dmean = launch(kernels::AvgPoolGradient{w, false, shape}, mean);
  for (int n : {2, 3}) {
    set_threads(n);
    EXPECT_TRUE(cases::same_bits(launch(kernels::MaxPool{w}, x), y));
    EXPECT_TRUE(cases::same_bits(launch(kernels::PoolScatter{w, shape}, y, index), dx));
    EXPECT_TRUE(cases::same_bits(launch(kernels::AvgPool{w, false}, x), mean));
    EXPECT_TRUE(cases::same_bits(launch(kernels::AvgPoolGradient{w, false, shape}, mean), dmean));
  }
  set_threads(0);
}

// Flipped and transposed images, and every other dtype, go the naive way or are read in vectors where they
// lie.
TEST(Pool2dRows, ReadStridedImages) {
  Random random(33);
  for (int i = 0; i < 40; ++i) {
    const PoolCase c = random_case(random);
    SCOPED_TRACE(c);
    const Tensor x = values(random, c.x, float32, false), view = cases::strided(random, x);
    EXPECT_TRUE(same_values(launch(kernels::MaxPool{c.window}, view), launch(kernels::MaxPool{c.window}, x)));
    const auto [y, index] = launch(kernels::MaxPoolIndex{c.window}, view);
    const Tensor dy = cases::strided(random, y), at = cases::strided(random, index);
    EXPECT_TRUE(same_values(launch(kernels::PoolScatter{c.window, c.x}, dy, at),
                            launch(kernels::PoolScatter{c.window, c.x}, y, index)));
  }
}

}  // namespace
}  // namespace ramie
