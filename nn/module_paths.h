// The modules of a model by path, and by where they lie.
//
//   nn::ModulePaths paths(model);
//   for (auto& m : paths.all()) std::cout << m.path << ": " << m.type_name << "\n";     // conv1: Conv
//
// Valid until the model is moved, or modules in it are.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <ramie/nn/call.h>
#include <ramie/nn/visit.h>

namespace ramie::nn {

struct ModuleInfo {
  std::string path;       // "" of the model itself
  std::string type_name;  // "Conv"
  detail::ModuleId id;
};

// Chooses modules: [](const nn::ModuleInfo& m) { return m.path.starts_with("encoder"); }
using ModuleFilter = std::function<bool(const ModuleInfo& module)>;

template <class M>
struct IsA {
  bool operator()(const ModuleInfo& module) const { return *module.id.type == typeid(M); }
};
template <class M>
inline constexpr IsA<M> is_a{};  // nn::is_a<nn::Conv>

class ModulePaths final : public Visitor {
 public:
  template <class M>
  explicit ModulePaths(const M& model) {
    walk(*this, "", model);
  }
  const std::vector<ModuleInfo>& all() const { return all_; }  // in the model's order, each before its own
  // A module's place in all(); -1 if the model has none there.
  int find(const detail::ModuleId& id) const;
  // Those that a filter takes; an error of `op` if it takes none.
  std::vector<bool> chosen(const char* op, const ModuleFilter& filter) const;
  ModuleFilter at(const char* op, std::string_view path) const;  // an error that lists the paths there are

  void variable(std::string_view, VariableBase&, const VariableKind&) override {}
  void enter(std::string_view name, std::string_view type_name) override;
  void leave() override;
  void module(const std::type_info& type, void* module) override;

 private:
  std::string path_;
  std::vector<std::size_t> lengths_;
  std::string_view type_name_;
  std::vector<ModuleInfo> all_;
  std::unordered_multimap<const void*, int> by_address_;
};

}  // namespace ramie::nn
