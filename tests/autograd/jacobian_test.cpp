#include <ramie/autograd/jacobian.h>
#include <ramie/autograd/ops/matmul.h>
#include <ramie/autograd/ops/reduce.h>
#include <ramie/autograd/ops/softmax.h>

#include "support/ops.h"

namespace ramie {
namespace {

TEST(Jacobian, OfAProductIsTheMatrix) {
  const Tensor a = random_normal({3, 4}), x = random_normal({4});
  const auto f = [&](const Tensor& x) { return matmul(a, x); };
  expect_near(jacrev(f)(x), a);
  expect_near(jacfwd(f)(x), a);
}

TEST(Jacobian, BothModesAgree) {
  const Tensor x = random_normal({2, 3});
  const auto f = [](const Tensor& x) { return softmax(sin(x) * sum(x, {0}), 0).reshape({3, 2, 1}); };
  const Tensor j = jacrev(f)(x);
  EXPECT_EQ(j.shape(), (Shape{3, 2, 1, 2, 3}));
  expect_near(jacfwd(f)(x), j, 1e-13);
}

TEST(Jacobian, ByAnotherArgument) {
  const Tensor a = random_normal({3}), b = random_normal({3});
  const auto f = [](const Tensor& a, const Tensor& b) { return a * b; };
  expect_near(jacrev<1>(f)(a, b), expand_dims(a, 1) * eye(3, float64));
  expect_near(jacfwd<1>(f)(a, b), expand_dims(a, 1) * eye(3, float64));
}

TEST(Hessian, OfACubic) {
  const Tensor x = tensor({1.0, 2.0, 3.0}, float64);
  const auto f = [](const Tensor& x) { return sum(x * x * x) + prod(x); };
  const Tensor h = hessian(f)(x);
  expect_near(h, {6, 3, 2, 3, 12, 1, 2, 1, 18}, {3, 3});
  expect_near(jacrev(jacrev(f))(x), h);
  expect_near(jacfwd(jacfwd(f))(x), h);
  expect_near(jacrev(jacfwd(f))(x), h);
}

TEST(Hessian, HasDerivativesItself) {
  const auto f = [](const Tensor& x) { return sum(exp(x)) * sum(x); };
  const auto trace = [&](const Tensor& x) { return sum(hessian(f)(x) * eye(2, float64)); };
  const Tensor x = tensor({0.3, -0.2}, float64);
  const auto report = check_gradients(trace, {x});
  EXPECT_TRUE(report) << report.table;
}

TEST(Jacobian, OfEmptyTensors) {
  const auto f = [](const Tensor& x) { return x * 2; };
  EXPECT_EQ(jacrev(f)(zeros({0})).shape(), (Shape{0, 0}));
  EXPECT_EQ(jacfwd(f)(zeros({0})).shape(), (Shape{0, 0}));
}

}  // namespace
}  // namespace ramie
