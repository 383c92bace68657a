// Gradients inside of jit, and from outside through it.
#include <gtest/gtest.h>

#include <ramie/autograd/grad.h>
#include <ramie/autograd/jit.h>
#include <ramie/autograd/ops/elementwise.h>
#include <ramie/autograd/ops/reduce.h>
#include <ramie/autograd/scan.h>
#include <ramie/tensor/create.h>

namespace ramie {
namespace {

using Floats = std::vector<float>;
Floats floats(const Tensor& x) { return x.to_vector<float>(); }

Tensor cubes(const Tensor& x) { return sum(x * x * x); }

TEST(Jit, GradientsInside) {
  auto f = jit(grad(cubes));
  const Tensor a = from_vector<float>({1, 2}), b = from_vector<float>({3, 4});
  EXPECT_EQ(floats(f(a)), (Floats{3, 12}));
  EXPECT_EQ(floats(f(b)), (Floats{27, 48}));
  auto second =
      jit([](const Tensor& x) { return grad([](const Tensor& y) { return sum(grad(cubes)(y)); })(x); });
  second(a);
  EXPECT_EQ(floats(second(b)), (Floats{18, 24}));
  auto both = jit([](const Tensor& x) {
    auto [y, pullback] = vjp(cubes, x);
    return std::pair(y, pullback(full({}, 2.0)));
  });
  both(a);
  EXPECT_EQ(floats(both(b).second), (Floats{54, 96}));
}

TEST(Jit, GradientsFromOutsideLeadThrough) {
  auto f = jit(cubes);
  const Tensor a = from_vector<float>({1, 2});
  f(a);
  EXPECT_EQ(floats(grad(f)(a)), (Floats{3, 12}));
  EXPECT_EQ(floats(std::get<1>(value_and_grad(f)(a))), (Floats{3, 12}));
  const Tensor x = variable(a);
  backward(f(x));
  EXPECT_EQ(floats(x.grad()), (Floats{3, 12}));
  EXPECT_EQ(f.statistics().eager, 3u);
}

TEST(Jit, GradientsOfWhatAFunctionClosesOver) {
  const Tensor w = variable(full({2}, 3.0));
  auto f = jit([&](const Tensor& x) { return sum(w * x); });
  for (int i = 1; i <= 3; ++i) {
    backward(f(from_vector<float>({1, 2})));
    EXPECT_EQ(floats(w.grad()), (Floats{1.f * i, 2.f * i}));
  }
}

TEST(Jit, TheTapeInside) {
  auto f = jit([](const Tensor& value) {
    const Tensor x = variable(value);
    backward(cubes(x));
    return x.grad();
  });
  f(full({2}, 1.0));
  EXPECT_EQ(floats(f(full({2}, 2.0))), (Floats{12, 12}));
}

TEST(Jit, GradientsByWhatAFunctionClosesOver) {
  const Tensor w = full({2}, 3.0);
  auto f = jit([&](const Tensor& x) { return grad([&](const Tensor& v) { return sum(v * v * x); })(w); });
  f(from_vector<float>({1, 2}));
  EXPECT_EQ(floats(f(from_vector<float>({3, 4}))), (Floats{18, 24}));
  EXPECT_EQ(f.statistics().replays, 1u);
}

// The last h is x[0] / 4 + x[1] / 2 + x[2].
TEST(Jit, GradientsThroughTime) {
  auto f = jit(grad([](const Tensor& xs) {
    const auto cell = [](const Tensor& h, const Tensor& x) {
      const Tensor next = 0.5 * h + x;
      return std::pair(next, next);
    };
    const auto [last, all] = scan(cell, zeros({}), xs);
    return last * all[0];
  }));
  EXPECT_EQ(floats(f(from_vector<float>({1, 0, 0}))), (Floats{0.5, 0.5, 1}));
  EXPECT_EQ(floats(f(from_vector<float>({2, 0, 4}))), (Floats{5, 1, 2}));
  EXPECT_EQ(f.programs(), 1u);
}

}  // namespace
}  // namespace ramie
