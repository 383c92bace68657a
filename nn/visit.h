// How everything is found in a model. walk() goes through modules, optionals, variants, ranges, maps and
// tuples and tells a Visitor what it meets; state, split, update, printing and the optimizers are ordinary
// functions on that. Any type may take part with a member
//
//   void collect(nn::Visitor& visitor, std::string_view name);
#pragma once

#include <array>
#include <concepts>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <typeinfo>
#include <variant>

#include <ramie/autograd/ops/conv2d.h>
#include <ramie/nn/fields.h>
#include <ramie/nn/variable.h>
#include <ramie/tensor/program/key.h>

namespace ramie::nn {

class Visitor {
 public:
  virtual ~Visitor() = default;
  virtual void variable(std::string_view name, VariableBase& variable, const VariableKind& kind) = 0;
  // A module, or a container (type_name is empty) around what follows, up to leave().
  virtual void enter(std::string_view name, std::string_view type_name) = 0;
  virtual void leave() = 0;
  virtual void module(const std::type_info&, void* /*module*/) {}  // directly after its enter()
  virtual void setting(std::string_view /*name*/, const std::string& /*text*/) {}
  virtual bool wants_settings() const { return false; }
  virtual Key* key() { return nullptr; }  // where settings are written for comparison
};

template <class T>
concept IsVariable = std::derived_from<T, VariableBase>;
template <class T>
concept IsModule = requires {
  typename std::remove_cvref_t<T>::fields;
};
template <class T>
concept Collects = requires(T& t, Visitor& v) {
  t.collect(v, std::string_view());
};

namespace detail {

// How settings print.
std::string whole_text(std::int64_t n);
std::string setting_text(double x);
std::string setting_text(float x);
std::string setting_text(const std::string& s);
std::string setting_text(DType t);
std::string setting_text(const Padding& p);
std::string setting_text(const Shape& s);
// Templates, since pointers and lambdas would convert to bool.
template <std::same_as<bool> B>
std::string setting_text(B b) {
  return b ? "true" : "false";
}
template <std::integral N>
requires(!std::same_as<N, bool>) std::string setting_text(N n) {
  return whole_text(static_cast<std::int64_t>(n));
}
template <std::size_t n>
std::string setting_text(const std::array<std::int64_t, n>& a) {
  return str(Shape(std::span(a)));
}

template <class T>
concept IsRange = requires(T& t) {
  t.begin();
  t.end();
}
&&!std::is_convertible_v<T, std::string_view>;
template <class T>
concept IsMap = IsRange<T> && requires {
  typename T::mapped_type;
};
template <class T>
concept IsOptional = requires(T& t) {
  t.has_value();
  *t;
};
template <class T>
concept IsTuple = requires {
  std::tuple_size<T>::value;
}
&&!IsRange<T>;
template <class T>
concept IsVariant = requires {
  std::variant_size<T>::value;
};
template <class T>
concept IsPointer = requires(T& t) {
  *t;
}
&&(std::is_pointer_v<T> || requires(T & t) { t.get(); });

// Whether something below a T can hold state.
template <class T>
struct holds_state : std::bool_constant<IsVariable<T> || IsModule<T> || Collects<T>> {};
template <IsOptional T>
struct holds_state<T> : holds_state<std::remove_cvref_t<decltype(*std::declval<T&>())>> {};
template <IsRange T>
requires(!IsMap<T> && !Collects<T> && !IsModule<T>) struct holds_state<T>
    : holds_state<std::remove_cvref_t<decltype(*std::declval<T&>().begin())>> {
};
template <IsMap T>
struct holds_state<T> : holds_state<typename T::mapped_type> {};
template <IsPointer T>
struct holds_state<T> : holds_state<std::remove_cvref_t<decltype(*std::declval<T&>())>> {};
template <class... T>
struct holds_state<std::variant<T...>> : std::disjunction<holds_state<T>...> {};
template <class... T>
struct holds_state<std::tuple<T...>> : std::disjunction<holds_state<T>...> {};
template <class A, class B>
struct holds_state<std::pair<A, B>> : std::disjunction<holds_state<A>, holds_state<B>> {};

template <class K>
std::string key_text(const K& key) {
  if constexpr (std::is_convertible_v<K, std::string>)
    return std::string(key);
  else
    return setting_text(key);
}

}  // namespace detail

template <class T>
void walk(Visitor& v, std::string_view name, T& node) {
  if constexpr (IsVariable<T>) {
    v.variable(name, node, T::the_kind());
  } else if constexpr (Collects<T>) {
    node.collect(v, name);
  } else if constexpr (IsModule<T>) {
    static_assert(
        T::fields::template lists_every_member<T>(),
        "`using fields` must list all members of the module, in declaration order; a module has no virtual "
        "functions and no other members");
    v.enter(name, detail::type_name<T>());
    v.module(typeid(T), &node);
    T::fields::visit(node, [&](std::string_view member, auto& m) { walk(v, member, m); });
    v.leave();
  } else if constexpr (!detail::holds_state<T>::value) {
    if (Key* key = v.key()) {
      if constexpr (ramie::detail::is_keyed<T>()) key->add(node);
    }
    if constexpr (requires { detail::setting_text(node); }) {
      if (v.wants_settings()) v.setting(name, detail::setting_text(node));
    }
  } else if constexpr (detail::IsPointer<T>) {
    static_assert(!detail::IsPointer<T>,
                  "a module holds modules and variables by value, or in std::optional, std::vector, "
                  "std::map, std::tuple, "
                  "std::variant or nn::Any: behind a pointer they could not be copied as a view");
  } else if constexpr (detail::IsVariant<T>) {
    std::visit([&](auto& held) { walk(v, name, held); }, node);
  } else if constexpr (detail::IsOptional<T>) {
    if (node)
      walk(v, name, *node);
    else
      v.setting(name, "none");
  } else {
    v.enter(name, "");
    if constexpr (detail::IsMap<T>) {
      for (auto& [key, m] : node) walk(v, detail::key_text(key), m);
    } else if constexpr (detail::IsRange<T>) {
      std::int64_t i = 0;
      for (auto& m : node) walk(v, detail::key_text(i++), m);
    } else {
      static_assert(detail::IsTuple<T>);
      std::int64_t i = 0;
      std::apply([&](auto&... m) { (walk(v, detail::key_text(i++), m), ...); }, node);
    }
    v.leave();
  }
}

// A const model is walked as it is: its variables are references, and no visitor of ours writes settings
// through it.
template <class T>
void walk(Visitor& v, std::string_view name, const T& node) {
  walk(v, name, const_cast<T&>(node));
}

}  // namespace ramie::nn
