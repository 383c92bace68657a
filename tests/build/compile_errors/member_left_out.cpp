#include <ramie/nn/linear.h>

namespace nn = ramie::nn;

struct MLP : nn::Module<MLP> {
  nn::Linear linear1, linear2;
  explicit MLP(nn::Rngs& rngs) : linear1(2, 3, rngs), linear2(3, 1, rngs) {}
  using fields = nn::Fields<&MLP::linear1>;
};

int main() {
  nn::Rngs rngs(0);
  nn::state(MLP(rngs));
}
