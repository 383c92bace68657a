// Forward hooks see, and may change, what goes into modules and what comes out of them.
//
//   nn::ModuleHook h = nn::register_forward_hook(model, "conv1", [](const nn::ModuleCall& c) {
//     std::cout << c.path << ": " << str(c.output.layout()) << "\n";                            // sees
//   });
//   auto k = nn::register_forward_hook(model, nn::is_a<nn::Linear>,
//                                      [](const nn::ModuleCall& c) { return c.output * 2; }); // changes
//   auto p = nn::register_forward_pre_hook(model, "", [](const nn::ModuleCall& c) { return c.input / 255; });
//   h.remove();                                    // or at the end of h's life
//
// A hook belongs to this thread and to this model: the object, where it lies now. A copy or a view of it is
// another model. Hooks run in the order of their registration, and do not see what they call themselves.
// While a thread has hooks, its jitted functions run as C++, since a replay calls no modules. nn/call.h says
// which modules are seen, and what of their inputs and results.
//
// Source: torch.nn.Module.register_forward_hook, register_forward_pre_hook.
#pragma once

#include <functional>
#include <string_view>
#include <type_traits>
#include <utility>

#include <ramie/nn/module_paths.h>

namespace ramie::nn {

struct ModuleCall {
  std::string_view path, type_name;  // "encoder.conv1", "Conv"
  const Tensor& input;
  const Tensor& output;  // undefined before the call, and where the result is not seen
};

// Keeps the hook in place.
class [[nodiscard]] ModuleHook {
 public:
  explicit ModuleHook(detail::Observing observing) : observing_(std::move(observing)) {}
  void remove() { observing_.stop(); }  // later calls do nothing

 private:
  detail::Observing observing_;
};

namespace detail {

using HookFunction = std::function<Tensor(const ModuleCall&)>;  // undefined: nothing changes
enum class HookPlace { before, after };
ModuleHook add_hook(ModulePaths paths, const ModuleFilter& filter, HookPlace place, HookFunction f);

template <class F>
HookFunction hook_function(F f) {
  if constexpr (std::is_void_v<std::invoke_result_t<F&, const ModuleCall&>>)
    return [f](const ModuleCall& call) mutable {
      f(call);
      return Tensor();
    };
  else
    return f;
}

}  // namespace detail

// f takes the call, and gives nothing, or the output that is to take its place, or an undefined Tensor if
// none is. Modules are chosen by a path ("" is the model itself) or by a filter; none is an error.
template <class M, class F>
ModuleHook register_forward_hook(const M& model, const ModuleFilter& filter, F f) {
  return detail::add_hook(ModulePaths(model), filter, detail::HookPlace::after, detail::hook_function(f));
}
template <class M, class F>
ModuleHook register_forward_hook(const M& model, std::string_view path, F f) {
  return register_forward_hook(model, ModulePaths(model).at("register_forward_hook", path), std::move(f));
}

// The same before the call: f may give another input.
template <class M, class F>
ModuleHook register_forward_pre_hook(const M& model, const ModuleFilter& filter, F f) {
  return detail::add_hook(ModulePaths(model), filter, detail::HookPlace::before, detail::hook_function(f));
}
template <class M, class F>
ModuleHook register_forward_pre_hook(const M& model, std::string_view path, F f) {
  return register_forward_pre_hook(model, ModulePaths(model).at("register_forward_pre_hook", path),
                                   std::move(f));
}

}  // namespace ramie::nn
