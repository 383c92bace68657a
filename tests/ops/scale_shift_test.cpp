#include <ramie/autograd/ops/scale_shift.h>

#include <ramie/autograd/jit.h>
#include <ramie/autograd/vmap.h>

#include "support/ops.h"

namespace ramie {
namespace {

Tensor naive(const Tensor& x, const Tensor& scale, const Tensor& shift) {
  return astype(x, float64) * astype(scale, float64) + astype(shift, float64);
}

TEST(ScaleShift, ByHand) {
  const Tensor x = astype(tensor({{1, 2}, {3, 4}}), uint8);
  const Tensor y = scale_shift(x, tensor({2.0, 10.0}), tensor({0.5}));
  EXPECT_EQ(y.dtype(), float32);
  EXPECT_EQ(y.to_vector<double>(), (std::vector<double>{2.5, 20.5, 6.5, 40.5}));
  EXPECT_EQ(scale_shift(tensor(3.0), tensor(2.0), tensor(1.0)).item(), 7);
  EXPECT_EQ(scale_shift(zeros({0, 3}), tensor({2.0}), tensor({1.0})).shape(), (Shape{0, 3}));
}

TEST(ScaleShift, EveryDtypeViewAndNumberOfChannels) {
  for (const std::int64_t channels : {1, 2, 3, 7, 16, 400, 1000}) {
    const Tensor scale = random_normal({channels}), shift = random_normal({channels});
    const Tensor x = random_integers({5, 9, channels}, 0, 100);
    for (int t = 0; t < dtype_count; ++t) {
      for (const Tensor& v : odd_views(astype(x, static_cast<DType>(t)))) {
        const Tensor y = scale_shift(v, scale, shift);
        EXPECT_EQ(y.dtype(), is_floating(v.dtype()) ? v.dtype() : float32);
        const bool half = v.dtype() == float16 || v.dtype() == bfloat16;
        expect_near(y, naive(v, scale, shift), v.dtype() == float64 ? 1e-15 : half ? 4e-3 : 2e-7);
      }
    }
  }
}

TEST(ScaleShift, TheCutDoesNotMatter) {
  const Tensor x = random_normal({4001, 3}, float32), scale = tensor({0.1, 0.2, 0.3}),
               shift = tensor({1.0, 2.0, 3.0});
  const auto all = scale_shift(x, scale, shift).to_vector<float>();
  for (const std::int64_t n : {1, 2, 255, 257, 3999}) {
    const auto some = scale_shift(x.slice(0, 0, n), scale, shift).to_vector<float>();
    EXPECT_TRUE(std::equal(some.begin(), some.end(), all.begin())) << n;
  }
}

TEST(ScaleShift, Gradients) {
  for (const Tensor& scale : {random_normal({3}), random_normal({1}), random_normal({})}) {
    const Tensor x = random_normal({2, 4, 3}), shift = random_normal({3});
    const auto f = [](const Tensor& x, const Tensor& a, const Tensor& b) {
      return square(scale_shift(x, a, b));
    };
    for (const int order : {1, 2}) {
      EXPECT_TRUE(check_gradients(f, {x, scale, shift}, {.order = order}));
    }
  }
}

TEST(ScaleShift, Vmap) {
  const Tensor x = random_normal({4, 5, 3}), a = random_normal({4, 3}), b = random_normal({4, 3});
  const auto f = [](const Tensor& x, const Tensor& a, const Tensor& b) { return scale_shift(x, a, b); };
  const Tensor all = vmap(f)(x, a, b), shared = vmap(f, {0, not_mapped, not_mapped})(x, a[0], b[0]);
  const Tensor of_one = vmap(f, {not_mapped, 0, not_mapped})(x[0], a, b[0]);
  for (std::int64_t i = 0; i < 4; ++i) {
    expect_near(all[i], scale_shift(x[i], a[i], b[i]), 1e-14);
    expect_near(shared[i], scale_shift(x[i], a[0], b[0]), 1e-14);
    expect_near(of_one[i], scale_shift(x[0], a[i], b[0]), 1e-14);
  }
}

TEST(ScaleShift, Errors) {
  EXPECT_EQ(
      error_of([] {
        scale_shift(zeros({2, 3}), zeros({2}), zeros({3}));
      }),
      "[scale_shift] scale and shift must have one number, or one for each channel: x is float32[2,3], scale "
      "float32[2], shift float32[3].");
}

}  // namespace
}  // namespace ramie
