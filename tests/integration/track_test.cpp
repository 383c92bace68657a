#include <ramie/nn/track.h>

#include <gtest/gtest.h>

#include <thread>

#include <ramie/autograd/checkpoint.h>
#include <ramie/autograd/hook.h>
#include <ramie/autograd/ops/loss.h>
#include <ramie/autograd/ops/reduce.h>
#include <ramie/nn/jit.h>
#include <ramie/nn/linear.h>
#include <ramie/nn/norm.h>
#include <ramie/nn/transforms.h>
#include <ramie/nn/view.h>
#include <ramie/optim/optimizer.h>
#include <ramie/tensor/random.h>

#include "support/error.h"
#include "support/ops.h"

namespace ramie::nn {
namespace {

struct Net : Module<Net> {
  Linear linear1, linear2;
  explicit Net(Rngs& rngs, DType dtype = float32)
      : linear1(3, 4, {.param_dtype = dtype}, rngs), linear2(4, 2, {.param_dtype = dtype}, rngs) {}
  Tensor operator()(const Tensor& x) const { return linear2(relu(linear1(x))); }
  using fields = Fields<&Net::linear1, &Net::linear2>;
};
Net net(DType dtype = float32) {
  Rngs rngs(0);
  return Net(rngs, dtype);
}

struct Cube : Module<Cube> {
  Param p{tensor(2.0)};
  Tensor operator()() const { return p * p * p; }
  using fields = Fields<&Cube::p>;
};

struct Tied : Module<Tied> {
  Param a{tensor(3.0)}, b = a;
  using fields = Fields<&Tied::a, &Tied::b>;
};

struct Batch {
  Tensor x, labels;
};
Batch batch(std::uint64_t seed = 1) {
  return {ramie::random::normal(ramie::random::key(seed), {6, 3}),
          from_vector<std::int32_t>({0, 1, 1, 0, 1, 0})};
}
Tensor loss_of(const Net& model, const Batch& b) {
  return mean(softmax_cross_entropy_with_integer_labels(model(b.x), b.labels));
}

void expect_state(const State& found, const State& wanted) {
  ASSERT_EQ(found.size(), wanted.size());
  for (auto& [path, value] : wanted)
    EXPECT_EQ(found.at(path).to_vector<double>(), value.to_vector<double>()) << path;
}

// ---- against PyTorch
// ---------------------------------------------------------------------------------------

State state_of(const oracle::Json& json, const State& like) {
  State out;
  for (auto& [path, value] : like) {
    const auto numbers = json[path].get<std::vector<double>>();
    out.add(path, from_vector<double>(numbers, value.shape()));
  }
  return out;
}
void expect_near(const State& found, const oracle::Json& wanted, const char* what) {
  for (auto& [path, value] : found) {
    const auto numbers = wanted[path].get<std::vector<double>>();
    EXPECT_LT(relative_error(value.to_vector<double>(), numbers), 1e-12) << what << " of " << path;
  }
}

TEST(Track, StepsAsPyTorchDoesWithTwoBackwardsEach) {
  const oracle::Json torch = oracle::read("nn/track.json");
  Net model = net(float64);
  update(model, state_of(torch["parameters"], state(model)));
  const Tensor x = from_vector<double>(torch["x"].get<std::vector<double>>(), {6, 3});
  const Tensor labels = from_vector<std::int32_t>(torch["labels"].get<std::vector<std::int32_t>>());
  track(model);
  optim::Optimizer optimizer(model, optim::adam({.learning_rate = 0.05}));
  for (std::size_t i = 0; i < 3; ++i) {
    SCOPED_TRACE(i);
    const auto& step = torch["steps"][i];
    if (i != 1) zero_grad(model);
    for (int half : {0, 1}) {
      const Tensor loss =
          loss_of(model, {x.slice(0, 3 * half, 3 * half + 3), labels.slice(0, 3 * half, 3 * half + 3)});
      backward(loss);
      EXPECT_NEAR(loss.item(), step["losses"][static_cast<std::size_t>(half)].get<double>(), 1e-12);
    }
    expect_near(gradients(model), step["gradients"], "the gradient");
    optimizer.step(model);
    expect_near(state(model), step["parameters"], "the value");
  }
}

// ---- gradients of variables
// --------------------------------------------------------------------------------

TEST(Track, GradientsAddUpUntilZeroGrad) {
  const Cube m;
  track(m);
  EXPECT_FALSE(m.p.grad());
  backward(m());
  EXPECT_EQ(m.p.grad().item(), 12);
  EXPECT_EQ(m.p.value().grad().item(), 12);
  backward(m());
  EXPECT_EQ(m.p.grad().item(), 24);
  zero_grad(m);
  EXPECT_FALSE(m.p.grad());
}

TEST(Track, AValueAssignedKeepsTheGradientIfItIsOfTheSameShape) {
  Cube m;
  track(m);
  backward(m());
  m.p = tensor(3.0);
  EXPECT_EQ(m.p.grad().item(), 12);
  backward(m());
  EXPECT_EQ(m.p.grad().item(), 39);
  m.p = tensor({1.0, 2.0});
  EXPECT_TRUE(m.p.tracked());
  EXPECT_FALSE(m.p.grad());
  backward(sum(m()));
  EXPECT_EQ(m.p.grad().to_vector<double>(), (std::vector<double>{3, 12}));
}

TEST(Track, NoGradReadsPlainValues) {
  const Cube m;
  track(m);
  EXPECT_NE(m.p.value().graph(), nullptr);
  EXPECT_EQ(no_grad([&] { return m.p.value().graph(); }), nullptr);
  EXPECT_EQ(error_text([&] { backward(no_grad(m)); }),
            "[backward] the value depends on no variable, or was computed under no_grad.");
}

TEST(Track, ViewsShareGradientsAndClonesDoNot) {
  const Cube m;
  const Cube before = m;
  track(m);
  const Cube copy = clone(m);
  auto [def, values] = split(m);
  const Cube merged = merge(def, values);
  backward(train_view(before)());
  EXPECT_EQ(m.p.grad().item(), 12);
  for (const Cube* other : {&copy, &merged}) {
    EXPECT_FALSE(other->p.tracked());
    EXPECT_EQ(other->p.value().graph(), nullptr);
    track(*other);
    EXPECT_FALSE(other->p.grad());
  }
}

TEST(Track, UntrackTakesTheGradientsAway) {
  const Cube m;
  track(m);
  backward(m());
  track(m);  // once more changes nothing
  EXPECT_EQ(m.p.grad().item(), 12);
  untrack(m);
  EXPECT_EQ(m.p.value().graph(), nullptr);
  EXPECT_EQ(error_text([&] { m.p.grad(); }),
            "[grad] the variable is not tracked: call nn::track(model) before the forward pass.");
}

TEST(Track, AFilterFreezesTheRest) {
  Net model = net();
  const Filter head = path_contains("linear2");
  track(model, head);
  optim::Optimizer optimizer(model, optim::sgd({.learning_rate = 0.1}), head);
  const State before = state(model);
  backward(loss_of(model, batch()));
  EXPECT_EQ(gradients(model).size(), 2u);
  optimizer.step(model);
  EXPECT_EQ(state(model).at("linear1.kernel").to_vector<float>(),
            before.at("linear1.kernel").to_vector<float>());
  EXPECT_NE(state(model).at("linear2.kernel").to_vector<float>(),
            before.at("linear2.kernel").to_vector<float>());
}

TEST(Track, TiedVariablesHaveOneGradient) {
  const Tied m;
  track(m);
  backward(m.a * m.b);
  EXPECT_EQ(m.b.grad().item(), 6);
  EXPECT_EQ(gradients(m).size(), 1u);
}

TEST(Track, StatisticsAreNotTracked) {
  Rngs rngs(0);
  BatchNorm norm(3, rngs);
  track(norm);
  backward(sum(square(norm(batch().x))));
  EXPECT_TRUE(norm.scale->tracked());
  EXPECT_FALSE(norm.mean.tracked());
  EXPECT_EQ(norm.mean.value().graph(), nullptr);
}

// All reads are the same variable, so that these reach it.
TEST(Track, HooksGradientsAndCheckpointsMeetTheVariable) {
  const Cube m;
  track(m);
  EXPECT_EQ(ramie::gradients(m(), {m.p})[0].item(), 12);
  const auto twice = checkpoint([&](const Tensor& x) { return x * m(); });
  backward(twice(tensor(2.0)));
  EXPECT_EQ(m.p.grad().item(), 24);
  zero_grad(m);
  register_hook(m.p, [](const Tensor& g) { return g * 0.5; });
  backward(m());
  EXPECT_EQ(m.p.grad().item(), 6);
}

// ---- beside the functional idiom
// ---------------------------------------------------------------------------

TEST(Track, ValueAndGradIsAsWithoutAndLeavesTheTapeAlone) {
  Net plain = net(), tracked = net();
  track(tracked);
  const auto both = nn::value_and_grad([](Net& m) { return loss_of(m, batch()); }, path_contains("linear1"));
  auto [loss, grads] = both(plain);
  auto [loss_tracked, grads_tracked] = both(tracked);
  EXPECT_EQ(loss.item(), loss_tracked.item());
  EXPECT_EQ(loss_tracked.graph(), nullptr);
  expect_state(grads_tracked, grads);
  EXPECT_FALSE(tracked.linear1.kernel.grad());
  backward(loss_of(tracked, batch()));
  expect_state(gradients(tracked, path_contains("linear1")), grads);
}

TEST(Track, StepIsUpdateWithTheGradients) {
  Net a = net(), b = net();
  track(a);
  optim::Optimizer of_a(a, optim::adamw({.learning_rate = 0.1})),
      of_b(b, optim::adamw({.learning_rate = 0.1}));
  for (std::uint64_t i = 0; i < 3; ++i) {
    zero_grad(a);
    backward(loss_of(a, batch(i)));
    of_a.step(a);
    of_b.update(b, nn::grad([&](Net& m) { return loss_of(m, batch(i)); })(b));
  }
  EXPECT_EQ(of_a.Optimizer::step().item(), 3);
  expect_state(state(a), state(b));
}

TEST(Track, InferenceRunsBesideTheTrainingUnderNoGrad) {
  Net model = net();
  track(model);
  const Batch b = batch();
  const auto expected = no_grad([&] { return model(b.x); }).to_vector<float>();
  std::thread other([&] {
    for (int i = 0; i < 20; ++i) EXPECT_EQ(no_grad([&] { return model(b.x); }).to_vector<float>(), expected);
  });
  for (int i = 0; i < 20; ++i) backward(loss_of(model, b));
  other.join();
}

// ---- jit
// ---------------------------------------------------------------------------------------------------

struct Trainer {
  Net model = net();
  optim::Optimizer optimizer{model, optim::adam({.learning_rate = 0.05})};
  Trainer() { track(model); }
};
Tensor train_step(Net& model, optim::Optimizer& optimizer, const Tensor& x, const Tensor& labels) {
  zero_grad(model);
  const Tensor loss = loss_of(model, {x, labels});
  backward(loss);
  optimizer.step(model);
  return loss;
}

// On a GPU, fused chains may differ in the last bits.
JitOptions to_the_bit() {
  auto passes = default_passes();
  if (default_device() != cpu())
    std::erase_if(passes, [](auto& p) { return p.name == "fusion" || p.name == "epilogues"; });
  return {.passes = passes};
}

TEST(Track, AJittedStepHasTheBitsOfAnEagerOne) {
  if (context.recorder) GTEST_SKIP() << "already recorded";
  Trainer eager, jitted, other;
  const auto step = nn::jit(train_step, to_the_bit());
  for (std::uint64_t i = 0; i < 5; ++i) {
    const Batch b = batch(i);
    const Tensor loss = train_step(eager.model, eager.optimizer, b.x, b.labels);
    EXPECT_EQ(step(jitted.model, jitted.optimizer, b.x, b.labels).item(), loss.item());
    expect_state(gradients(jitted.model), gradients(eager.model));
    expect_state(state(jitted.model), state(eager.model));
  }
  EXPECT_EQ(step.statistics().recordings, 2u);  // there is no gradient yet in the first call
  EXPECT_EQ(step.statistics().replays, 3u);
}

// The gradients' places are part of the model that is given.
TEST(Track, AnotherModelHasItsOwnGradientsInTheSameProgram) {
  if (context.recorder) GTEST_SKIP() << "already recorded";
  Net a = net(), b = net();
  update(b, State{{"linear1.bias", ones({4})}});
  const auto accumulate = nn::jit(
      [](Net& m, const Tensor& x, const Tensor& labels) {
        const Tensor loss = loss_of(m, {x, labels});
        backward(loss);
        return loss;
      },
      to_the_bit());
  const Batch data = batch();
  for (Net* m : {&a, &b}) {
    track(*m);
    for (int i = 0; i < 3; ++i) accumulate(*m, data.x, data.labels);
    const State by_jit = gradients(*m);
    zero_grad(*m);
    for (int i = 0; i < 3; ++i) backward(loss_of(*m, data));
    expect_state(by_jit, gradients(*m));
  }
  EXPECT_EQ(accumulate.statistics().recordings, 2u);
}

TEST(Track, ABackwardOutsideOfAJittedFunctionReachesTheModel) {
  if (context.recorder) GTEST_SKIP() << "already recorded";
  Net model = net();
  track(model);
  const auto forward = nn::jit([](const Net& m, const Tensor& x) { return m(x); });
  const Batch b = batch();
  for (int i = 0; i < 2; ++i) {
    zero_grad(model);
    backward(mean(softmax_cross_entropy_with_integer_labels(forward(model, b.x), b.labels)));
    const State found = gradients(model);
    zero_grad(model);
    backward(loss_of(model, b));
    expect_state(found, gradients(model));
  }
  EXPECT_EQ(forward.statistics().recordings, 0u);
  no_grad([&] { return forward(model, b.x); });
  EXPECT_EQ(forward.statistics().recordings, 1u);
}

// ---- errors
// ------------------------------------------------------------------------------------------------

TEST(Track, ErrorsSayWhatToCall) {
  Net model = net();
  optim::Optimizer optimizer(model, optim::sgd({.learning_rate = 0.1}));
  EXPECT_EQ(error_text([&] { zero_grad(model); }),
            "[zero_grad] no variable of the model is tracked: call nn::track(model) once, before.");
  EXPECT_EQ(error_text([&] { optimizer.step(model); }),
            "[step] 'linear1.kernel' is not tracked, so it has no gradient: call nn::track(model) before the "
            "forward pass, or leave it out of the optimizer (wrt).");
  EXPECT_EQ(error_text([&] { track(model, path_contains("head")); }),
            "[track] the filter takes no variable of the model.");
  track(model);
  EXPECT_EQ(error_text([&] { optimizer.step(model); }),
            "[step] there are no gradients: call backward(loss) first, and not under no_grad. (Are the "
            "variables tracked, nn::track(model)?)");
  Rngs rngs(0);
  EXPECT_EQ(error_text([&] { track(rngs, rest); }),
            "[track] 'default.key' is uint32[2]: only floating variables have a gradient. Choose others with "
            "the filter.");
}

}  // namespace
}  // namespace ramie::nn
