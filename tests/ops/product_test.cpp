#include <ramie/autograd/ops/product.h>

#include <map>

#include <ramie/autograd/ops/matmul.h>
#include <ramie/autograd/ops/reduce.h>
#include <ramie/autograd/ops/shape_arrange.h>
#include <ramie/autograd/ops/shape_diagonal.h>

#include "support/ops.h"

namespace ramie {
namespace {

using Values = std::vector<double>;
Values values(const Tensor& x) { return x.to_vector<double>(); }

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

// Runs through all values of all indices.
Tensor naive_einsum(const std::vector<std::string>& terms, const std::string& result,
                    const std::vector<Tensor>& x) {
  std::map<char, std::int64_t> n, at;
  std::vector<Values> data;
  for (std::size_t k = 0; k < x.size(); ++k) {
    data.push_back(values(x[k]));
    for (std::size_t i = 0; i < terms[k].size(); ++i) n[terms[k][i]] = x[k].shape(static_cast<int>(i));
  }
  auto offset = [&](const std::string& term) {
    std::int64_t o = 0;
    for (char c : term) o = o * n[c] + at[c];
    return static_cast<std::size_t>(o);
  };
  Shape shape;
  for (char c : result) shape.push_back(n[c]);
  Values y(static_cast<std::size_t>(shape.size()));
  std::int64_t count = 1;
  for (auto& [c, length] : n) count *= length;
  for (std::int64_t i = 0; i < count; ++i) {
    std::int64_t rest = i;
    for (auto& [c, length] : n) at[c] = rest % length, rest /= length;
    double p = 1;
    for (std::size_t k = 0; k < x.size(); ++k) p *= data[k][offset(terms[k])];
    y[offset(result)] += p;
  }
  return from_vector(y, shape);
}

TEST(Einsum, AgreesWithLoops) {
  const std::map<char, std::int64_t> n{{'a', 2}, {'b', 3}, {'i', 4}, {'j', 5}, {'k', 1}, {'z', 0}, {'A', 3}};
  const std::vector<std::pair<std::vector<std::string>, std::string>> cases{{{"ij", "jk"}, "ik"},
                                                                            {{"ij"}, "ji"},
                                                                            {{"ij"}, ""},
                                                                            {{"ij"}, "j"},
                                                                            {{"ii"}, "i"},
                                                                            {{"ii"}, ""},
                                                                            {{"iji"}, "j"},
                                                                            {{"iii"}, "i"},
                                                                            {{"abab"}, "ba"},
                                                                            {{"i", "i"}, ""},
                                                                            {{"i", "j"}, "ij"},
                                                                            {{"i", "j"}, "ji"},
                                                                            {{"ij", "ij"}, "ij"},
                                                                            {{"ij", "ij"}, "i"},
                                                                            {{"aij", "ajb"}, "abi"},
                                                                            {{"aij", "bj"}, "bia"},
                                                                            {{"ij", "jk", "ka"}, "ia"},
                                                                            {{"ab", "bi", "ij", "ja"}, ""},
                                                                            {{"i", "i", "i"}, "i"},
                                                                            {{"aij", "bj", "i"}, "ab"},
                                                                            {{"ij", "kb"}, "bj"},
                                                                            {{"iz", "zj"}, "ij"},
                                                                            {{"zi"}, "i"},
                                                                            {{"zi"}, "z"},
                                                                            {{"A", "b"}, "bA"},
                                                                            {{"", "ij", ""}, "j"},
                                                                            {{"iij", "jja"}, "ai"},
                                                                            {{"ai", "aj", "ak"}, "ijk"}};
  for (auto& [terms, result] : cases) {
    std::vector<Tensor> x;
    std::string formula;
    for (auto& term : terms) {
      Shape shape;
      for (char c : term) shape.push_back(n.at(c));
      x.push_back(odd_views(random_normal(shape))[1]);
      formula += (formula.empty() && x.size() == 1 ? "" : " , ") + term;
    }
    SCOPED_TRACE(formula + " -> " + result);
    expect_near(einsum(formula + " -> " + result, x), naive_einsum(terms, result, x), 1e-13);
  }
}

TEST(Einsum, ResultsWithoutArrowAndEllipses) {
  const Tensor a = random_normal({2, 3, 4}), b = random_normal({4, 5}), c = random_normal({2, 1, 4});
  expect_near(einsum("ba", {b}), transpose(b));
  expect_near(einsum("ij,jk", {b, transpose(b)}), matmul(b, transpose(b)), 1e-14);
  EXPECT_NEAR(einsum("ii", {matmul(b, transpose(b))}).item(), sum(square(b)).item(), 1e-12);
  expect_near(einsum("...j,jk->...k", {a, b}), matmul(a, b), 1e-14);
  expect_near(einsum("...j,jk", {a, b}), matmul(a, b), 1e-14);
  expect_near(einsum("...->...", {a}), a);
  expect_near(einsum("i...->...", {a}), sum(a, {0}), 1e-14);
  expect_near(einsum("...i,...i->...", {a, c}), sum(a * c, {-1}), 1e-14);  // [2, 3] with [2, 1]
  expect_near(einsum("...,...", {a, c}), a * c, 1e-14);
  expect_near(einsum("i...j,k...j->...ik", {a, c}),
              matmul(transpose(a, {1, 0, 2}), broadcast_to(transpose(c, {1, 2, 0}), {3, 4, 2})), 1e-14);
  EXPECT_EQ(einsum("...ij->...ji", {zeros({0, 2, 3})}).shape(), (Shape{0, 3, 2}));
}

// In any other order there would be a matrix of 40 billion elements.
TEST(Einsum, ContractsTheCheapestFirst) {
  const Tensor u = ones({200000}), v = full({200000}, 0.5);
  for (auto& formula : {"i,j,j->i", "j,i,j->i", "j,j,i->i"}) {
    const bool last = formula[4] == 'i', first = formula[0] == 'i';
    const Tensor y = einsum(formula, {first ? u : v, !first && !last ? u : v, last ? u : v});
    EXPECT_EQ(y[0].item(), 50000) << formula;
  }
}

TEST(Einsum, PromotesDtypes) {
  for (int t = 0; t < dtype_count; ++t) {
    const Tensor x = astype(random_integers({2, 3}, 0, 2), static_cast<DType>(t));
    EXPECT_EQ(einsum("ij->i", {x}).dtype(), x.dtype());
    EXPECT_EQ(einsum("ij,ij->ij", {x, x}).dtype(), x.dtype());
    EXPECT_EQ(einsum("ij,kj->ik", {x, ones({2, 3}, int8)}).dtype(), promote(x.dtype(), int8));
  }
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
