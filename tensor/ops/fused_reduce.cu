#include <ramie/tensor/ops/fused_reduce.h>

#include <algorithm>

namespace ramie::kernels {
namespace {

std::size_t rounded(std::size_t bytes) { return (bytes + 255) / 256 * 256; }

}  // namespace

// The value, if it is no output, and then what the chain or the reduction needs.
std::size_t FusedReduce::cuda_workspace(std::span<const Tensor> x) const {
  return (stored_ ? 0 : rounded(layout_.bytes())) +
         std::max(fused_.cuda_workspace(x), reduce_.cuda_workspace(layout_));
}

void FusedReduce::run(Cuda cuda, const View* y, const View* x) const {
  View out[Chain::max_instructions];
  std::copy(y, y + results(), out);
  if (!stored_) {
    out[value_] = {cuda.workspace, &fused_.chain().outputs[value_]};
    cuda.workspace += rounded(layout_.bytes());
  }
  fused_.run(cuda, out, x);
  reduce_.run(cuda, y[results()], {out[value_].data, &layout_});
}

}  // namespace ramie::kernels
