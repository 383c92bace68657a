#include <ramie/autograd/ops/product.h>

#include <map>

#include <ramie/autograd/ops/matmul.h>
#include <ramie/autograd/ops/reduce.h>
#include <ramie/autograd/ops/shape_arrange.h>
#include <ramie/autograd/ops/shape_diagonal.h>

#include "support/ops.h"
#include "support/values.h"

namespace ramie {
namespace {

TEST(Product, OfVectorsAndNumbers) {
  const Tensor u = tensor({1., 2., 3.}), v = tensor({4., 5., 6.}), m = tensor({{1., 2., 3.}, {4., 5., 6.}});
  EXPECT_EQ(dot(u, v).item(), 32);
  EXPECT_EQ(values(dot(m, u)), (Values{14, 32}));
  EXPECT_EQ(values(dot(tensor(2.), u)), (Values{2, 4, 6}));
  EXPECT_EQ(vdot(m, transpose(reshape(m, {3, 2}))).item(), 1 * 1 + 2 * 3 + 3 * 5 + 4 * 2 + 5 * 4 + 6 * 6);
  EXPECT_EQ(values(inner(m, m)), (Values{14, 32, 32, 77}));
  EXPECT_EQ(values(inner(u, tensor(2.))), (Values{2, 4, 6}));
  EXPECT_EQ(values(outer(tensor({1, 2}), tensor({{3}, {4}}))), (Values{3, 4, 6, 8}));
  EXPECT_EQ(values(cross(u, v)), (Values{-3, 6, -3}));
  EXPECT_EQ(cross(tensor({1., 2.}), tensor({3., 4.})).item(), -2);
  EXPECT_EQ(cross(zeros({3, 4}), zeros({3, 1}), 0).shape(), (Shape{3, 4}));
  EXPECT_EQ(values(kron(tensor({1, 10}), tensor({1, 2, 3}))), (Values{1, 2, 3, 10, 20, 30}));
  EXPECT_EQ(values(kron(tensor({{1, 2}}), tensor({3, 4}))), (Values{3, 4, 6, 8}));
  EXPECT_EQ(kron(zeros({2, 3}), zeros({4, 5})).shape(), (Shape{8, 15}));
  EXPECT_EQ(dot(zeros({0}), zeros({0})).item(), 0);
  EXPECT_EQ(dot(zeros({2, 3, 4}), zeros({5, 4, 6})).shape(), (Shape{2, 3, 5, 6}));
}

TEST(Product, TensordotSumsPairsOfAxes) {
  const Tensor a = random_normal({3, 4, 5}), b = random_normal({4, 3, 2});
  const Tensor expected = matmul(transpose(reshape(a, {12, 5})), reshape(transpose(b, {1, 0, 2}), {12, 2}));
  expect_near(tensordot(a, b, {0, 1}, {1, 0}), expected, 1e-14);
  expect_near(tensordot(a, b, {-2, 0}, {0, 1}), expected, 1e-14);
  EXPECT_EQ(tensordot(a, random_normal({4, 5, 2})).shape(), (Shape{3, 2}));
  EXPECT_EQ(tensordot(a, b, 0).shape(), (Shape{3, 4, 5, 4, 3, 2}));
  EXPECT_EQ(values(tensordot(tensor(2.), tensor({1., 2.}), 0)), (Values{2, 4}));
  EXPECT_EQ(tensordot(tensor({1, 2}), tensor({3, 4}), 1).dtype(), int32);
}

TEST(Product, GradientsOfBothOrders) {
  const Tensor a = random_normal({2, 3, 3}), b = random_normal({3, 3}), u = random_normal({3});
  using Op = std::function<Tensor(const Tensor&, const Tensor&)>;
  for (const Op& f :
       std::vector<Op>{[](auto&a, auto&b) {
                         return einsum("bij,jk->bik", {a, b});
                       },
                       [](auto&a, auto&b) {
                         return einsum("bii,ij,bij->j", {a, b, a});
                       },
                       [](auto&a, auto&b) {
                         return einsum("...ij,...kj->...", {a, b});
                       },
                       [](auto&a, auto&b) {
                         return tensordot(a, b, {0 + 1, 2}, {0, 1}) + vdot(b, b);
                       },
                       [](auto&a, auto&b) { return kron(b, inner(b, b)) * sum(cross(a, b)); }}) {
    const auto report = check_gradients([&](const Tensor& a, const Tensor& b) { return square(f(a, b)); },
                                        {a, b}, {.order = 2});
    EXPECT_TRUE(report) << report.table;
  }
  const auto report =
      check_gradients([](const Tensor& u) { return outer(u, u) * dot(u, u); }, {u}, {.order = 2});
  EXPECT_TRUE(report) << report.table;
}

TEST(Product, Errors) {
  const Tensor a = zeros({2, 3}), b = zeros({4, 5});
  EXPECT_EQ(
      error_of([&] { tensordot(a, b, {1}, {0}); }),
      "[tensordot] axes (1,) of a and (0,) of b are not equally long: a is float32[2,3], b float32[4,5].");
  EXPECT_EQ(
      error_of([&] {
        tensordot(a, a, {0, 0}, {0, 0});
      }),
      "[tensordot] axes (0, 0) of a and (0, 0) of b name one twice: a is float32[2,3], b float32[2,3].");
  EXPECT_EQ(error_of([&] { tensordot(a, b, 3); }), "[tensordot] 3 axes: a is float32[2,3], b float32[4,5].");
  EXPECT_EQ(error_of([&] { cross(a, b); }),
            "[cross] vectors of 3, or of 2, are needed along axis -1: a is float32[2,3], b float32[4,5].");
  EXPECT_EQ(error_of([&] {
              einsum("ij,jk->ik", {a, b});
            }),
            "[einsum] \"ij,jk->ik\": index j has lengths 3 and 4.");
  EXPECT_EQ(error_of([&] { einsum("ij", {a, b}); }), "[einsum] \"ij\": there are 1 terms for 2 operands.");
  EXPECT_EQ(error_of([&] { einsum("ijk", {a}); }),
            "[einsum] \"ijk\": \"ijk\" does not name the 2 axes of float32[2,3].");
  EXPECT_EQ(error_of([&] { einsum("i", {a}); }),
            "[einsum] \"i\": \"i\" does not name the 2 axes of float32[2,3].");
  EXPECT_EQ(error_of([&] { einsum("ij->k", {a}); }), "[einsum] \"ij->k\": no operand has index k.");
  EXPECT_EQ(error_of([&] { einsum("ij->ii", {a}); }), "[einsum] \"ij->ii\": the result has index i twice.");
  EXPECT_EQ(error_of([&] { einsum("i..j", {a}); }), "[einsum] \"i..j\": '.' is no letter.");
  EXPECT_EQ(error_of([&] {
              einsum("...,...", {a, b});
            }),
            "[einsum] \"...,...\": an axis of \"...\" has lengths 2 and 4.");
  EXPECT_EQ(error_of([&] { einsum("", {}); }), "[einsum] no operands were given.");
}

}  // namespace
}  // namespace ramie
