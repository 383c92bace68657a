// Threads that each train a model of their own, and the modes of a thread.
#include <gtest/gtest.h>

#include <barrier>
#include <thread>

#include <ramie/ramie.h>

namespace ramie {
namespace {

struct Net : nn::Module<Net> {
  nn::Linear first, second;
  explicit Net(nn::Rngs& rngs) : first(4, 16, rngs), second(16, 3, rngs) {}
  Tensor operator()(const Tensor& x) const { return second(tanh(first(x))); }
  using fields = nn::Fields<&Net::first, &Net::second>;
};

struct Data {
  Tensor x, label;
};

// Losses of a training that uses grad, vmap, jvp, hooks and checkpoints.
std::vector<double> train(int seed) {
  nn::Rngs rngs(seed);
  Net net(rngs);
  optim::Optimizer optimizer(net, optim::adam({.learning_rate = 1e-2}));
  const Tensor key = random::key(seed);
  const Data data{random::normal(key, {8, 4}), random::randint(key, {8}, 0, 3)};
  const auto step = nn::value_and_grad([](Net& net, const Data& d) {
    const auto block = checkpoint([&](const Tensor& x) { return net(x); });
    const Tensor logits = block(d.x);
    register_hook(logits, [](const Tensor& g) { return g * 0.5; });
    return mean(softmax_cross_entropy_with_integer_labels(logits, d.label));
  });
  const auto slope = [&](const Tensor& x) { return sum(square(net(x))); };
  std::vector<double> out;
  for (int i = 0; i < 20; ++i) {
    auto [loss, grads] = step(net, data);
    optimizer.update(net, grads);
    out.push_back(loss.item());
    out.push_back(sum(vmap(grad(slope))(data.x)).item());
    out.push_back(jvp(slope, data.x, data.x).second.item());
  }
  return out;
}

TEST(Threads, TrainTheirOwnModels) {
  constexpr int count = 4;
  std::vector<std::vector<double>> alone, together(count);
  for (int i = 0; i < count; ++i) alone.push_back(train(i));
  std::vector<std::thread> threads;
  for (int i = 0; i < count; ++i)
    threads.emplace_back([&, i, device = default_device()] {
      const DeviceScope on(device);  // a thread begins on the CPU
      together[static_cast<std::size_t>(i)] = train(i);
    });
  for (auto& t : threads) t.join();
  EXPECT_EQ(alone, together);  // to the bit
  EXPECT_NE(alone[0], alone[1]);
}

TEST(Threads, ModesOfOneAreNotSeenInAnother) {
  std::barrier meeting(2);
  bool recorded_here = true, recorded_there = false, anomaly_there = true;
  std::thread other([&] {
    meeting.arrive_and_wait();
    recorded_there = static_cast<bool>((variable(1.0) * 2).graph());
    anomaly_there = context.anomaly;
    meeting.arrive_and_wait();
  });
  {
    const NoGrad quiet;
    const AnomalyMode checked;
    meeting.arrive_and_wait();
    recorded_here = static_cast<bool>((variable(1.0) * 2).graph());
    meeting.arrive_and_wait();
  }
  other.join();
  EXPECT_FALSE(recorded_here);
  EXPECT_TRUE(recorded_there);
  EXPECT_FALSE(anomaly_there);
}

// A graph that one thread made is walked, and freed, by another.
TEST(Threads, AGraphMayMoveToAnother) {
  const Tensor x = variable(2.0);
  Tensor y = x;
  for (int i = 0; i < 100; ++i) y = sin(y) * x;
  double there = 0;
  std::thread([&, graph = std::move(y)]() mutable {
    backward(graph);
    graph = Tensor();
    there = x.grad().item();
  }).join();
  Tensor z = x;
  zero_grad(x);
  for (int i = 0; i < 100; ++i) z = sin(z) * x;
  backward(z);
  EXPECT_EQ(there, x.grad().item());
}

}  // namespace
}  // namespace ramie
