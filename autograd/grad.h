// Gradients of functions, as in JAX. They nest, and the functions may close over anything.
//
//   auto f = [](const Tensor& x) { return sum(x * x * x); };
//   Tensor df = grad(f)(x);                                    // 3 x^2
//   auto [y, dy] = value_and_grad(f)(x);
//   auto [da, db] = grad(loss, argnums<0, 2>)(a, b, c);        // several arguments: an array of gradients
//   auto [l, aux, d] = value_and_grad(with_aux)(x);            // of a function that returns a pair
//   auto [value, pullback] = vjp(f, x);   pullback(cotangent);
//
// An argument is a Tensor, or a pair, tuple, array, vector, map or optional of such, or a struct with a
// tree() (autograd/tree.h); its gradient is of the same type.
#pragma once

#include <algorithm>
#include <array>
#include <tuple>
#include <utility>

#include <ramie/autograd/engine.h>
#include <ramie/autograd/tree.h>

namespace ramie {

template <int... i>
struct Argnums {
  static_assert(sizeof...(i) > 0);
};
// The positions of the arguments to differentiate by.
template <int... i>
inline constexpr Argnums<i...> argnums{};

namespace detail {

std::uint64_t next_level();  // larger than those of the transforms around this one, on other threads too

// One call of a transform that goes backward.
class Level {
 public:
  // x as the function sees it: a fresh leaf, joined to the outside if a gradient may come from there.
  Tensor enter(const Tensor& x);
  template <class T>
  void enter_all(T& x) {
    each_tensor(x, [this](Tensor& t) {
      if (t) t = enter(t);
    });
  }
  std::vector<Tensor> gradients(const char* op, const Tensor& y) const;           // y is one number
  std::vector<Tensor> gradients(const Tensor& y, const Tensor& cotangent) const;  // again and again
  std::vector<Tensor> gradients(const std::vector<Tensor>& y, const std::vector<Tensor>& cotangents) const;
  // What the transform hands out: without a graph that ends at its leaves.
  template <class T>
  T leave(T out) const {
    each_tensor(out, [this](Tensor& t) { t = outside(t); });
    return out;
  }

 private:
  std::uint64_t number_ = next_level();
  bool outside_ = context.grad_enabled;
  std::vector<Tensor> leaves_;
  Tensor outside(const Tensor& x) const;
  // Whether somebody beyond this transform may differentiate y.
  bool nested(const Tensor& y) const;
};

// Of one argument as it is; of several Tensors an array, of others a tuple.
template <class T>
T packed(std::tuple<T>&& one) {
  return std::get<0>(std::move(one));
}
template <class... T>
auto packed(std::tuple<T...>&& g) {
  if constexpr ((std::is_same_v<T, Tensor> && ...))
    return std::apply([](auto&&... t) { return std::array<Tensor, sizeof...(T)>{std::move(t)...}; },
                      std::move(g));
  else
    return std::move(g);
}
// The gradients in the form of the chosen arguments.
template <int... i, class... A>
auto shaped(Argnums<i...>, const std::tuple<A...>& like, const std::vector<Tensor>& g) {
  auto next = g.begin();
  using Chosen = std::tuple<std::tuple_element_t<i, std::tuple<A...>>...>;
  Chosen out{std::get<i>(like)...};
  each_tensor(out, [&](Tensor& t) {
    if (t) t = *next++;
  });
  return packed(std::move(out));
}
template <class T>
struct is_pair : std::false_type {};
template <class A, class B>
struct is_pair<std::pair<A, B>> : std::true_type {};

// Runs f with the chosen arguments replaced by leaves.
template <class F, int... i, class... A>
auto run_leaves(const F& f, Level& level, Argnums<i...>, const std::tuple<A...>& arguments) {
  static_assert(((i >= 0 && i < static_cast<int>(sizeof...(A))) && ...),
                "argnums name arguments that are not there");
  std::tuple<A...> inside(arguments);
  (level.enter_all(std::get<i>(inside)), ...);
  Restore<bool> recording(context.grad_enabled, true);
  return std::apply(f, inside);
}
template <std::size_t... i>
constexpr auto all_argnums(std::index_sequence<i...>) {
  return Argnums<static_cast<int>(i)...>{};
}

}  // namespace detail

// (value, gradient), or (value, aux, gradient) where f returns the pair (value, aux). The value must be one
// floating number. Several argnums give a std::array of gradients (a tuple, if not all are Tensors).
template <class F, int... i>
auto value_and_grad(F f, Argnums<i...> which) {
  return [f, which]<class... A>(const A&... arguments) {
    detail::Level level;
    const std::tuple<A...> given(arguments...);
    auto result = detail::run_leaves(f, level, which, given);
    const auto gradients = [&](const Tensor& y) {
      return detail::shaped(which, given, level.gradients("value_and_grad", y));
    };
    if constexpr (detail::is_pair<decltype(result)>::value) {
      auto g = gradients(result.first);
      return std::tuple(level.leave(result.first), level.leave(std::move(result.second)), std::move(g));
    } else {
      auto g = gradients(result);
      return std::tuple(level.leave(result), std::move(g));
    }
  };
}
template <class F>
auto value_and_grad(F f) {
  return value_and_grad(std::move(f), argnums<0>);
}

// The gradient alone; (gradient, aux) where f returns a pair.
template <class F, int... i>
auto grad(F f, Argnums<i...> which) {
  return [both = value_and_grad(std::move(f), which)](const auto&... arguments) {
    auto result = both(arguments...);
    if constexpr (std::tuple_size_v<decltype(result)> == 2)
      return std::get<1>(std::move(result));
    else
      return std::pair(std::get<2>(result), std::get<1>(result));
  };
}
template <class F>
auto grad(F f) {
  return grad(std::move(f), argnums<0>);
}

// f's value at the arguments, and a function from a cotangent (of the value's type) to the arguments', which
// may be called again. An undefined cotangent counts as zeros.
template <class F, class... A>
auto vjp(F f, const A&... arguments) {
  detail::Level level;
  using All = decltype(detail::all_argnums(std::make_index_sequence<sizeof...(A)>()));
  const std::tuple<A...> given(arguments...);
  auto y = detail::run_leaves(f, level, All(), given);
  auto pullback = [given, level, outputs = detail::tensors_of(y)](const decltype(y)& cotangent) {
    return detail::shaped(All(), given, level.gradients(outputs, detail::tensors_of(cotangent)));
  };
  return std::pair(level.leave(std::move(y)), std::move(pullback));
}

}  // namespace ramie
