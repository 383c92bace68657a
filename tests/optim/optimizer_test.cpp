#include <ramie/optim/optimizer.h>

#include <gtest/gtest.h>

#include <stdexcept>

#include <ramie/autograd/ops/reduce.h>
#include <ramie/nn/linear.h>
#include <ramie/nn/norm.h>
#include <ramie/nn/transforms.h>

#include "optim/reference.h"

namespace ramie::optim {
namespace {

struct Net : nn::Module<Net> {
  nn::Linear linear;
  nn::BatchNorm norm;
  explicit Net(nn::Rngs& rngs) : linear(2, 3, rngs), norm(3, rngs) {}
  Tensor operator()(const Tensor& x) { return norm(linear(x)); }
  using fields = nn::Fields<&Net::linear, &Net::norm>;
};
Net net() {
  nn::Rngs rngs(0);
  return Net(rngs);
}
Tensor loss_of(Net& model) { return mean(square(model(tensor({{1.0, 2.0}, {3.0, 5.0}, {-1.0, 0.5}})) - 1)); }
void step(Net& model, Optimizer& optimizer) {
  auto [loss, grads] = nn::value_and_grad(loss_of)(model);
  optimizer.update(model, grads);
}

TEST(Optimizer, MovesTheParametersAsItsTransformation) {
  Net model = net();
  const auto tx = adamw({.learning_rate = 0.1});
  Optimizer optimizer(model, tx);
  State p = nn::state(model, nn::is<nn::Param>), s = tx.init(p);
  for (int i = 0; i < 3; ++i) {
    auto [loss, grads] = nn::value_and_grad(loss_of)(model);
    optimizer.update(model, grads);
    tx.apply(grads, s, p);
    expect_equal(nn::state(model, nn::is<nn::Param>), p);
  }
}

TEST(Optimizer, CountsItsSteps) {
  Net model = net();
  Optimizer optimizer(model, sgd({.learning_rate = 0.1}));
  EXPECT_EQ(optimizer.step().item(), 0);
  step(model, optimizer);
  step(model, optimizer);
  EXPECT_EQ(optimizer.step().item(), 2);
  EXPECT_EQ(optimizer.step().dtype(), uint32);
}

TEST(Optimizer, WrtChoosesTheVariables) {
  Net model = net();
  const auto wrt = nn::path_contains("linear");
  Optimizer optimizer(model, sgd({.learning_rate = 0.1}), wrt);
  const State before = nn::state(model);
  auto [loss, grads] = nn::value_and_grad(loss_of, wrt)(model);
  optimizer.update(model, grads);
  EXPECT_NE(model.linear.kernel.value().to_vector<double>(), before.at("linear.kernel").to_vector<double>());
  EXPECT_EQ(model.norm.scale->value().to_vector<double>(), before.at("norm.scale").to_vector<double>());
}

TEST(Optimizer, ItsStateHasPaths) {
  Net model = net();
  const Optimizer optimizer(model, adam({.learning_rate = 0.1}), nn::path_contains("kernel"));
  EXPECT_EQ(paths(optimizer.state()),
            "step opt_state.0.count opt_state.0.mu.linear.kernel opt_state.0.nu.linear.kernel "
            "opt_state.1.learning_rate");
}

TEST(Optimizer, ResumesFromItsState) {
  Net model = net();
  Optimizer optimizer(model, adam({.learning_rate = 0.1}));
  step(model, optimizer);
  Net other = nn::clone(model);
  Optimizer again(other, adam({.learning_rate = 0.1}));
  again.load(optimizer.state());
  for (int i = 0; i < 2; ++i) {
    step(model, optimizer);
    step(other, again);
  }
  expect_equal(nn::state(other), nn::state(model));
  expect_equal(again.state(), optimizer.state());
}

TEST(Optimizer, TheLearningRateCanBeChanged) {
  Net model = net();
  Optimizer optimizer(model, sgd({.learning_rate = 0.1}));
  optimizer.load({{"opt_state.0.learning_rate", tensor(0.0, float64)}});
  const State before = nn::state(model, nn::is<nn::Param>);
  step(model, optimizer);
  expect_equal(nn::state(model, nn::is<nn::Param>), before);
}

// Views of the model see the moved parameters; values that were taken before stay.
TEST(Optimizer, MovesTheVariablesThemselves) {
  Net model = net(), view = model;
  Optimizer optimizer(model, sgd({.learning_rate = 0.1}));
  const Tensor held = model.linear.kernel;
  const auto before = held.to_vector<double>();
  step(model, optimizer);
  EXPECT_EQ(view.linear.kernel.value().to_vector<double>(), model.linear.kernel.value().to_vector<double>());
  EXPECT_NE(model.linear.kernel.value().to_vector<double>(), before);
  EXPECT_EQ(held.to_vector<double>(), before);
}

TEST(Optimizer, OverwritesBuffersInASteadyState) {
  Net model = net();
  Optimizer optimizer(model, adamw({.learning_rate = 0.1}));
  for (int i = 0; i < 3; ++i) step(model, optimizer);
  const void* kernel = model.linear.kernel.value().view().data;
  const auto calls = memory_stats().system_calls;
  for (int i = 0; i < 3; ++i) step(model, optimizer);
  EXPECT_EQ(model.linear.kernel.value().view().data, kernel);
  EXPECT_EQ(memory_stats().system_calls, calls);
}

TEST(Optimizer, ATiedVariableMovesOnce) {
  nn::Rngs rngs(0);
  struct Both {
    nn::Linear a, b;
    void collect(nn::Visitor& v, std::string_view name) {
      v.enter(name, "Both");
      nn::walk(v, "a", a);
      nn::walk(v, "b", b);
      v.leave();
    }
  };
  const nn::Linear layer(2, 1, {.use_bias = false}, rngs);
  layer.kernel.store(tensor({{1.0}, {2.0}}));
  const Both both{layer, layer};
  Optimizer optimizer(both, sgd({.learning_rate = 0.5}));
  optimizer.update(both, {{"a.kernel", tensor({{2.0}, {2.0}})}});
  ramie::expect_near(layer.kernel, {0, 1}, {2, 1});
}

TEST(Optimizer, AfterAnExceptionEverythingIsAsBefore) {
  Net model = net();
  int calls = 0;
  const Schedule failing = [&calls](const Tensor& count) -> Tensor {
    if (++calls > 1) throw std::runtime_error("no rate");
    return count.astype(float64) * 0 + 0.1;
  };
  Optimizer optimizer(model, adam({.learning_rate = failing}));
  auto [loss, grads] = nn::value_and_grad(loss_of)(model);
  optimizer.update(model, grads);
  const State before = nn::state(model), state = optimizer.state();
  EXPECT_THROW(optimizer.update(model, grads), std::runtime_error);
  expect_equal(nn::state(model), before);
  expect_equal(optimizer.state(), state);
}

TEST(Optimizer, AGradientThatDoesNotFitChangesNothing) {
  Net model = net();
  Optimizer optimizer(model, adam({.learning_rate = 0.1}));
  auto [loss, grads] = nn::value_and_grad(loss_of)(model);
  const State before = nn::state(model), state = optimizer.state();
  grads[1].second = ramie::zeros({4});
  EXPECT_EQ(
      error_of([&, &g = grads] { optimizer.update(model, g); }),
      "[update] gradient 1 is 'linear.bias' float32[4], but the parameter is 'linear.bias' float32[3].");
  EXPECT_EQ(error_of([&] { optimizer.update(model, {}); }),
            "[update] 0 gradients for 4 parameters: take both with the same filter.");
  expect_equal(nn::state(model), before);
  expect_equal(optimizer.state(), state);
}

// A model that became float64 after its optimizer was made would be misread by the kernel.
TEST(Optimizer, AModelOfAnotherDtypeIsAnError) {
  Net model = net();
  Optimizer optimizer(model, adam({.learning_rate = 0.1}));
  State wide = nn::state(model, nn::is<nn::Param>);
  for (auto& [path, value] : wide) value = value.astype(float64);
  nn::update(model, wide);
  EXPECT_EQ(error_of([&] { optimizer.update(model, wide); }),
            "[update] parameter 0 is float64[2,3], but its state is float32[2,3]: all must be alike, "
            "floating and dense.");
  expect_equal(nn::state(model, nn::is<nn::Param>), wide);
}

}  // namespace
}  // namespace ramie::optim
