// Gradients of functions, as in JAX. They nest, and the functions may close over anything.
//
//   auto f = [](const Tensor& x) { return sum(x * x * x); };
//   Tensor df = grad(f)(x);                                    // 3 x^2
//   auto [y, dy] = value_and_grad(f)(x);
//   auto [da, db] = grad(loss, argnums<0, 2>)(a, b, c);        // several arguments: an array of gradients
//   auto [l, aux, d] = value_and_grad(with_aux)(x);            // a function that returns a pair: its second is kept
//   auto [value, pullback] = vjp(f, x);   pullback(cotangent);
#pragma once

#include <array>
#include <tuple>
#include <utility>

#include <ramie/autograd/engine.h>

namespace ramie {

template <int... i> struct Argnums {
  static_assert(sizeof...(i) > 0);
};
// The positions of the arguments to differentiate by.
template <int... i> inline constexpr Argnums<i...> argnums{};

namespace detail {

// x as a transform's function sees it: a fresh leaf, joined to the outside if a gradient may come from there.
Tensor enter(const Tensor& x, bool outside);
// The gradients by the leaves, and whether the value depends on anything outside of them.
struct Level {
  bool outside = context.grad_enabled;  // somebody beyond this transform may differentiate it
  std::vector<Tensor> leaves;
  bool nested(const Tensor& y) const;
  std::vector<Tensor> gradients(const char* op, const Tensor& y) const;
  Tensor leave(const Tensor& y) const { return nested(y) ? y : y.detach(); }
};

template <std::size_t n> auto packed(std::vector<Tensor> g) {
  if constexpr (n == 1) {
    return std::move(g[0]);
  } else {
    std::array<Tensor, n> out;
    std::move(g.begin(), g.end(), out.begin());
    return out;
  }
}
template <class T> struct is_pair : std::false_type {};
template <class A, class B> struct is_pair<std::pair<A, B>> : std::true_type {};

// Runs f with the chosen arguments replaced by leaves.
template <class F, int... i, class... A> auto run_leaves(F& f, Level& level, Argnums<i...>, const A&... arguments) {
  static_assert(((i >= 0 && i < static_cast<int>(sizeof...(A))) && ...), "argnums name arguments that are not there");
  std::tuple<A...> inside(arguments...);
  ((std::get<i>(inside) = enter(std::get<i>(inside), level.outside), level.leaves.push_back(std::get<i>(inside))), ...);
  Restore<bool> recording(context.grad_enabled, true);
  return std::apply(f, inside);
}

}  // namespace detail

// (value, gradient), or (value, aux, gradient) where f returns the pair (value, aux). The value must be one
// floating number. Several argnums give a std::array of gradients.
template <class F, int... i> auto value_and_grad(F f, Argnums<i...> which) {
  return [f, which](const auto&... arguments) mutable {
    detail::Level level;
    auto result = detail::run_leaves(f, level, which, arguments...);
    constexpr std::size_t n = sizeof...(i);
    if constexpr (detail::is_pair<decltype(result)>::value) {
      auto g = level.gradients("value_and_grad", result.first);
      return std::tuple(level.leave(result.first), std::move(result.second), detail::packed<n>(std::move(g)));
    } else {
      auto g = level.gradients("value_and_grad", result);
      return std::tuple(level.leave(result), detail::packed<n>(std::move(g)));
    }
  };
}
template <class F> auto value_and_grad(F f) { return value_and_grad(std::move(f), argnums<0>); }

// The gradient alone; (gradient, aux) where f returns a pair.
template <class F, int... i> auto grad(F f, Argnums<i...> which) {
  return [both = value_and_grad(std::move(f), which)](const auto&... arguments) mutable {
    auto result = both(arguments...);
    if constexpr (std::tuple_size_v<decltype(result)> == 2) return std::get<1>(std::move(result));
    else return std::pair(std::get<2>(result), std::get<1>(result));
  };
}
template <class F> auto grad(F f) { return grad(std::move(f), argnums<0>); }

// f's value at the arguments, and a function from its cotangent to theirs, which may be called again.
template <class F, class... A> auto vjp(F f, const Tensor& x, const A&... more) {
  static_assert((std::is_convertible_v<A, Tensor> && ...));
  detail::Level level;
  Tensor y = [&]<std::size_t... i>(std::index_sequence<i...>) {
    return detail::run_leaves(f, level, Argnums<static_cast<int>(i)...>{}, x, Tensor(more)...);
  }(std::make_index_sequence<1 + sizeof...(A)>());
  auto pullback = [y, level](const Tensor& cotangent) {
    const BackwardOptions options{.retain_graph = true, .create_graph = level.nested(y) || cotangent.graph()};
    return detail::packed<1 + sizeof...(A)>(gradients(y, level.leaves, cotangent, options));
  };
  return std::pair(level.leave(y), std::move(pullback));
}

}  // namespace ramie
