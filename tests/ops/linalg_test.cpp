#include <ramie/autograd/ops/linalg.h>

#include <ramie/autograd/ops/matmul.h>
#include <ramie/autograd/ops/reduce.h>
#include <ramie/autograd/ops/shape_diagonal.h>
#include <ramie/tensor/ops/linalg.h>

#include "support/ops.h"

namespace ramie {
namespace {

using Values = std::vector<double>;
Values values(const Tensor& x) { return x.to_vector<double>(); }
const double nan = std::nan("");

class Linalg : public testing::Test {
 protected:
  void SetUp() override {
    if (context.recorder && default_device() != cpu()) GTEST_SKIP() << "LAPACK's tensors leave the device";
  }
};

Tensor positive_definite(const Shape& shape) {
  const Tensor x = random_normal(shape);
  return matmul(x, matrix_transpose(x)) + 0.5 * eye(x.shape(-1), float64);
}
std::vector<Tensor> views(const Tensor& x) { return x.size() ? odd_views(x) : std::vector<Tensor>{x}; }
void check(const TensorFunction& f, const std::vector<Tensor>& x, double tolerance = 1e-6) {
  const auto report = check_gradients([&](const std::vector<Tensor>& x) { return sin(f(x)); }, x,
                                      {.order = 2, .tolerance = tolerance});
  EXPECT_TRUE(report) << report.table;
}

TEST_F(Linalg, WorkedByHand) {
  const Tensor a = tensor({{4., 2.}, {2., 5.}}, float64), b = tensor({{1., 2.}, {3., 4.}}, float64);
  expect_near(cholesky(a), Values{2, 0, 1, 2}, {2, 2}, 1e-15);
  expect_near(solve(b, tensor({5., 11.}, float64)), Values{1, 2}, {2}, 1e-14);
  expect_near(inv(b), Values{-2, 1, 1.5, -0.5}, {2, 2}, 1e-14);
  EXPECT_NEAR(det(b).item(), -2, 1e-14);
  const auto [sign, logarithm] = slogdet(b);
  EXPECT_EQ(sign.item(), -1);
  EXPECT_NEAR(logarithm.item(), std::log(2), 1e-14);
  expect_near(matrix_power(b, 3), Values{37, 54, 81, 118}, {2, 2}, 1e-14);
  expect_near(matrix_power(b, -1), inv(b));
  EXPECT_EQ(values(matrix_power(tensor({{1, 1}, {1, 0}}), 10)), (Values{89, 55, 55, 34}));
  EXPECT_EQ(values(matrix_power(zeros({2, 1, 1}), 0)), (Values{1, 1}));
}

TEST_F(Linalg, TrianglesInEveryWay) {
  const Tensor full = random_normal({2, 4, 4}) + 3 * eye(4, float64), b = random_normal({2, 4, 3});
  for (bool lower : {false, true})
    for (bool transposed : {false, true})
      for (bool unit : {false, true}) {
        const TriangularSolveOptions o{.lower = lower, .transpose_a = transposed, .unit_diagonal = unit};
        Tensor a = lower ? tril(full, unit ? -1 : 0) : triu(full, unit ? 1 : 0);
        if (unit) a = a + eye(4, float64);
        const Tensor op = transposed ? matrix_transpose(a) : a;
        expect_near(matmul(op, triangular_solve(full, b, o)), b, 1e-13);
        auto right = o;
        right.left_side = false;
        expect_near(matmul(triangular_solve(full, matrix_transpose(b), right), op), matrix_transpose(b),
                    1e-13);
        const Tensor v = reshape(slice(b[0], 1, 0, 1), {4});
        expect_near(matmul(matrix_transpose(op[0]), triangular_solve(full[0], v, right)), v, 1e-13);
      }
}

TEST_F(Linalg, FactorsOfBatchesAndViews) {
  for (auto& shape :
       std::vector<Shape>{{1, 1}, {3, 3}, {2, 5, 5}, {2, 3, 4, 4}, {70, 70}, {0, 3, 3}, {2, 0, 0}}) {
    const Tensor a = positive_definite(shape), b = random_normal([&] {
                                                 Shape s = shape;
                                                 s[-1] = 2;
                                                 return s;
                                               }());
    for (auto& v : views(a)) {
      const Tensor l = cholesky(v);
      expect_near(matmul(l, matrix_transpose(l)), a, 1e-12);
      expect_near(triu(l, 1), zeros_like(l));
      expect_near(matmul(a, solve(v, b)), b, 1e-10);
      expect_near(matmul(a, inv(v)), broadcast_to(eye(shape[-1], float64), shape), 1e-9);
      expect_near(cho_solve(l, b), solve(a, b), 1e-9);
      expect_near(cho_solve(matrix_transpose(l), b, false), solve(a, b), 1e-9);
      expect_near(prod(diagonal(l, 0, -2, -1), {-1}), sqrt(det(v)), 1e-9);
      expect_near(slogdet(v).logabsdet, 2 * sum(log(diagonal(l, 0, -2, -1)), {-1}), 1e-10);
    }
  }
}

TEST_F(Linalg, BatchesBroadcast) {
  const Tensor a = positive_definite({3, 3}), many = random_normal({4, 3, 2});
  expect_near(matmul(a, solve(a, many)), many, 1e-12);
  const Tensor as = positive_definite({4, 1, 3, 3}), b = random_normal({5, 3, 2});
  EXPECT_EQ(solve(as, b).shape(), (Shape{4, 5, 3, 2}));
  EXPECT_EQ(solve(as, ones({3})).shape(), (Shape{4, 1, 3}));
}

TEST_F(Linalg, DtypesOfResults) {
  const Tensor a = tensor({{2, 0}, {0, 4}});
  for (int t = 0; t < dtype_count; ++t) {
    const auto dtype = static_cast<DType>(t);
    if (dtype == bool_) continue;
    const Tensor x = astype(a, dtype);
    const DType expected = is_floating(dtype) ? dtype : float32;
    for (const Tensor& y :
         {cholesky(x), inv(x), solve(x, x), det(x), slogdet(x).sign, triangular_solve(x, x)})
      EXPECT_EQ(y.dtype(), expected) << name(dtype);
    EXPECT_EQ(values(inv(x)), (Values{0.5, 0, 0, 0.25}));
    EXPECT_EQ(det(x).item(), 8);
    EXPECT_EQ(det(astype(4 * eye(5, float32), dtype)).item(), 1024);
  }
}

// As in JAX: NaN, for that matrix alone.
TEST_F(Linalg, SingularAndNotFinite) {
  const Tensor singular = tensor({{1., 2.}, {2., 4.}}, float64), good = eye(2, float64),
               indefinite = tensor({{1., 2.}, {2., 1.}}, float64);
  const Values gone{nan, nan, nan, nan};
  expect_near(cholesky(stack({indefinite, good})), Values{nan, nan, nan, nan, 1, 0, 0, 1}, {2, 2, 2});
  expect_near(inv(stack({singular, good})), Values{nan, nan, nan, nan, 1, 0, 0, 1}, {2, 2, 2});
  expect_near(solve(singular, good), gone, {2, 2});
  EXPECT_EQ(det(singular).item(), 0);
  EXPECT_EQ(slogdet(singular).sign.item(), 0);
  EXPECT_EQ(slogdet(singular).logabsdet.item(), -INFINITY);
  for (double bad : {nan, double(INFINITY)}) {
    const Tensor x = full({2, 2}, bad, float64), wide = full({5, 5}, bad, float64);
    expect_near(cholesky(x), gone, {2, 2});
    expect_near(inv(x), gone, {2, 2});
    expect_near(solve(x, good), gone, {2, 2});
    EXPECT_TRUE(std::isnan(det(wide).item()));
    EXPECT_TRUE(std::isnan(slogdet(wide).logabsdet.item()));
  }
}

TEST_F(Linalg, OfNothing) {
  EXPECT_EQ(det(zeros({0, 0})).item(), 1);
  EXPECT_EQ(values(det(zeros({2, 0, 0}))), (Values{1, 1}));
  EXPECT_EQ(slogdet(zeros({0, 0})).sign.item(), 1);
  EXPECT_EQ(slogdet(zeros({0, 0})).logabsdet.item(), 0);
  EXPECT_EQ(solve(zeros({0, 0}), zeros({0, 3})).shape(), (Shape{0, 3}));
  EXPECT_EQ(solve(eye(2), zeros({2, 0})).shape(), (Shape{2, 0}));
  EXPECT_EQ(triangular_solve(eye(2), zeros({2, 0})).shape(), (Shape{2, 0}));
}

TEST_F(Linalg, GradientsOfBothOrders) {
  const Tensor a = positive_definite({3, 3}), as = positive_definite({2, 3, 3}), b = random_normal({3, 2});
  check([](auto& x) { return cholesky(x[0]); }, {as});
  check([](auto& x) { return solve(x[0], x[1]); }, {as, b});
  check([](auto& x) { return inv(x[0]); }, {a});
  check([](auto& x) { return slogdet(x[0]).logabsdet; }, {as});
  check([](auto& x) { return matrix_power(x[0], -2); }, {a});
  for (int i = 0; i < 8; ++i) {
    const TriangularSolveOptions o{.lower = i % 2 > 0, .transpose_a = i / 2 % 2 > 0, .unit_diagonal = i > 3};
    check([&](auto& x) { return triangular_solve(x[0], x[1], o); }, {a, b}, 1e-5);
  }
  for (int n = 1; n < 6; ++n) check([](auto& x) { return det(x[0]); }, {random_normal({2, n, n})});
}

// The determinant is a polynomial, also where it is 0.
TEST_F(Linalg, GradientOfASingularDeterminant) {
  for (int n : {2, 3, 4, 6}) {
    const Tensor thin = random_normal({n, n - 1}), x = matmul(thin, transpose(random_normal({n, n - 1})));
    const Tensor once = concatenate({slice(x, 0, 0, n - 1), slice(x, 0, 0, 1)});  // exactly singular
    const auto report = check_gradients([](const Tensor& x) { return det(x); }, {once});
    EXPECT_TRUE(report) << report.table;
    const Tensor zero = zeros({n, n}, float64);
    const auto nothing = check_gradients([](const Tensor& x) { return det(x); }, {zero});
    EXPECT_TRUE(nothing) << nothing.table;
  }
}

TEST_F(Linalg, GradientOfASymmetricArgumentIsSymmetric) {
  const Tensor x = variable(positive_definite({3, 3}));
  const Tensor g = gradients(sum(cholesky(x)), {x})[0];
  expect_near(g, matrix_transpose(g), 1e-13);
}

TEST_F(Linalg, Errors) {
  const Tensor x = zeros({2, 3});
  EXPECT_EQ(error_of([&] { cholesky(x); }), "[cholesky] the matrices of float32[2,3] are not square.");
  EXPECT_EQ(error_of([&] { inv(zeros({3})); }), "[inv] float32[3] is no matrix: two axes are needed.");
  EXPECT_EQ(error_of([&] {
              solve(eye(2), zeros({3, 1}));
            }),
            "[solve] the right sides must have 2 rows: a is float32[2,2], b float32[3,1].");
  EXPECT_EQ(
      error_of([&] {
        solve(zeros({2, 2, 2}), zeros({3, 2, 1}));
      }),
      "[solve] shapes (2,) and (3,) do not broadcast: axis 1 from the right has lengths 2 and 3; they must "
      "be equal or 1.");
  if (default_device() == cpu()) return;
  EXPECT_EQ(error_of([&] { launch(kernels::Inverse{}, eye(2)); }),
            "[inv] LAPACK runs on the CPU: move the inputs there, x.to(cpu()), and the result back.");
}

}  // namespace
}  // namespace ramie
