// Train steps on a GPU as one CUDA graph: the bits of training op by op, whoever holds what.
#include <gtest/gtest.h>

#include <thread>
#include <utility>
#include <vector>

#include <ramie/ramie.h>

#include "support/error.h"

namespace {

namespace nn = ramie::nn;
namespace optim = ramie::optim;
namespace random = ramie::random;
using ramie::Tensor;
using Floats = std::vector<float>;

struct MLP : nn::Module<MLP> {
  nn::Linear linear1, linear2;
  explicit MLP(nn::Rngs& rngs) : linear1(20, 32, rngs), linear2(32, 10, rngs) {}
  Tensor operator()(const Tensor& x) const { return linear2(relu(linear1(x))); }
  using fields = nn::Fields<&MLP::linear1, &MLP::linear2>;
};

std::pair<Tensor, Tensor> batch_of(int i) {
  const Tensor key = random::key(i);
  return {random::normal(key, {16, 20}), random::randint(key, {16}, 0, 10)};
}
Tensor train_step(MLP& model, optim::Optimizer& optimizer, const Tensor& x, const Tensor& labels) {
  auto [loss, grads] = nn::value_and_grad([](MLP& m, const Tensor& a, const Tensor& b) {
    return mean(softmax_cross_entropy_with_integer_labels(m(a), b));
  })(model, x, labels);
  optimizer.update(model, grads);
  return loss;
}

// The passes that leave the order of sums as it is.
std::vector<ramie::Pass> exact_passes() {
  auto passes = ramie::all_passes();
  std::erase_if(passes, [](auto& p) {
    const std::string_view name = p.name;
    return name == "fusion" || name == "epilogues";
  });
  return passes;
}

struct Training {
  nn::Rngs rngs{0};
  MLP model{rngs};
  optim::Optimizer optimizer{model, optim::adam({.learning_rate = 0.01})};
  std::vector<float> values() const {
    Floats out;
    for (const nn::State& s : {nn::state(model), optimizer.state()})
      for (auto& [path, x] : s)
        for (float v : x.to_vector<float>()) out.push_back(v);
    return out;
  }
};

class JitGraph : public testing::Test {
 protected:
  void SetUp() override {
    if (ramie::default_device() == ramie::cpu()) GTEST_SKIP() << "not on a GPU";
  }
};

TEST_F(JitGraph, TrainsWithTheSameBits) {
  Training eager, jitted;
  auto step = nn::jit(train_step, {.passes = exact_passes()});
  for (int i = 0; i < 8; ++i) {
    const auto [x, labels] = batch_of(i);
    const float loss = train_step(eager.model, eager.optimizer, x, labels).item<float>();
    EXPECT_EQ(step(jitted.model, jitted.optimizer, x, labels).item<float>(), loss) << i;
    EXPECT_EQ(jitted.values(), eager.values()) << i;
  }
  EXPECT_EQ(step.compiled()->graph().why_none, "");
  EXPECT_EQ(step.compiled()->graph().launches, 6u);  // one call recorded, one ran launch by launch
}

TEST_F(JitGraph, WhatTheCallerHoldsStays) {
  Training eager, jitted;
  auto step = nn::jit(train_step, {.passes = exact_passes()});
  std::vector<nn::State> held, wanted;
  std::vector<Tensor> losses, wanted_losses;
  for (int i = 0; i < 8; ++i) {
    const auto [x, labels] = batch_of(i);
    wanted_losses.push_back(train_step(eager.model, eager.optimizer, x, labels));
    losses.push_back(step(jitted.model, jitted.optimizer, x, labels));
    wanted.push_back(nn::state(eager.model));
    held.push_back(nn::state(jitted.model));
  }
  for (std::size_t i = 0; i < held.size(); ++i) {
    EXPECT_EQ(losses[i].item<float>(), wanted_losses[i].item<float>()) << i;
    for (auto& [path, x] : wanted[i])
      EXPECT_EQ(held[i].at(path).to_vector<float>(), x.to_vector<float>()) << i << " " << path;
  }
  EXPECT_EQ(step.compiled()->graph().launches, 6u);
}

TEST_F(JitGraph, StateThatIsAssignedBetweenCalls) {
  Training eager, jitted;
  const nn::State start = nn::state(nn::clone(eager.model));
  auto step = nn::jit(train_step, {.passes = exact_passes()});
  for (int i = 0; i < 8; ++i) {
    const auto [x, labels] = batch_of(i);
    train_step(eager.model, eager.optimizer, x, labels);
    step(jitted.model, jitted.optimizer, x, labels);
    if (i % 2 == 0) continue;
    nn::update(eager.model, start);
    nn::update(jitted.model, start);
  }
  EXPECT_EQ(jitted.values(), eager.values());
  EXPECT_EQ(step.compiled()->graph().launches, 6u);
}

TEST_F(JitGraph, SeveralStepsInOneLaunch) {
  Training eager, jitted;
  const Tensor data = random::normal(random::key(1), {64, 20});
  const Tensor labels = random::randint(random::key(2), {64}, 0, 10);
  const auto step = [](MLP& model, optim::Optimizer& optimizer, nn::Rngs& rngs, const Tensor& x,
                       const Tensor& y) {
    const Tensor rows = random::randint(rngs(), {16}, 0, 64);
    return train_step(model, optimizer, take(x, rows, 0), take(y, rows, 0));
  };
  auto four = nn::jit(step, {.passes = exact_passes()}).repeat(4, {.passes = exact_passes()});
  for (int i = 0; i < 4; ++i) {
    Tensor loss;
    for (int k = 0; k < 4; ++k) loss = step(eager.model, eager.optimizer, eager.rngs, data, labels);
    EXPECT_EQ(four(jitted.model, jitted.optimizer, jitted.rngs, data, labels).item<float>(),
              loss.item<float>());
  }
  EXPECT_EQ(jitted.values(), eager.values());
  EXPECT_EQ(four.compiled()->graph().launches, 2u);
  EXPECT_EQ(four.compiled()->graph().captures, 1u);  // the data are used where they lie
}

TEST_F(JitGraph, ThreadsWithModelsOfTheirOwn) {
  auto step = nn::jit(train_step, {.passes = exact_passes()});
  const ramie::Device device = ramie::default_device();
  std::vector<Floats> found(3);
  std::vector<std::thread> threads;
  for (auto& values : found)
    threads.emplace_back([&] {
      ramie::set_default_device(device);
      Training mine;
      for (int i = 0; i < 6; ++i) {
        const auto [x, labels] = batch_of(i);
        step(mine.model, mine.optimizer, x, labels);
      }
      values = mine.values();
    });
  for (auto& t : threads) t.join();
  Training eager;
  for (int i = 0; i < 6; ++i) {
    const auto [x, labels] = batch_of(i);
    train_step(eager.model, eager.optimizer, x, labels);
  }
  for (auto& values : found) EXPECT_EQ(values, eager.values());
}

TEST_F(JitGraph, OnAnotherDevice) {
  const Tensor x = ramie::full({4}, 2.0);
  const ramie::Program p = ramie::record([](const auto& a) { return std::vector{a[0] * a[0]}; }, {x});
  const std::string text = ramie::error_text([&] { run(p, {x.to(ramie::cpu())}); });
  EXPECT_NE(text.find("[run] argument 0 is on cpu, but the program was recorded on cuda:"), std::string::npos)
      << text;
  EXPECT_EQ(run(p, {x})[0].to_vector<float>(), Floats(4, 4));
  auto f = ramie::jit([](const Tensor& a) { return a * a; });
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(f(x).device(), ramie::default_device());
    EXPECT_EQ(f(x.to(ramie::cpu())).device(), ramie::cpu());
  }
  EXPECT_EQ(f.statistics().recordings, 2u);
}

}  // namespace
