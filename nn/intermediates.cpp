#include <ramie/nn/intermediates.h>

#include <fmt/format.h>

#include <map>
#include <string>

namespace ramie::nn {

class Intermediates::Log final : public detail::Observer {
 public:
  Log(ModulePaths paths, const ModuleFilter& filter)
      : paths_(std::move(paths)),
        chosen_(filter ? paths_.chosen("capture", filter) : std::vector<bool>(paths_.all().size(), true)) {}

  void after(const detail::ModuleId& id, const Tensor&, Tensor* output) override {
    const ModuleInfo* m = module(id);
    if (m && !m->path.empty() && output) add(m->path, *output);
  }
  void sow(const detail::ModuleId& id, std::string_view name, const Tensor& value) override {
    if (const ModuleInfo* m = module(id))
      add(m->path.empty() ? std::string(name) : fmt::format("{}.{}", m->path, name), value);
  }
  State take() {
    times_.clear();
    return std::exchange(state, State());
  }
  State state;

 private:
  const ModuleInfo* module(const detail::ModuleId& id) const {
    const int at = paths_.find(id);
    const auto i = static_cast<std::size_t>(at);
    return at >= 0 && chosen_[i] ? &paths_.all()[i] : nullptr;
  }
  void add(const std::string& path, const Tensor& value) {
    const int time = ++times_[path];
    state.add(time == 1 ? path : fmt::format("{}#{}", path, time), value);
  }
  ModulePaths paths_;
  std::vector<bool> chosen_;
  std::map<std::string, int> times_;
};

Intermediates::Intermediates(const ModuleFilter& filter, ModulePaths paths)
    : log_(std::make_shared<Log>(std::move(paths), filter)), observing_(log_) {}
const State& Intermediates::state() const { return log_->state; }
State Intermediates::take() { return log_->take(); }

}  // namespace ramie::nn
