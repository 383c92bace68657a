#include <memory>
#include <vector>

#include <ramie/nn/linear.h>

namespace nn = ramie::nn;

struct MLP : nn::Module<MLP> {
  std::vector<std::shared_ptr<nn::Linear>> layers;
  using fields = nn::Fields<&MLP::layers>;
};

int main() { nn::state(MLP()); }
