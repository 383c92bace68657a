// Values that are made of Tensors: a Tensor itself, and pairs, tuples, arrays, vectors, maps and optionals of
// such values, in any nesting. Transforms take them as arguments and results; what is no Tensor passes by.
// A struct takes part with a member that lists those of its members that count, as JAX's pytree nodes do:
//
//   struct Layer {
//     Tensor kernel, bias;
//     auto tree() { return std::tie(kernel, bias); }
//   };
//   Layer gradients = grad(loss)(layer, x);
#pragma once

#include <array>
#include <optional>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <ramie/tensor/program/key.h>

namespace ramie::detail {

// Types that hold state instead, and are left alone; nn/jit.h says it of modules.
template <class T>
struct JitState : std::false_type {};

template <class T>
concept Tree = requires(std::remove_cvref_t<T>& x) {
  { x.tree() } -> TupleOfValues;
};
// Its members, which nobody changes through a const one.
template <class T>
auto members(const T& tree) {
  return const_cast<T&>(tree).tree();
}

// Calls f(Tensor&) for all Tensors of a value, in order.
template <class T, class F>
void each_tensor(T& x, const F& f) {
  using U = std::remove_cv_t<T>;
  if constexpr (std::is_same_v<U, Tensor>)
    f(x);
  else if constexpr (Tree<U>) {
    std::apply([&](auto&... v) { (each_tensor(v, f), ...); }, members(x));
  } else if constexpr (is_optional<U>::value) {
    if (x) each_tensor(*x, f);
  } else if constexpr (RangeOfValues<U> && !std::is_convertible_v<U, std::string_view> &&
                       !JitState<U>::value) {
    for (auto&& v : x) each_tensor(v, f);
  } else if constexpr (TupleOfValues<U> && !JitState<U>::value) {
    std::apply([&](auto&... v) { (each_tensor(v, f), ...); }, x);
  }
}

template <class... T>
std::vector<Tensor> tensors_of(const T&... x) {
  std::vector<Tensor> out;
  (each_tensor(x, [&](const Tensor& t) { out.push_back(t); }), ...);
  return out;
}

// A value like x with other Tensors, taken from `next` on.
template <class T, class Iterator>
T with_tensors(T x, Iterator& next) {
  each_tensor(x, [&](Tensor& t) { t = *next++; });
  return x;
}
template <class T>
T with_tensors(T x, const std::vector<Tensor>& all) {
  auto next = all.begin();
  return with_tensors(std::move(x), next);
}

}  // namespace ramie::detail
