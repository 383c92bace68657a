#include <ramie/tensor/ops/fused_reduce.h>

#include <algorithm>

namespace ramie::kernels {
namespace {

std::size_t rounded(std::size_t bytes) { return (bytes + 255) / 256 * 256; }

}  // namespace

// The reduced values that are no outputs, and then what the chain or a reduction needs.
std::size_t FusedReduce::cuda_workspace(std::span<const Tensor> x) const {
  std::size_t values = 0, bytes = fused_.cuda_workspace(x);
  const auto& outputs = fused_.chain().outputs;
  for (std::size_t v = results_; v < outputs.size(); ++v) values += rounded(outputs[v].bytes());
  for (auto& t : tails_) bytes = std::max(bytes, t.reduce.cuda_workspace(t.value));
  return values + bytes;
}

void FusedReduce::run(Cuda cuda, const View* y, const View* x) const {
  View out[Chain::max_instructions];
  std::copy(y, y + results_, out);
  const auto& outputs = fused_.chain().outputs;
  for (std::size_t v = results_; v < outputs.size(); ++v) {
    out[v] = {cuda.workspace, &outputs[v]};
    cuda.workspace += rounded(outputs[v].bytes());
  }
  fused_.run(cuda, out, x);
  for (std::size_t t = 0; t < tails_.size(); ++t)
    tails_[t].reduce.run(cuda, y[results_ + t], {out[values_[t]].data, &tails_[t].value});
}

}  // namespace ramie::kernels
