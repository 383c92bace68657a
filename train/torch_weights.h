// Where PyTorch keeps a model's variables: the name, the layout, and which of them it packs into one tensor.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <ramie/train/convert.h>

namespace ramie::train::detail {

// How the values of a variable lie in PyTorch.
enum class Lie {
  same,
  out_first,   // [spatial..., in, out] as [out, in, spatial...]
  flattened,   // [H * W * C, out] as [out, C * H * W]
  to_heads,    // [in, heads, depth] as [heads * depth, in]
  from_heads,  // [heads, depth, out] as [out, heads * depth]
  heads        // [heads, depth] as [heads * depth]
};

struct TorchPart {
  const LayerVariable* variable;
  Lie lie;
  Shape picture;  // [H, W, C] of `flattened`

  Tensor value() const { return variable->found.variable->value(); }
  Tensor to_torch() const;
  Tensor from_torch(const Tensor& y) const;
};

struct TorchTensor {
  std::string name;
  std::vector<TorchPart> parts;      // one below the other
  std::string second_bias = "";      // where PyTorch adds two biases, the name of the other
  std::string tied_to = "";          // the name of another tensor that is this one
  bool second_bias_in_gate = false;  // that of the last of three gates is multiplied before it is added

  Tensor value() const;
  // The parts' values by their paths.
  void add_to(nn::State& values, const Tensor& given) const;
};

// Errors name a layer that PyTorch has not, or not so, and options that fit nothing.
std::vector<TorchTensor> torch_tensors(std::string_view op, const std::vector<LayerVariable>& weights,
                                       const ConvertOptions& options);

}  // namespace ramie::train::detail
