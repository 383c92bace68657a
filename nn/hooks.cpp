#include <ramie/nn/hooks.h>

#include <fmt/format.h>

#include <memory>

#include <ramie/tensor/error.h>

namespace ramie::nn::detail {
namespace {

class ForwardHook final : public Observer {
 public:
  ForwardHook(ModulePaths paths, std::vector<bool> chosen, HookPlace place, HookFunction f)
      : paths_(std::move(paths)), chosen_(std::move(chosen)), place_(place), f_(std::move(f)) {}

  void before(const ModuleId& id, Tensor& input) override {
    if (const ModuleInfo* m = module(id, HookPlace::before))
      if (Tensor other = run({m->path, m->type_name, input, Tensor()})) input = std::move(other);
  }
  void after(const ModuleId& id, const Tensor& input, Tensor* output) override {
    const ModuleInfo* m = module(id, HookPlace::after);
    if (!m) return;
    Tensor other = run({m->path, m->type_name, input, output ? *output : Tensor()});
    if (!other) return;
    if (!output)
      fail("register_forward_hook",
           fmt::format("{} ({}) gives no Tensor, and no pair whose second is one: a hook cannot replace its "
                       "result.",
                       m->path.empty() ? "the model" : m->path, m->type_name));
    *output = std::move(other);
  }

 private:
  const ModuleInfo* module(const ModuleId& id, HookPlace place) const {
    if (place != place_ || running_) return nullptr;
    const int at = paths_.find(id);
    const auto i = static_cast<std::size_t>(at);
    return at >= 0 && chosen_[i] ? &paths_.all()[i] : nullptr;
  }
  Tensor run(const ModuleCall& call) {
    const Restore<bool> inside(running_, true);
    return f_(call);
  }
  ModulePaths paths_;
  std::vector<bool> chosen_;
  HookPlace place_;
  HookFunction f_;
  bool running_ = false;
};

}  // namespace

ModuleHook add_hook(ModulePaths paths, const ModuleFilter& filter, HookPlace place, HookFunction f) {
  const char* op = place == HookPlace::before ? "register_forward_pre_hook" : "register_forward_hook";
  std::vector<bool> chosen = paths.chosen(op, filter);
  return ModuleHook(
      Observing(std::make_shared<ForwardHook>(std::move(paths), std::move(chosen), place, std::move(f))));
}

}  // namespace ramie::nn::detail
