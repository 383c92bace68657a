// Tensors by name in a safetensors file, which PyTorch, JAX and most others read and write too.
//
//   train::save_safetensors("model.safetensors", nn::state(model), {{"epoch", "3"}});
//   auto [tensors, metadata] = train::load_safetensors("model.safetensors");
//   nn::update(model, tensors);
//
// To put a file's weights into a model, with checks: train/saved_state.h. Source: huggingface/safetensors.
#pragma once

#include <concepts>
#include <filesystem>
#include <map>
#include <string>

#include <ramie/nn/state.h>

namespace ramie::train {

using Metadata = std::map<std::string, std::string>;

struct Safetensors {
  nn::State tensors;  // in the file's order, on the CPU
  Metadata metadata;
};

// Writes beside `path` and renames: after an error, or if the program or the machine stops, the file that was
// there before is whole. Values may be on any device. Errors name the file or the tensor: two of one name, a
// name that is reserved ("__metadata__") or not UTF-8, an undefined tensor, what the system says (a full
// disk, no such folder).
void save_safetensors(const std::filesystem::path& path, const nn::State& tensors,
                      const Metadata& metadata = {});
// A template, so that {{"a", x}} is a State.
template <std::same_as<std::map<std::string, Tensor>> Map>
void save_safetensors(const std::filesystem::path& path, const Map& tensors, const Metadata& metadata = {}) {
  nn::State state;
  for (const auto& [name, value] : tensors) state.add(name, value);
  save_safetensors(path, state, metadata);
}

// Errors name the file: not there, cut short, bytes left over, a damaged header, offsets with holes or
// overlaps, a name that comes twice, over 8 axes, a dtype that ramie has not (uint16, uint64, complex, 8 bits
// and less of float). Memory is bounded by the file's size.
Safetensors load_safetensors(const std::filesystem::path& path);

}  // namespace ramie::train
