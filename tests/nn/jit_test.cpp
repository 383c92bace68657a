// Train steps under nn::jit give what they give op by op, to the bit where no pass changes the order of sums.
#include <gtest/gtest.h>

#include <thread>

#include <ramie/autograd/ops/elementwise.h>
#include <ramie/autograd/ops/loss.h>
#include <ramie/autograd/ops/pool2d.h>
#include <ramie/autograd/ops/reduce.h>
#include <ramie/autograd/ops/shape.h>
#include <ramie/nn/conv.h>
#include <ramie/nn/dropout.h>
#include <ramie/nn/jit.h>
#include <ramie/nn/linear.h>
#include <ramie/nn/metrics.h>
#include <ramie/nn/norm.h>
#include <ramie/nn/sequential.h>
#include <ramie/nn/transforms.h>
#include <ramie/nn/view.h>
#include <ramie/tensor/create.h>
#include <ramie/tensor/error.h>
#include <ramie/tensor/random.h>
#include <support/device.h>
#include <support/error.h>

namespace ramie::nn {
namespace {

using Floats = std::vector<float>;

struct Net : Module<Net> {
  Linear linear1, linear2;
  Dropout dropout;
  explicit Net(Rngs& rngs, double rate = 0) : linear1(4, 8, rngs), linear2(8, 3, rngs), dropout(rate, rngs) {}
  Tensor operator()(const Tensor& x) { return linear2(dropout(relu(linear1(x)))); }
  using fields = Fields<&Net::linear1, &Net::linear2, &Net::dropout>;
};

Tensor inputs(int i) { return random::normal(random::key(i), {5, 4}); }

// Gradient descent by hand: optim/ is above this floor.
Tensor descend(Net& model, const Tensor& x) {
  auto [loss, grads] =
      value_and_grad([](Net& m, const Tensor& batch) { return mean(square(m(batch))); })(model, x);
  for (auto& f : variables(model))
    if (auto* g = grads.find(f.path)) f.variable->store(f.variable->value() - *g * 0.1);
  return loss;
}

void expect_same(const State& a, const State& b) {
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i)
    EXPECT_EQ(a[i].second.to_vector<double>(), b[i].second.to_vector<double>()) << a[i].first;
}

TEST(NnJit, ATrainStepMovesTheModel) {
  Rngs rngs(0);
  Net model(rngs), eager = clone(model);
  auto step = nn::jit(descend);
  for (int i = 0; i < 4; ++i) EXPECT_EQ(step(model, inputs(i)).item(), descend(eager, inputs(i)).item());
  expect_same(state(model), state(eager));
  EXPECT_EQ(step.statistics().recordings, 1u);
}

TEST(NnJit, ModelsUsedByReference) {
  Rngs rngs(0);
  Net model(rngs), eager = clone(model);
  auto step = nn::jit([&](const Tensor& x) { return descend(model, x); });
  for (int i = 0; i < 3; ++i) EXPECT_EQ(step(inputs(i)).item(), descend(eager, inputs(i)).item());
  expect_same(state(model), state(eager));
}

TEST(NnJit, DropoutDrawsAnewInEveryReplay) {
  Rngs rngs(3);
  Net model(rngs, 0.5), eager = clone(model);
  auto step = nn::jit(descend);
  for (int i = 0; i < 4; ++i) EXPECT_EQ(step(model, inputs(0)).item(), descend(eager, inputs(0)).item());
  expect_same(state(model), state(eager));  // counters too
}

TEST(NnJit, StatesOfEarlierStepsStay) {
  Rngs rngs(0);
  Net model(rngs), eager = clone(model);
  auto step = nn::jit(descend);
  std::vector<State> held, expected;
  for (int i = 0; i < 4; ++i) {
    step(model, inputs(i));
    held.push_back(state(model));
    descend(eager, inputs(i));
    expected.push_back(state(eager));
  }
  for (std::size_t i = 0; i < held.size(); ++i) expect_same(held[i], expected[i]);
}

TEST(NnJit, AnotherModelOfTheSameStructureUsesTheProgram) {
  Rngs rngs(0);
  Net a(rngs), b(rngs), eager_a = clone(a), eager_b = clone(b);
  auto step = nn::jit(descend);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(step(a, inputs(i)).item(), descend(eager_a, inputs(i)).item());
    EXPECT_EQ(step(b, inputs(i)).item(), descend(eager_b, inputs(i)).item());
  }
  expect_same(state(a), state(eager_a));
  expect_same(state(b), state(eager_b));
  EXPECT_EQ(step.statistics().recordings, 1u);
}

