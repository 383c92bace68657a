// Long runs: nothing grows, and in the steady state no block is taken from the system.
#include <gtest/gtest.h>

#include <fstream>
#include <functional>
#include <string>

#include <ramie/ramie.h>
#include <ramie/tensor/pool.h>

#include "support/device.h"
#include "support/sanitizers.h"

namespace {

namespace nn = ramie::nn;
namespace optim = ramie::optim;
using ramie::Tensor;

struct SmallCNN : nn::Module<SmallCNN> {
  nn::Conv conv;
  nn::BatchNorm norm;
  nn::Dropout dropout;
  nn::Linear linear;
  explicit SmallCNN(nn::Rngs& rngs)
      : conv(1, 4, {.kernel_size = {3, 3}}, rngs), norm(4, rngs), dropout(0.1, rngs), linear(64, 10, rngs) {}
  Tensor operator()(Tensor x) {
    x = avg_pool(relu(norm(conv(x))), {.window = {2, 2}, .strides = {2, 2}});
    return linear(dropout(reshape(x, {x.shape(0), -1})));
  }
  using fields = nn::Fields<&SmallCNN::conv, &SmallCNN::norm, &SmallCNN::dropout, &SmallCNN::linear>;
};

std::size_t resident_kilobytes() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("VmRSS:")) return std::stoul(line.substr(6));
  return 0;
}

// The loss is read, or work would pile up in a GPU's stream.
void expect_no_growth(const std::function<Tensor()>& step) {
  for (int i = 0; i < (ramie::slow_device() ? 30 : 500); ++i) step().item();
  const auto memory = [] {
    return std::pair{ramie::memory_stats(), ramie::memory_stats(ramie::default_device())};
  };
  const auto before = memory();
  const std::size_t resident = resident_kilobytes();
  for (int i = 0; i < (ramie::slow_device() ? 100 : 10000); ++i) step().item();
  const auto after = memory();
  EXPECT_EQ(after.first.system_calls, before.first.system_calls);
  EXPECT_EQ(after.first.in_use, before.first.in_use);
  EXPECT_EQ(after.second.system_calls, before.second.system_calls);
  EXPECT_EQ(after.second.in_use, before.second.in_use);
  if (ramie::address_sanitizer) return;  // it keeps what was freed for a while
  EXPECT_LE(resident_kilobytes(), resident + 1024);
}

struct Training {
  nn::Rngs rngs{0};
  SmallCNN model{rngs};
  optim::Optimizer optimizer{
      model, optim::chain(optim::clip_by_global_norm(1), optim::adamw({.learning_rate = 1e-3}))};
  nn::MultiMetric<nn::metrics::Accuracy, nn::metrics::Average> metrics{
      std::pair{"accuracy", nn::metrics::Accuracy()}, std::pair{"loss", nn::metrics::Average()}};
  Tensor x = ramie::random::uniform(rngs(), {8, 8, 8, 1}),
         labels = ramie::random::randint(rngs(), {8}, 0, 10);

  Tensor step() {
    auto [loss, logits, grads] = nn::value_and_grad([&](SmallCNN& m) {
      Tensor logits = m(x);
      return std::pair{mean(softmax_cross_entropy_with_integer_labels(logits, labels)), logits};
    })(model);
    optimizer.update(model, grads);
    metrics.update({.loss = loss, .logits = logits, .labels = labels});
    return loss;
  }
};

TEST(SteadyState, TenThousandStepsTakeNoMemory) {
  Training training;
  expect_no_growth([&] { return training.step(); });
}

TEST(SteadyState, TenThousandReplaysTakeNoMemory) {
  Training training;
  const auto step = nn::jit([&] { return training.step(); });
  expect_no_growth([&] { return step(); });
}

}  // namespace
