// The readers of train/, as tests/fuzz/readers.h has those of data/.
#pragma once

#include <algorithm>

#include <ramie/nn/module.h>
#include <ramie/tensor/create.h>
#include <ramie/train/saved_state.h>

#include "fuzz/readers.h"

namespace ramie::fuzz {

inline bool read_safetensors(Bytes bytes) {
  return accepts(bytes, [](const auto& path) { train::load_safetensors(path); });
}

// A model of tests/fuzz's own: dtypes, an empty and a 0-d value, a tie, a statistic, a stream.
struct LoadedModel : nn::Module<LoadedModel> {
  nn::Param a{full({3}, 7)}, b{full({2, 2}, 7, float16)}, tied{a}, empty{zeros({0, 2})};
  nn::BatchStat scalar{full({}, 7, int64)};
  nn::RngState stream{full({}, 7)};
  using fields = nn::Fields<&LoadedModel::a, &LoadedModel::b, &LoadedModel::tied, &LoadedModel::empty,
                            &LoadedModel::scalar, &LoadedModel::stream>;
};
inline std::vector<std::string> values_of(const nn::State& state) {
  std::vector<std::string> values;
  for (const auto& [name, value] : state)
    values.emplace_back(reinterpret_cast<const char*>(value.view().data), value.layout().bytes());
  return values;
}

// The model has the file's values, or, after an error, its own; its layout and its stream stay in any case.
inline bool read_load_state(Bytes bytes) {
  LoadedModel model;
  const nn::State before = nn::state(model);
  const auto old_values = values_of(before);
  const bool taken = accepts(bytes, [&](const auto& path) {
    train::load_state(model, path);
    const nn::State file = train::load_safetensors(path).tensors;
    for (const auto& [name, value] : nn::state(model, train::is_weight))
      if (values_of({{"", value}}) != values_of({{"", file.at(name)}})) std::abort();
  });
  const nn::State after = nn::state(model);
  const auto new_values = values_of(after);
  if (!taken && new_values != old_values) std::abort();
  if (new_values.back() != old_values.back() || model.tied.cell() != model.a.cell()) std::abort();
  for (std::size_t i = 0; i < after.size(); ++i)
    if (!(after[i].second.layout() == before[i].second.layout())) std::abort();
  return taken;
}

}  // namespace ramie::fuzz
