// Training under jit against training op by op, with all that a step may hold: the same bits, or, where
// passes change the order of sums, within 1e-6.
#include <gtest/gtest.h>

#include <functional>
#include <set>
#include <string>
#include <vector>

#include <ramie/ramie.h>

#include "support/device.h"
#include "support/ops.h"

namespace {

namespace nn = ramie::nn;
namespace optim = ramie::optim;
using ramie::Tensor;

struct CNN : nn::Module<CNN> {
  nn::Conv conv;
  nn::BatchNorm norm;
  nn::Dropout dropout;
  nn::Linear linear;
  explicit CNN(nn::Rngs& rngs)
      : conv(1, 4, {.kernel_size = {3, 3}}, rngs), norm(4, rngs), dropout(0.3, rngs), linear(64, 10, rngs) {}
  Tensor operator()(Tensor x) {
    x = max_pool(relu(norm(conv(x))), {.window = {2, 2}, .strides = {2, 2}});
    return linear(dropout(reshape(x, {x.shape(0), -1})));
  }
  using fields = nn::Fields<&CNN::conv, &CNN::norm, &CNN::dropout, &CNN::linear>;
};

using Metrics = nn::MultiMetric<nn::metrics::Accuracy, nn::metrics::Average>;

Tensor train_step(CNN& model, optim::Optimizer& optimizer, Metrics& metrics,
                  const ramie::data::Batch& batch) {
  auto [loss, logits, grads] = nn::value_and_grad([](CNN& m, const ramie::data::Batch& b) {
    Tensor y = m(b["image"]);
    return std::pair{mean(softmax_cross_entropy_with_integer_labels(y, b["label"])), y};
  })(model, batch);
  metrics.update({.loss = loss, .logits = logits, .labels = batch["label"]});
  optimizer.update(model, grads);
  return loss;
}

ramie::data::Batch batch_of(int i, ramie::DType dtype) {
  const Tensor key = ramie::random::key(i);
  return {{"image", ramie::random::uniform(key, {6, 8, 8, 1}).astype(dtype)},
          {"label", ramie::random::randint(key, {6}, 0, 10)}};
}

// Everything that a training leaves, after each step its loss.
struct Trained {
  nn::Rngs rngs{0};
  CNN model{rngs};
  optim::Optimizer optimizer;
  Metrics metrics{std::pair{"accuracy", nn::metrics::Accuracy()}, std::pair{"loss", nn::metrics::Average()}};
  std::vector<double> values = {};