TEST(NnJit, SettingsArePartOfTheSignature) {
  Rngs rngs(0);
  Net model(rngs, 0.5), quiet = eval_view(model);
  auto forward = nn::jit([](Net& m, const Tensor& x) { return m(x); });
  forward(model, inputs(0));
  const Floats still = forward(quiet, inputs(0)).to_vector<float>();
  EXPECT_EQ(forward(quiet, inputs(0)).to_vector<float>(), still);
  EXPECT_NE(forward(model, inputs(0)).to_vector<float>(), still);
  EXPECT_EQ(forward.statistics().recordings, 2u);
  model.dropout.deterministic = true;
  EXPECT_EQ(forward(model, inputs(0)).to_vector<float>(), still);
}

struct Pair : Module<Pair> {
  Param a, b;
  explicit Pair(double x) : a(full({}, x)), b(full({}, 2 * x)) {}
  using fields = Fields<&Pair::a, &Pair::b>;
};

TEST(NnJit, TiedVariablesArePartOfTheSignature) {
  auto f = nn::jit([](Pair& p) {
    p.a = p.a + 1;
    return p.a + p.b;
  });
  Pair apart(1), tied(1);
  tied.b.rebind(tied.a);
  EXPECT_EQ(f(apart).item(), 4);
  EXPECT_EQ(f(tied).item(), 4);
  EXPECT_EQ(f(apart).item(), 5);
  EXPECT_EQ(f(tied).item(), 6);
  EXPECT_EQ(f.statistics().recordings, 2u);
}

TEST(NnJit, AChangedShapeRecordsAnew) {
  auto f = nn::jit([](Pair& p) { return sum(p.a + p.b); });
  Pair p(1);
  EXPECT_EQ(f(p).item(), 3);
  p.a = ones({4});
  EXPECT_EQ(f(p).item(), 12);
  p.a = ones({4}, float64);
  EXPECT_EQ(f(p).dtype(), float64);
  EXPECT_EQ(f.statistics().recordings, 3u);
}

TEST(NnJit, MetricsAndRandomStreams) {
  metrics::Average captured, eager;
  Rngs rngs(5), same(5);
  const auto update = [](metrics::Average& m, Rngs& r) {
    const Tensor x = random::uniform(r.dropout(), {7});
    m.update(x);
    return x;
  };
  auto f = nn::jit(update);
  for (int i = 0; i < 4; ++i)
    EXPECT_EQ(f(captured, rngs).to_vector<float>(), update(eager, same).to_vector<float>());
  EXPECT_EQ(captured.compute(), eager.compute());
  captured.reset();
  eager.reset();
  f(captured, rngs);
  update(eager, same);
  EXPECT_EQ(captured.compute(), eager.compute());
  EXPECT_EQ(f.statistics().recordings, 1u);
}

TEST(NnJit, BatchNormInBothModes) {
  Rngs rngs(0);
  BatchNorm norm(4, rngs), eager = clone(norm);
  auto forward = nn::jit([](BatchNorm& n, const Tensor& x) { return n(x); });
  for (int i = 0; i < 3; ++i)
    EXPECT_EQ(forward(norm, inputs(i)).to_vector<float>(), eager(inputs(i)).to_vector<float>());
  expect_same(state(norm), state(eager));
  BatchNorm still = eval_view(norm), eager_still = eval_view(eager);
  for (int i = 0; i < 2; ++i)
    EXPECT_EQ(forward(still, inputs(i)).to_vector<float>(), eager_still(inputs(i)).to_vector<float>());
  expect_same(state(norm), state(eager));
}

