// Fits a small network to noisy points of a curve.
#include <cstdio>

#include <ramie/ramie.h>

using namespace ramie;

int main() {
  const Tensor x = linspace(-3, 3, 200).reshape({200, 1});
  const Tensor y = sin(2 * x) + 0.1 * random::normal(random::key(1), x.shape());

  nn::Rngs rngs(0);
  nn::Sequential model(nn::Linear(1, 32, rngs), ramie::tanh, nn::Linear(32, 1, rngs));
  optim::Optimizer optimizer(model, optim::adam({.learning_rate = 0.02}));

  const auto loss_fn = [&](nn::Sequential& m) { return mean(square(m(x) - y)); };
  const auto train_step = nn::jit([&] {
    auto [loss, grads] = nn::value_and_grad(loss_fn)(model);
    optimizer.update(model, grads);
    return loss;
  });
  for (int step = 0; step <= 1000; ++step) {
    const Tensor loss = train_step();
    if (step % 100 == 0) std::printf("step %4d  loss %.4f\n", step, loss.item());
  }

  train::Figure figure;
  figure.axes()
      .scatter(x.to_vector<double>(), y.to_vector<double>(), {.label = "data", .alpha = 0.5})
      .line(x.to_vector<double>(), model(x).to_vector<double>(), {.label = "fit"})
      .legend();
  figure.save("regression.png");
  std::printf("Saved: regression.png\n");
}
