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

}  // namespace
}  // namespace ramie
