#include <functional>

#include <ramie/nn/jit.h>

namespace nn = ramie::nn;

struct Layer : nn::Module<Layer> {
  nn::Param scale;
  std::function<int()> setting;
  using fields = nn::Fields<&Layer::scale, &Layer::setting>;
};

int main() {
  Layer layer;
  nn::jit([](Layer& l) { return l.scale.value(); })(layer);
}
