// Weights to and from PyTorch and Flax, as maps from names to tensors: other names, other layouts.
//
//   const train::ConvertOptions options{.flattened = {{"linear1", {7, 7, 64}}}};
//   nn::State torch = train::load_safetensors("mnist_torch.safetensors").tensors;   // of model.state_dict()
//   nn::update(model, train::from_torch(torch, model, options));
//   train::save_safetensors("back.safetensors", train::to_torch(model, options));
//
// What differs, by layer:
//
//                 ramie and Flax                      PyTorch
//   Conv          kernel [spatial..., in, out]        weight [out, in, spatial...]
//   Linear        kernel [in, out]                    weight [out, in]
//   norms         scale, bias, mean, var              weight, bias, running_mean, running_var
//   Embed         embedding                           weight
//   attention     query, key, value; out              in_proj_weight, in_proj_bias; out_proj
//   cells         a kernel for each gate, one bias    weight_ih, weight_hh, and two biases that are added
//   RNN of cells  as the cell                         the same with _l0, _l0_reverse
//
// A GRUCell has no bias within its last gate: PyTorch's must be 0 there. Settings stay as they are: the
// epsilon of PyTorch's LayerNorm is 1e-5, ramie's and Flax's 1e-6.
//
// A dense layer after a flattened picture has its inputs in the order H,W,C here and C,H,W in PyTorch, and
// only the user knows H and W: `flattened`. Variables of other modules keep name and layout. Values may be
// views.
#pragma once

#include <map>
#include <string>

#include <ramie/nn/state.h>
#include <ramie/train/saved_state.h>

namespace ramie::train {

struct ConvertOptions {
  // Where a layer, or what is below it, has another name there: {{"batch_norm1", "bn1"}, {"layers.0", "0"}}.
  std::map<std::string, std::string> names = {};
  // [height, width, channels] of what is flattened before the dense layer of this path. Of no meaning to
  // Flax.
  std::map<std::string, Shape> flattened = {};
};

namespace detail {

struct Level {
  std::string path, type;  // a list's type is empty
};
struct LayerVariable {
  nn::Found found;
  std::vector<Level> levels;  // the modules around it, from the outermost
  std::string layer() const { return levels.empty() ? "" : levels.back().path; }
  std::string type() const { return levels.empty() ? "" : levels.back().type; }  // "Conv"
};

class LayerCollector final : public nn::Visitor {
 public:
  void variable(std::string_view name, VariableBase& variable, const nn::VariableKind& kind) override;
  void enter(std::string_view name, std::string_view type_name) override;
  void leave() override;
  std::vector<LayerVariable> found;

 private:
  std::vector<Level> levels_;
};

// The path with the name that stands for the longest of its beginnings.
std::string renamed(const std::string& path, const std::map<std::string, std::string>& names);

template <class M>
std::vector<LayerVariable> weights(const M& model) {
  LayerCollector c;
  nn::walk(c, "", model);
  std::erase_if(c.found, [](const auto& v) { return !is_weight(v.found.path, *v.found.kind); });
  return std::move(c.found);
}

nn::State from_torch(const nn::State& state_dict, const std::vector<LayerVariable>& weights,
                     const ConvertOptions& options);
nn::State to_torch(const std::vector<LayerVariable>& weights, const ConvertOptions& options);
nn::State from_flax(const nn::State& flat, const std::vector<LayerVariable>& weights,
                    const ConvertOptions& options);
nn::State to_flax(const std::vector<LayerVariable>& weights, const ConvertOptions& options, bool linen);

}  // namespace detail

// The values of a PyTorch state_dict under the model's paths, for nn::update. num_batches_tracked is left
// out; of tied weights one name is enough. One error lists all names that are missing or unexpected and all
// shapes and dtypes that differ, as PyTorch has them; others name an option that fits no layer and layers
// that PyTorch has not, or with other weights.
template <class M>
nn::State from_torch(const nn::State& state_dict, const M& model, const ConvertOptions& options = {}) {
  return detail::from_torch(state_dict, detail::weights(model), options);
}
// What model.load_state_dict takes.
template <class M>
nn::State to_torch(const M& model, const ConvertOptions& options = {}) {
  return detail::to_torch(detail::weights(model), options);
}

// The same of Flax, whose layouts are ramie's: flat names joined by "." or "/", of NNX ("conv1.kernel") or of
// Linen ("params/Conv_0/kernel", "batch_stats/BatchNorm_0/mean").
template <class M>
nn::State from_flax(const nn::State& flat, const M& model, const ConvertOptions& options = {}) {
  return detail::from_flax(flat, detail::weights(model), options);
}
template <class M>
nn::State to_flax(const M& model, const ConvertOptions& options = {}) {  // names of NNX
  return detail::to_flax(detail::weights(model), options, false);
}
template <class M>
nn::State to_linen(const M& model, const ConvertOptions& options = {}) {
  return detail::to_flax(detail::weights(model), options, true);
}

}  // namespace ramie::train
