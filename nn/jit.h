// jit for train steps: modules, optimizers, metrics and random streams may be arguments, or be used by
// reference.
//
//   auto train_step = nn::jit([](CNN& model, optim::Optimizer& optimizer, const data::Batch& batch) {
//     auto [loss, logits, grads] = nn::value_and_grad(loss_fn)(model, batch);
//     optimizer.update(model, grads);
//     return loss;
//   });
//   for (const data::Batch& batch : train) loss = train_step(model, optimizer, batch);
//
// PLAIN C++ VALUES ARE FROZEN WHEN IT IS RECORDED (autograd/jit.h says more). So a learning rate that changes
// belongs into a schedule, whose step count is a Variable:
//
//   optim::adam({.learning_rate = optim::cosine_decay_schedule(0.1, 1000)})          // moves on in every
//   replay double rate = 0.1;  nn::jit([&](...) { ... optim::sgd({.learning_rate = rate}) ... })    // 0.1
//   for ever
//
// A module's settings (strides, rates, deterministic, ...) are part of what a program is recorded for: a view
// with others records its own. Another model of the same structure and shapes uses the same program.
//
// Source: flax.nnx.jit.
#pragma once

#include <utility>

#include <ramie/autograd/jit.h>
#include <ramie/nn/module.h>

namespace ramie {
namespace nn {
namespace detail {

// Whether all settings below a T can be compared.
template <class T>
struct settings_keyed;
template <class Fields>
struct fields_keyed;
template <auto... members>
struct fields_keyed<Fields<members...>> : std::conjunction<settings_keyed<field_t<members>>...> {};

template <class T>
constexpr bool are_settings_keyed() {
  if constexpr (IsModule<T> && !Collects<T>)
    return fields_keyed<typename T::fields>::value;
  else if constexpr (!holds_state<T>::value)
    return ramie::detail::is_keyed<T>();
  else
    return true;  // a variable, a type that collects its own, or a container, which is walked element by
                  // element
}
template <class T>
struct settings_keyed : std::bool_constant<are_settings_keyed<T>()> {};
template <IsRange T>
requires(holds_state<T>::value && !IsMap<T> && !Collects<T> && !IsModule<T>) struct settings_keyed<T>
    : settings_keyed<std::remove_cvref_t<decltype(*std::declval<T&>().begin())>> {
};
template <IsMap T>
requires(holds_state<T>::value) struct settings_keyed<T> : settings_keyed<typename T::mapped_type> {
};
template <class T>
requires(holds_state<T>::value) struct settings_keyed<std::optional<T>> : settings_keyed<T> {
};

// Writes a module's structure and settings into a signature, and lists its variables.
class SignatureVisitor final : public Visitor {
 public:
  explicit SignatureVisitor(ramie::detail::Signature& s) : signature_(s) {}
  void variable(std::string_view, VariableBase& variable, const VariableKind&) override {
    signature_.cell(variable.cell());
    signature_.key.word(variable.tracked());
    if (variable.tracked()) signature_.cell(variable.gradient_cell());
  }
  void enter(std::string_view, std::string_view) override { signature_.key.word(1); }
  void leave() override { signature_.key.word(2); }
  void module(const std::type_info& type, void*) override { signature_.key.type(type); }
  Key* key() override { return &signature_.key; }

 private:
  ramie::detail::Signature& signature_;
};

}  // namespace detail

using ramie::jit;
using ramie::Jitted;

}  // namespace nn

namespace detail {

template <class T>
requires(nn::IsVariable<T> || nn::IsModule<T> || nn::Collects<T>) struct JitState<T> : std::true_type {
  static_assert(
      nn::detail::are_settings_keyed<T>(),
      "a module of a jitted function has a setting that cannot be compared: give its type an operator==");
  static void describe(Signature& s, const T& x) {
    nn::detail::SignatureVisitor v(s);
    nn::walk(v, "", x);
  }
};

}  // namespace detail
}  // namespace ramie
