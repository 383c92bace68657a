#include <ramie/train/saved_state.h>

#include <map>

namespace ramie::train::detail {

void save_state(const std::vector<nn::Found>& variables, const std::filesystem::path& path,
                const nn::Filter& filter, const Metadata& metadata) {
  save_safetensors(path, nn::detail::state(variables, filter), metadata);
}

Unmatched load_state(const std::vector<nn::Found>& variables, const std::filesystem::path& path,
                     const LoadOptions& options) {
  const nn::State file = load_safetensors(path).tensors;
  std::vector<Wanted> wanted;
  std::map<const Cell*, std::string> firsts;
  for (const auto& [name, variable, kind] : variables) {
    const auto [at, is_first] = firsts.try_emplace(variable->cell().get(), name);
    const bool loaded = options.filter(at->second, *kind);
    wanted.push_back(
        {name, variable->value().layout(), is_first && loaded, is_first || !loaded ? "" : at->second});
  }
  Unmatched unmatched = match("load_state", path.string(), wanted, file, options.strict);
  nn::State values;
  for (std::size_t i = 0; i < wanted.size(); ++i)
    if (const Tensor* value = wanted[i].loaded ? file.find(wanted[i].name) : nullptr)
      values.add(wanted[i].name, value->to(variables[i].variable->value().device()));
  nn::detail::update(variables, values);
  return unmatched;
}

}  // namespace ramie::train::detail
