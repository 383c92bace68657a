// Operators with settings that are learned: nn::value_and_grad reaches what stands behind them, also under
// jit, and what stands before them.
#include <gtest/gtest.h>

#include <ramie/data/operators.h>
#include <ramie/ramie.h>

#include "support/device.h"

namespace {

namespace data = ramie::data;
namespace nn = ramie::nn;
namespace optim = ramie::optim;
using ramie::Tensor;

struct Weights : nn::Module<Weights> {
  nn::Param w;
  explicit Weights(Tensor start) : w(std::move(start)) {}
  using fields = nn::Fields<&Weights::w>;
};

std::vector<data::AnyOperator> children() {
  return {data::MapOperator([](const Tensor& x) { return 2 * x; }),
          data::MapOperator([](const Tensor& x) { return x * x; })};
}

data::Batch numbers(int step) {
  return {{"x", ramie::random::uniform(ramie::random::key(step), {64}, ramie::float32, -1, 1)}};
}

// Half of the first child's result and twice the second's.
Tensor target(const Tensor& x) { return x + 2 * x * x; }

Tensor step(Weights& model, optim::Optimizer& optimizer, const data::Batch& batch) {
  auto [loss, grads] = nn::value_and_grad([](Weights& m, const data::Batch& b) {
    const data::Composite op = data::Parallel(children(), {.learnable_weights = m.w});
    const Tensor error = op.apply(b, {})["x"] - target(b["x"]);
    return mean(error * error);
  })(model, batch);
  optimizer.update(model, grads);
  return loss;
}

std::vector<float> learned(bool compiled) {
  Weights model(ramie::zeros({2}));
  optim::Optimizer optimizer(model, optim::adam({.learning_rate = 0.05}));
  auto jitted = nn::jit(step);
  for (int i = 0; i < 300; ++i)
    compiled ? jitted(model, optimizer, numbers(i)) : step(model, optimizer, numbers(i));
  return model.w.value().to_vector<float>();
}

TEST(LearnableOperator, FindsTheWeights) {
  for (const bool compiled : {false, true}) {
    const auto w = learned(compiled);
    EXPECT_NEAR(w[0], 0.5, 0.01) << compiled;
    EXPECT_NEAR(w[1], 2, 0.03) << compiled;
  }
}

// An operator that was made before and shared, as a pipeline's are.
TEST(LearnableOperator, IsReadAnewAtEachCall) {
  Weights model(ramie::tensor({1.0f, 1.0f}));
  const data::Composite op = data::Parallel(children(), {.learnable_weights = model.w});
  const data::Batch three = {{"x", ramie::tensor({3.0f})}};
  EXPECT_EQ(op.apply(three, {})["x"].item(), 15);
  auto [loss, grads] = nn::value_and_grad([&](Weights&) { return sum(op.apply(three, {})["x"]); })(model);
  EXPECT_EQ(grads.at("w").to_vector<float>(), (std::vector<float>{6, 9}));
  model.w = ramie::tensor({2.0f, 0.0f});
  EXPECT_EQ(op.apply(three, {})["x"].item(), 12);
}

// A policy network before the operators says how much of each; in data, under weight_key.
TEST(LearnableOperator, WeightsInTheDataLeadBackToTheirMaker) {
  nn::Rngs rngs(0);
  nn::Linear policy(1, 2, rngs);
  const data::Composite op = data::Parallel(children(), {.weight_key = "w"});
  const data::Batch batch = numbers(0);
  auto [loss, grads] = nn::value_and_grad([&](nn::Linear& net) {
    data::Batch with = batch;
    with.set("w", softmax(net(expand_dims(batch["x"], 1))));
    return mean(op.apply(with, {})["x"]);
  })(policy);
  EXPECT_GT(ramie::max(abs(grads.at("kernel"))).item(), 1e-3);
  const auto loss_of_kernel = [&](const Tensor& kernel) {
    data::Batch with = batch;
    with.set("w", softmax(matmul(expand_dims(batch["x"], 1), kernel)));
    return mean(op.apply(with, {})["x"]);
  };
  EXPECT_EQ(ramie::grad(loss_of_kernel)(policy.kernel.value()).to_vector<float>(),
            grads.at("kernel").to_vector<float>());
}

// Choices by record let the gradient pass along the branch that was taken.
TEST(LearnableOperator, GradientsReachTheDataThroughChoices) {
  const data::Composite op = data::Branch([](const data::Batch& r) { return r["x"] > 0; }, children()[0],
                                          data::MapOperator([](const Tensor& x) { return -7 * x; }));
  const auto dx = ramie::grad([&](const Tensor& x) { return sum(op.apply({{"x", x}}, {})["x"]); });
  EXPECT_EQ(dx(ramie::tensor({1.0f, -1.0f, 5.0f})).to_vector<float>(), (std::vector<float>{2, -7, 2}));
}

}  // namespace
