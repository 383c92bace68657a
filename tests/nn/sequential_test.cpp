#include <ramie/nn/sequential.h>

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include <ramie/autograd/ops/reduce.h>
#include <ramie/nn/dropout.h>
#include <ramie/nn/linear.h>
#include <ramie/nn/norm.h>
#include <ramie/nn/transforms.h>

#include "support/ops.h"

namespace ramie::nn {
namespace {

Sequential mlp(Rngs& rngs) { return Sequential(Linear(2, 3, rngs), relu, Linear(3, 1, rngs)); }

TEST(Sequential, RunsItsLayersInARow) {
  Rngs rngs(0);
  Sequential net = mlp(rngs);
  const Tensor x = random_normal({4, 2}, float32);
  const Linear &first = *net.layers[0].get<Linear>(), &last = *net.layers[2].get<Linear>();
  expect_near(net(x), last(relu(first(x))), 0);
  expect_near(Sequential()(x), x, 0);
}

TEST(Sequential, NamesItsLayersByNumber) {
  Rngs rngs(0);
  const State s = state(mlp(rngs));
  ASSERT_EQ(s.size(), 4u);
  EXPECT_EQ(s[0].first, "layers.0.kernel");
  EXPECT_EQ(s[3].first, "layers.2.bias");
}

TEST(Sequential, CanBeBuiltAtRunTime) {
  Rngs rngs(0);
  Sequential net;
  for (int i = 0; i < 3; ++i) {
    net.layers.push_back(Linear(2, 2, rngs));
    net.layers.push_back([i](const Tensor& x) { return x + i; });
  }
  net.layers.push_back(Dropout(0.5, rngs));
  EXPECT_EQ(state(net, is<Param>).size(), 6u);
  EXPECT_EQ(net(ramie::ones({1, 2})).shape(), Shape({1, 2}));
}

TEST(Sequential, CopiesShareAndClonesDoNot) {
  Rngs rngs(0);
  Sequential net = mlp(rngs);
  Sequential copy(net), own = clone(net);
  EXPECT_EQ(copy.layers.size(), 3u);  // a copy, not a Sequential around one
  net.layers[0].get<Linear>()->kernel = ramie::zeros({2, 3});
  expect_near(copy.layers[0].get<Linear>()->kernel, std::vector<double>(6, 0), {2, 3});
  EXPECT_NE(own.layers[0].get<Linear>()->kernel.value().to_vector<double>(), std::vector<double>(6, 0));
}

TEST(Sequential, SplitsAndMerges) {
  Rngs rngs(0);
  Sequential net = mlp(rngs);
  auto [graphdef, params] = split(net);
  Sequential again = merge(graphdef, params);
  const Tensor x = random_normal({4, 2}, float32);
  expect_near(again(x), net(x), 0);
}

TEST(Any, HoldsLayersAndFunctions) {
  Rngs rngs(0);
  Any layer = Linear(2, 3, rngs), function = relu;
  EXPECT_NE(layer.get<Linear>(), nullptr);
  EXPECT_EQ(layer.get<Dropout>(), nullptr);
  expect_near(function(tensor({-1.0, 1.0})), {0, 1}, {2});
  EXPECT_TRUE(state(function).empty());
}

// Members that are lists and maps of layers of any type.
struct Branches : Module<Branches> {
  std::map<std::string, Any> branches;
  std::vector<Linear> heads;
  explicit Branches(Rngs& rngs) {
    branches.emplace("deep", mlp(rngs));
    branches.emplace("plain", Linear(2, 1, rngs));
    branches.emplace("twice", [](const Tensor& x) { return sum(2 * x, {-1}, true); });
    for (int i = 0; i < 2; ++i) heads.push_back(Linear(1, 1, rngs));
  }
  Tensor operator()(const Tensor& x) {
    Tensor y;
    for (auto& [name, branch] : branches) y = y ? y + branch(x) : branch(x);
    for (auto& head : heads) y = head(y);
    return y;
  }
  using fields = Fields<&Branches::branches, &Branches::heads>;
};

TEST(Any, StandsInMapsAndLists) {
  Rngs rngs(0);
  Branches net(rngs);
  std::string paths;
  for (auto& [path, value] : state(net)) paths += path + " ";
  EXPECT_EQ(
      paths,
      "branches.deep.layers.0.kernel branches.deep.layers.0.bias branches.deep.layers.2.kernel "
      "branches.deep.layers.2.bias branches.plain.kernel branches.plain.bias heads.0.kernel heads.0.bias "
      "heads.1.kernel heads.1.bias ");
  const Tensor x = random_normal({4, 2}, float32);
  Branches own = clone(net);
  auto [graphdef, params] = split(net, rest);
  expect_near(merge(graphdef, params)(x), net(x), 0);
  own.heads[1].kernel = own.heads[1].kernel.value() * 2;
  const State grads = grad([](Branches& m, const Tensor& x) { return sum(m(x)); })(own, x);
  EXPECT_EQ(grads.size(), 10u);
  expect_near(own(x) - *own.heads[1].bias, 2 * (net(x) - *net.heads[1].bias), 1e-6);
}

TEST(Any, AssignmentReplacesTheLayer) {
  Rngs rngs(0);
  Any layer = Linear(2, 3, rngs);
  layer = BatchNorm(2, rngs);
  EXPECT_NE(layer.get<BatchNorm>(), nullptr);
  EXPECT_EQ(state(layer).size(), 4u);
}

TEST(Any, CopiesShareTheirState) {
  Rngs rngs(0);
  Any a = Linear(2, 3, rngs), b = a;
  EXPECT_NE(a.get<Linear>(), b.get<Linear>());
  EXPECT_EQ(a.get<Linear>()->kernel.cell(), b.get<Linear>()->kernel.cell());
}

}  // namespace
}  // namespace ramie::nn
