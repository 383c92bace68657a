// What the other files of this folder get wrong, done right.
#include <iostream>
#include <optional>

#include <ramie/nn/jit.h>
#include <ramie/nn/linear.h>
#include <ramie/nn/metrics.h>
#include <ramie/nn/view.h>

namespace nn = ramie::nn;

struct MLP : nn::Module<MLP> {
  nn::Linear linear1, linear2;
  std::optional<nn::Linear> skip;
  nn::Dropout dropout;
  bool flag = true;
  explicit MLP(nn::Rngs& rngs) : linear1(2, 3, rngs), linear2(3, 1, rngs), dropout(0.5) {}
  using fields = nn::Fields<&MLP::linear1, &MLP::linear2, &MLP::skip, &MLP::dropout, &MLP::flag>;
};

int main() {
  nn::Rngs rngs(0);
  MLP model(rngs);
  std::cout << nn::view(model, nn::set<&nn::Dropout::deterministic>(true));
  nn::metrics::Accuracy().update({.logits = ramie::Tensor(), .labels = ramie::Tensor()});
  nn::jit([](MLP& m) { return m.linear1.kernel.value(); })(model);
}
