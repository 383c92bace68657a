// One kernel after the other: cuBLAS and our convolutions have no place for a chain yet.
#include <ramie/tensor/ops/product_epilogue.h>

#include <algorithm>
#include <array>

namespace ramie::kernels {
namespace {

template <class K>
std::size_t product_workspace(const K& k, std::span<const Tensor> x) {
  if constexpr (requires { k.cuda_workspace(x[0].layout(), x[1].layout()); })
    return k.cuda_workspace(x[0].layout(), x[1].layout());
  else
    return 0;
}

}  // namespace

std::size_t ProductEpilogue::cuda_workspace(std::span<const Tensor> x) const {
  return std::max(std::visit([&](auto& k) { return product_workspace(k, x); }, kernel_),
                  chain_.cuda_workspace({}));
}

void ProductEpilogue::run(Cuda cuda, const View* y, const View* x) const {
  std::visit([&](auto& k) { k.run(cuda, product_view(y), x[0], x[1]); }, kernel_);
  std::array<View, Chain::max_inputs> inputs;
  chain_views(y, x, inputs.data());
  chain_.run(cuda, y, inputs.data());
}

}  // namespace ramie::kernels
