// A model's weights in a file, alone.
//
//   train::save_state(model, "mnist.safetensors");
//   train::load_state(model, "mnist.safetensors");        // all names, shapes and dtypes must fit
//
// Part of another model, as for transfer learning: the head stays as it is, whatever the file has for it.
//
//   train::load_state(model, "mnist.safetensors", {.filter = nn::not_(nn::path_contains("head"))});
//
// Source: torch.save, torch.nn.Module.load_state_dict.
#pragma once

#include <filesystem>

#include <ramie/nn/state.h>
#include <ramie/train/matching.h>
#include <ramie/train/safetensors.h>

namespace ramie::train {

// What a model computes with after training: parameters and batch statistics, no random streams or metrics.
inline bool is_weight(std::string_view path, const nn::VariableKind& kind) {
  return nn::is<nn::Param>(path, kind) || nn::is<nn::BatchStat>(path, kind);
}

struct LoadOptions {
  nn::Filter filter =
      is_weight;       // the variables to load; what the file has for the model's others is ignored
  bool strict = true;  // false: what only the model or only the file has is ignored, and told in the result
};

namespace detail {
void save_state(const std::vector<nn::Found>& variables, const std::filesystem::path& path,
                const nn::Filter& filter, const Metadata& metadata);
// All paths, tied ones too.
Unmatched load_state(const std::vector<nn::Found>& variables, const std::filesystem::path& path,
                     const LoadOptions& options);
template <class M>
std::vector<nn::Found> every_path(const M& model) {
  nn::detail::Collector c;
  nn::walk(c, "", model);
  return std::move(c.found);
}
}  // namespace detail

// As save_safetensors does; variables with two paths are stored once, under the first.
template <class M>
void save_state(const M& model, const std::filesystem::path& path, const nn::Filter& filter = is_weight,
                const Metadata& metadata = {}) {
  detail::save_state(nn::variables(model), path, filter, metadata);
}

// The values go where the model's are (CPU or GPU). After an error the model is as before. Errors as
// load_safetensors', and one that lists all names that are missing or unexpected, and all shapes and dtypes
// that differ.
template <class M>
Unmatched load_state(M& model, const std::filesystem::path& path, const LoadOptions& options = {}) {
  return detail::load_state(detail::every_path(model), path, options);
}

}  // namespace ramie::train
