// Fits a small network to noisy points of a curve: data, a model, a training step, a loop, a picture.
#include <cstdio>

#include <ramie/ramie.h>

using namespace ramie;

struct MLP : nn::Module<MLP> {
  nn::Linear hidden, output;
  explicit MLP(nn::Rngs& rngs) : hidden(1, 32, rngs), output(32, 1, rngs) {}
  Tensor operator()(const Tensor& x) const { return output(tanh(hidden(x))); }
  using fields = nn::Fields<&MLP::hidden, &MLP::output>;
};

Tensor loss_fn(MLP& model, const Tensor& x, const Tensor& y) { return mean(square(model(x) - y)); }

int main() {
  const Tensor x = linspace(-3, 3, 200).reshape({200, 1});
  const Tensor y = sin(2 * x) + 0.1 * random::normal(random::key(1), x.shape());

  nn::Rngs rngs(0);
  MLP model(rngs);
  optim::Optimizer optimizer(model, optim::adam({.learning_rate = 0.02}));

  const auto train_step = nn::jit([](MLP& m, optim::Optimizer& optimizer, const Tensor& x, const Tensor& y) {
    auto [loss, grads] = nn::value_and_grad(loss_fn)(m, x, y);
    optimizer.update(m, grads);
    return loss;
  });
  for (int step = 0; step <= 1000; ++step) {
    const Tensor loss = train_step(model, optimizer, x, y);
    if (step % 100 == 0) std::printf("step %4d  loss %.4f\n", step, loss.item());
  }

  const auto points = [](const Tensor& t) { return t.to_vector<double>(); };
  train::Figure figure;
  figure.axes()
      .line(points(x), points(y), {.label = "data", .alpha = 0.4})
      .line(points(x), points(model(x)), {.label = "fit"})
      .legend();
  figure.save("regression.png");
  std::printf("Saved: regression.png\n");
}
