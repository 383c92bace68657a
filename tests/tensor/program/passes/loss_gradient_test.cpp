#include <gtest/gtest.h>

#include <ramie/autograd/grad.h>
#include <ramie/autograd/jit.h>
#include <ramie/autograd/ops/elementwise.h>
#include <ramie/autograd/ops/loss.h>
#include <ramie/autograd/ops/reduce.h>
#include <ramie/tensor/create.h>
#include <ramie/tensor/random.h>

namespace ramie {
namespace {

using Tensors = std::vector<Tensor>;

const Tensor logits = random::normal(random::key(0), {4, 5}), labels = tensor({0, 3, 4, 1});

std::size_t count(const Program& p, std::string_view name) {
  std::size_t n = 0;
  for (auto& s : p.steps) n += s.launch.name == name;
  return n;
}
template <class F>
Program passed(const F& f, const Tensors& x) {
  Program p = record(f, x);
  const Tensors expected = run(p, x);
  passes::constant_folding(p);
  passes::loss_gradient(p);
  const Tensors found = run(p, x);
  for (std::size_t i = 0; i < found.size(); ++i)
    EXPECT_EQ(found[i].to_vector<double>(), expected[i].to_vector<double>());
  return p;
}

TEST(LossGradient, JoinsTheLossAndItsGradient) {
  const Program p = passed(
      [](const Tensors& x) {
        const auto loss = [&](const Tensor& l) {
          return mean(softmax_cross_entropy_with_integer_labels(l, x[1]));
        };
        auto [value, gradient] = value_and_grad(loss)(x[0]);
        return Tensors{value, gradient};
      },
      {logits, labels});
  EXPECT_EQ(count(p, "softmax_cross_entropy_with_gradient"), 1u);
  EXPECT_EQ(count(p, "softmax_cross_entropy_backward"), 0u);
}

TEST(LossGradient, ACotangentThatDependsOnTheLossStays) {
  const Program p = passed(
      [](const Tensors& x) {
        const auto loss = [&](const Tensor& l) {
          return sum(square(softmax_cross_entropy_with_integer_labels(l, x[1])));
        };
        return Tensors{grad(loss)(x[0])};
      },
      {logits, labels});
  EXPECT_EQ(count(p, "softmax_cross_entropy_with_gradient"), 0u);
  EXPECT_EQ(count(p, "softmax_cross_entropy_backward"), 1u);
}

TEST(LossGradient, OfOtherLogitsOrLabelsStays) {
  const Program p = passed(
      [](const Tensors& x) {
        const Tensor value = mean(softmax_cross_entropy_with_integer_labels(x[0] * 2, x[1]));
        const auto loss = [&](const Tensor& l) {
          return mean(softmax_cross_entropy_with_integer_labels(l, x[1]));
        };
        return Tensors{value, grad(loss)(x[0])};
      },
      {logits, labels});
  EXPECT_EQ(count(p, "softmax_cross_entropy_with_gradient"), 1u);
  EXPECT_EQ(count(p, "softmax_cross_entropy_with_integer_labels"), 1u);
}

}  // namespace
}  // namespace ramie