  Trained(const optim::GradientTransformation& tx, ramie::DType dtype)
      : optimizer((cast(dtype), model), tx) {}
  void cast(ramie::DType dtype) {
    nn::State s = nn::state(model);
    for (auto& [path, x] : s)
      if (is_floating(x.dtype())) x = x.astype(dtype);
    for (auto& f : nn::variables(model)) f.variable->store(s.at(f.path));
  }
  template <class Step>
  void train(Step step, ramie::DType dtype) {
    for (int i = 0; i < (ramie::slow_device() ? 4 : 12); ++i)
      values.push_back(step(model, optimizer, metrics, batch_of(i, dtype)).item());
    add(nn::state(model));
    add(optimizer.state());
    for (auto& [name, value] : metrics.compute()) values.push_back(value);
  }
  void add(const nn::State& state) {
    for (auto& [path, x] : state)
      for (double v : x.to_vector<double>()) values.push_back(v);
  }
};

struct Recipe {
  std::string name;
  std::function<optim::GradientTransformation()> make;
};

const std::set<std::string> changes_bits = {"fusion", "epilogues"};

class Training : public testing::TestWithParam<Recipe> {};

TEST_P(Training, UnderJitAndOpByOp) {
  for (const ramie::DType dtype : {ramie::float32, ramie::float64}) {
    Trained eager(GetParam().make(), dtype), exact(GetParam().make(), dtype), all(GetParam().make(), dtype);
    eager.train(train_step, dtype);
    auto passes = ramie::all_passes();
    std::erase_if(passes, [](auto& p) { return changes_bits.contains(p.name); });
    exact.train(nn::jit(train_step, {.passes = passes}), dtype);
    all.train(nn::jit(train_step, {.passes = ramie::all_passes()}), dtype);
    EXPECT_EQ(exact.values, eager.values);
    EXPECT_LE(ramie::relative_error(all.values, eager.values), dtype == ramie::float64 ? 1e-12 : 1e-6);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Jit, Training,
    testing::Values(
        Recipe{"sgd", [] { return optim::sgd({.learning_rate = 0.1}); }},
        Recipe{"momentum",
               [] { return optim::sgd({.learning_rate = 0.1, .momentum = 0.9, .nesterov = true}); }},
        Recipe{"adamw_with_clipping",
               [] {
                 return optim::chain(optim::clip_by_global_norm(0.5), optim::adamw({.learning_rate = 0.01}));
               }},
        Recipe{"schedules",
               [] {
                 return optim::adam(
                     {.learning_rate = optim::warmup_cosine_decay_schedule(0.001, 0.02, 3, 10)});
               }},
        Recipe{"joined_schedules",
               [] {
                 return optim::sgd(
                     {.learning_rate = optim::join_schedules(
                          {optim::linear_schedule(0.0, 0.1, 4), optim::exponential_decay(0.1, 2, 0.5)},
                          {4})});
               }},
        Recipe{"accumulation", [] { return optim::multi_steps(optim::adamw({.learning_rate = 0.01}), 3); }}),
    [](const auto& param) { return param.param.name; });

// Data on the device: gather, cast and normalise are part of the program.
TEST(JitTraining, AWholeEpochInOneProgram) {
  const ramie::data::Split split{
      ramie::random::randint(ramie::random::key(0), {40, 4, 4, 1}, 0, 256).astype(ramie::uint8),
      ramie::random::randint(ramie::random::key(1), {40}, 0, 10), "noise", ""};
  ramie::data::Resident captured(split, {.batch_size = 8}), eager_data(split, {.batch_size = 8});
  nn::Rngs rngs(0);
  nn::Linear model(16, 10, rngs), eager = nn::clone(model);
  optim::Optimizer optimizer(model, optim::adam({.learning_rate = 0.01})),
      eager_optimizer(eager, optim::adam({.learning_rate = 0.01}));
  const auto step = [](ramie::data::Resident& data, nn::Linear& m, optim::Optimizer& o) {
    const auto batch = data.next();
    auto [loss, grads] = nn::value_and_grad([&](nn::Linear& l) {
      const Tensor x = reshape(batch["image"].astype(ramie::float32) / 255, {8, -1});
      return mean(softmax_cross_entropy_with_integer_labels(l(x), batch["label"]));
    })(m);
    o.update(m, grads);
    return loss;
  };
  const auto epoch = nn::jit([&](nn::Linear& m, optim::Optimizer& o) {
                       return step(captured, m, o);
                     }).repeat(static_cast<int>(captured.steps_per_epoch()));
  for (int e = 0; e < 3; ++e) {
    Tensor loss;
    for (int i = 0; i < 5; ++i) loss = step(eager_data, eager, eager_optimizer);
    EXPECT_EQ(epoch(model, optimizer).item(), loss.item());
  }
  EXPECT_EQ(model.kernel.value().to_vector<float>(), eager.kernel.value().to_vector<float>());
  EXPECT_EQ(captured.step().item<int>(), 15);
  EXPECT_EQ(epoch.statistics().recordings, 1u);
}

// A learning rate of the caller's own: a Tensor, so that it is not frozen.
TEST(JitTraining, ALearningRateThatIsAnArgument) {
  nn::Rngs rngs(0);
  nn::Linear model(3, 2, rngs), eager = nn::clone(model);
  const auto step = [](nn::Linear& m, const Tensor& x, const Tensor& rate) {
    const auto grads = nn::grad([](nn::Linear& l, const Tensor& b) { return sum(square(l(b))); })(m, x);
    m.kernel = m.kernel - grads.at("kernel") * rate;
  };
  auto jitted = nn::jit(step);
  const Tensor x = ramie::random::normal(ramie::random::key(0), {4, 3});
  for (double rate : {0.1, 0.01, 0.05}) {
    jitted(model, x, ramie::full({}, rate));
    step(eager, x, ramie::full({}, rate));
  }
  EXPECT_EQ(model.kernel.value().to_vector<float>(), eager.kernel.value().to_vector<float>());
  EXPECT_EQ(jitted.statistics().recordings, 1u);
}

}  // namespace
