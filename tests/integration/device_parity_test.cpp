// Training on another device follows the CPU, and repeats itself to the bit.
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include <ramie/data/drawn_digits.h>
#include <ramie/ramie.h>

#include "support/device.h"

namespace {

namespace nn = ramie::nn;
namespace optim = ramie::optim;
namespace data = ramie::data;
using ramie::Tensor;

struct CNN : nn::Module<CNN> {  // the tutorial's
  nn::Conv conv1, conv2;
  nn::Linear linear1, linear2;
  explicit CNN(nn::Rngs& rngs)
      : conv1(1, 32, {.kernel_size = {3, 3}}, rngs),
        conv2(32, 64, {.kernel_size = {3, 3}}, rngs),
        linear1(3136, 256, rngs),
        linear2(256, 10, rngs) {}
  Tensor operator()(Tensor x) const {
    x = avg_pool(relu(conv1(x)), {.window = {2, 2}, .strides = {2, 2}});
    x = avg_pool(relu(conv2(x)), {.window = {2, 2}, .strides = {2, 2}});
    return linear2(relu(linear1(reshape(x, {x.shape(0), -1}))));
  }
  using fields = nn::Fields<&CNN::conv1, &CNN::conv2, &CNN::linear1, &CNN::linear2>;
};

// The losses of the first steps; batches of drawn digits come from the CPU.
std::vector<double> losses(ramie::Device device, int steps) {
  const ramie::DeviceScope on(device);
  nn::Rngs rngs(0);
  CNN model(rngs);
  optim::Optimizer optimizer(model, optim::adamw({.learning_rate = 0.005, .b1 = 0.9}));
  const auto digits = data::draw_digits(8 * steps);
  std::vector<double> out;
  auto step = nn::value_and_grad([](const CNN& m, const data::Batch& b) {
    return mean(
        softmax_cross_entropy_with_integer_labels(m(b["image"].astype(ramie::float32) / 255), b["label"]));
  });
  for (const data::Batch& batch : digits.pipeline().batch(8).map(data::to(device))) {
    auto [loss, grads] = step(model, batch);
    optimizer.update(model, grads);
    out.push_back(loss.item());
  }
  return out;
}

TEST(DeviceParity, ThirtyStepsFollowTheCpu) {
  const ramie::Device device = ramie::default_device();
  if (device == ramie::cpu()) GTEST_SKIP() << "this is the CPU";
  const std::vector<double> here = losses(device, 30), there = losses(ramie::cpu(), 30);
  ASSERT_EQ(here.size(), 30u);
  for (std::size_t i = 0; i < here.size(); ++i) EXPECT_NEAR(here[i], there[i], 1e-4) << "step " << i;
}

TEST(DeviceParity, TwoRunsHaveTheSameBits) {
  const ramie::Device device = ramie::default_device();
  const int steps = ramie::slow_device() ? 2 : 10;
  EXPECT_EQ(losses(device, steps), losses(device, steps));
}

}  // namespace
