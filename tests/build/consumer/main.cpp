// A user's program: trains a small network on exclusive or, and calls into every library of the package.
#include <iostream>

#include <ramie/ramie.h>

namespace nn = ramie::nn;
namespace optim = ramie::optim;
using ramie::Tensor;

struct MLP : nn::Module<MLP> {
  nn::Linear hidden, output;
  explicit MLP(nn::Rngs& rngs) : hidden(2, 8, rngs), output(8, 1, rngs) {}
  Tensor operator()(const Tensor& x) const { return output(tanh(hidden(x))); }
  using fields = nn::Fields<&MLP::hidden, &MLP::output>;
};

float train() {
  const Tensor x = ramie::tensor({{0, 0}, {0, 1}, {1, 0}, {1, 1}}, ramie::float32);
  const Tensor y = ramie::tensor({{0}, {1}, {1}, {0}}, ramie::float32);
  nn::Rngs rngs(0);
  MLP model(rngs);
  optim::Optimizer optimizer(model, optim::adam({.learning_rate = 0.1f}), nn::is<nn::Param>);
  auto step = nn::value_and_grad([&](MLP& m) { return mean(square(m(x) - y)); });
  for (int i = 0; i < 100; ++i) optimizer.update(model, std::get<1>(step(model)));
  return mean(square(model(x) - y)).item<float>();
}

int main() {
  const float loss = train();
  std::cout << "loss " << loss << "\n";
#if __has_include(<ramie/train/figure.h>)
  ramie::train::Figure({.rows = 1, .columns = 1});
#endif
#if __has_include(<ramie/data/mnist.h>)
  ramie::data::MnistOrigin();
#endif
  return loss < 0.01f ? 0 : 1;
}
