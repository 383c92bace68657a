#include <ramie/nn/module_paths.h>

#include <fmt/format.h>

#include <algorithm>

#include <ramie/tensor/error.h>

namespace ramie::nn {
namespace {

// RNN<ramie::nn::LSTMCell> without the namespaces.
std::string short_name(std::string_view type_name) {
  std::string out(type_name);
  for (const std::string_view ours : {"ramie::nn::", "ramie::"})
    for (auto at = out.find(ours); at != out.npos; at = out.find(ours)) out.erase(at, ours.size());
  for (auto at = out.find("> >"); at != out.npos; at = out.find("> >")) out.erase(at + 1, 1);
  return out;
}

}  // namespace

void ModulePaths::enter(std::string_view name, std::string_view type_name) {
  lengths_.push_back(path_.size());
  if (!path_.empty() && !name.empty()) path_ += '.';
  path_ += name;
  type_name_ = type_name;
}
void ModulePaths::leave() {
  path_.resize(lengths_.back());
  lengths_.pop_back();
}
void ModulePaths::module(const std::type_info& type, void* module) {
  by_address_.emplace(module, static_cast<int>(all_.size()));
  all_.push_back({path_, short_name(type_name_), {module, &type}});
}

int ModulePaths::find(const detail::ModuleId& id) const {
  const auto [first, last] = by_address_.equal_range(id.address);
  const auto at = std::find_if(
      first, last, [&](auto& entry) { return all_[static_cast<std::size_t>(entry.second)].id == id; });
  return at == last ? -1 : at->second;
}

std::vector<bool> ModulePaths::chosen(const char* op, const ModuleFilter& filter) const {
  std::vector<bool> out;
  for (auto& m : all_) out.push_back(filter(m));
  if (std::find(out.begin(), out.end(), true) == out.end())
    fail(op, fmt::format("the filter takes none of the model's {} modules.", all_.size()));
  return out;
}

ModuleFilter ModulePaths::at(const char* op, std::string_view path) const {
  const auto is_there = [wanted = std::string(path)](const ModuleInfo& m) { return m.path == wanted; };
  if (std::find_if(all_.begin(), all_.end(), is_there) != all_.end()) return is_there;
  std::string there;
  for (auto& m : all_)
    if (!m.path.empty()) there += fmt::format("{}{}", there.empty() ? "" : ", ", m.path);
  fail(op, fmt::format("the model has no module \"{}\". Its modules are {}.", path, there));
}

}  // namespace ramie::nn
