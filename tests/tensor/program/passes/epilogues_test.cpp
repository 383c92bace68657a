#include <gtest/gtest.h>

#include <ramie/autograd/jit.h>
#include <ramie/autograd/ops/conv2d.h>
#include <ramie/autograd/ops/elementwise.h>
#include <ramie/autograd/ops/matmul.h>
#include <ramie/autograd/ops/shape.h>
#include <ramie/tensor/create.h>
#include <ramie/tensor/random.h>

namespace ramie {
namespace {

using Tensors = std::vector<Tensor>;

Tensor normal(int seed, const Shape& shape) { return random::normal(random::key(seed), shape); }

// The names of the steps after the passes; what they compute must not have changed.
template <class F>
std::vector<std::string> after(const F& f, const Tensors& x, bool fuse) {
  Program p = record(f, x);
  const Tensors expected = run(p, x);
  if (fuse) passes::fusion(p);
  passes::epilogues(p);
  const Tensors found = run(p, x);
  for (std::size_t i = 0; i < found.size(); ++i)
    EXPECT_EQ(found[i].to_vector<double>(), expected[i].to_vector<double>());
  std::vector<std::string> names;
  for (auto& s : p.steps) names.emplace_back(s.launch.name);
  return names;
}
using Names = std::vector<std::string>;

const Tensors layer = {normal(0, {4, 3}), normal(1, {3, 5}), normal(2, {5})};

TEST(Epilogues, BiasAndActivationJoinTheProduct) {
  const auto dense = [](const Tensors& x) { return Tensors{relu(matmul(x[0], x[1]) + x[2])}; };
  EXPECT_EQ(after(dense, layer, true), (Names{"matmul_epilogue"}));
  EXPECT_EQ(after(dense, layer, false), (Names{"matmul_epilogue", "relu"}));
}

TEST(Epilogues, OfAConvolutionThroughAReshape) {
  const auto conv = [](const Tensors& x) { return Tensors{relu(reshape(conv2d(x[0], x[1]), {2, -1}) * 2)}; };
  EXPECT_EQ(after(conv, {normal(0, {2, 5, 5, 1}), normal(1, {3, 3, 1, 4})}, true),
            (Names{"conv2d_epilogue"}));
}

TEST(Epilogues, AProductThatIsReadTwiceStays) {
  const auto twice = [](const Tensors& x) {
    const Tensor y = matmul(x[0], x[1]);
    return Tensors{relu(y + x[2]), y};
  };
  EXPECT_EQ(after(twice, layer, true), (Names{"matmul", "fused"}));
}

TEST(Epilogues, AViewOfPartOfAProductStays) {
  const auto part = [](const Tensors& x) { return Tensors{relu(matmul(x[0], x[1]).slice(0, 0, 2) + x[2])}; };
  EXPECT_EQ(after(part, layer, true), (Names{"matmul", "fused"}));
}

TEST(Epilogues, TwoProductsInOneChain) {
  const auto two = [](const Tensors& x) {
    return Tensors{tanh(matmul(x[0], x[1]) + matmul(x[0] * 2, x[1]))};
  };
  const Names names = after(two, layer, true);
  EXPECT_EQ(std::count(names.begin(), names.end(), "matmul_epilogue"), 1);
  EXPECT_EQ(std::count(names.begin(), names.end(), "matmul"), 1);
}

TEST(Epilogues, AnotherDtypeStays) {
  const auto cast = [](const Tensors& x) { return Tensors{matmul(x[0], x[1]).astype(float64)}; };
  EXPECT_EQ(after(cast, layer, true).front(), "matmul");
}

}  // namespace
}  // namespace ramie