TEST(NnJit, GradientsFromOutsideLeadThrough) {
  Rngs rngs(0);
  Net model(rngs);
  auto forward = nn::jit([](Net& m, const Tensor& x) { return m(x); });
  forward(model, inputs(0));
  const auto loss = [&](Net& m, const Tensor& x) { return sum(square(forward(m, x))); };
  const auto plain = [](Net& m, const Tensor& x) { return sum(square(m(x))); };
  const auto [value, grads] = value_and_grad(loss)(model, inputs(1));
  const auto [expected, expected_grads] = value_and_grad(plain)(model, inputs(1));
  EXPECT_EQ(value.item(), expected.item());
  expect_same(grads, expected_grads);
}

TEST(NnJit, StatesAndBatchesAreResultsAndArguments) {
  Rngs rngs(0);
  Net model(rngs);
  auto grads = nn::jit([](Net& m, const Tensor& x) {
    return std::get<1>(value_and_grad([](Net& n, const Tensor& b) { return mean(n(b)); })(m, x));
  });
  grads(model, inputs(0));
  const State g = grads(model, inputs(1));
  EXPECT_EQ(g[0].first, "linear1.kernel");
  auto norm = nn::jit([](const State& s) { return sum(square(s.at("linear1.kernel"))); });
  norm(g);
  EXPECT_GT(norm(g).item(), 0);
}

TEST(NnJit, SequentialsOfLayersAndFunctions) {
  Rngs rngs(0);
  Sequential model(
      Linear(4, 8, rngs), [](const Tensor& x) { return relu(x); }, Linear(8, 2, rngs));
  auto forward = nn::jit([](Sequential& m, const Tensor& x) { return m(x); });
  forward(model, inputs(0));
  EXPECT_EQ(forward(model, inputs(1)).to_vector<float>(), model(inputs(1)).to_vector<float>());
  double by = 2;
  Sequential scaled(Linear(4, 8, rngs), [by](const Tensor& x) { return x * by; });
  EXPECT_EQ(
      error_text([&] { forward(scaled, inputs(0)); }),
      "[jit] a function in nn::Any holds values that cannot be compared, so a program might be replayed for "
      "another one: give its type an operator==, or make it a module.");
}

TEST(NnJit, AnExceptionLeavesTheModelAsItWas) {
  Rngs rngs(0);
  Net model(rngs);
  const State before = state(model);
  auto step = nn::jit([](Net& m, const Tensor& x) {
    descend(m, x);
    fail("step", "planted.");
  });
  EXPECT_EQ(error_text([&] { step(model, inputs(0)); }), "[step] planted.");
  expect_same(state(model), before);
}

TEST(NnJit, AModelThatIsGone) {
  Rngs rngs(0);
  auto model = std::make_unique<Net>(rngs);
  auto step = nn::jit([&](const Tensor& x) { return (*model)(x); });
  step(inputs(0));
  model = std::make_unique<Net>(rngs);
  EXPECT_NE(error_text([&] { step(inputs(0)); }).find("a variable that the function has used is gone"),
            std::string::npos);
  step.clear();
  EXPECT_EQ(step(inputs(0)).to_vector<float>(), (*model)(inputs(0)).to_vector<float>());
}

TEST(NnJit, ThreadsTrainModelsOfTheirOwn) {
  Rngs rngs(0);
  Net model(rngs), other = clone(model), eager = clone(model);
  auto step = nn::jit(descend);
  const int steps = slow_device() ? 3 : 200;
  const auto train = [&, device = default_device()](Net& m) {
    const DeviceScope on(device);  // threads start on the CPU
    for (int i = 0; i < steps; ++i) step(m, inputs(i));
  };
  std::thread beside(train, std::ref(other));
  train(model);
  beside.join();
  for (int i = 0; i < steps; ++i) descend(eager, inputs(i));
  expect_same(state(model), state(eager));
  expect_same(state(other), state(eager));
}

}  // namespace
}  // namespace ramie::nn
