#include <ramie/nn/linear.h>

namespace nn = ramie::nn;

struct MLP : nn::Module<MLP> {
  nn::Linear linear;
  explicit MLP(nn::Rngs& rngs) : linear(2, 3, rngs) {}
  virtual ~MLP() = default;
  using fields = nn::Fields<&MLP::linear>;
};

int main() {
  nn::Rngs rngs(0);
  nn::state(MLP(rngs));
}
