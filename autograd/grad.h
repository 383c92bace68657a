// Gradients of functions, as in JAX. They nest, and the functions may close over anything.
//
//   auto f = [](const Tensor& x) { return sum(x * x * x); };
//   Tensor df = grad(f)(x);                                    // 3 x^2
//   auto [y, dy] = value_and_grad(f)(x);
//   auto [da, db] = grad(loss, argnums<0, 2>)(a, b, c);        // several arguments: an array of gradients
//   auto [l, aux, d] = value_and_grad(with_aux)(x);            // a function that returns a pair: its second
//   is kept auto [value, pullback] = vjp(f, x);   pullback(cotangent);
#pragma once

#include <algorithm>
#include <array>
#include <tuple>
#include <utility>

#include <ramie/autograd/engine.h>

namespace ramie {

template <int... i>
struct Argnums {
  static_assert(sizeof...(i) > 0);
};
// The positions of the arguments to differentiate by.
template <int... i>
inline constexpr Argnums<i...> argnums{};

namespace detail {

template <class T>
struct is_vector : std::false_type {};
template <class T>
struct is_vector<std::vector<T>> : std::true_type {};

// One call of a transform.
class Level {
 public:
  // x as the function sees it: a fresh leaf, joined to the outside if a gradient may come from there.
  Tensor enter(const Tensor& x);
  // Whether somebody beyond this transform may differentiate y.
  bool nested(const Tensor& y) const { return outside_ && y.graph() && node(y)->outermost < number_; }
  std::vector<Tensor> gradients(const char* op, const Tensor& y) const;           // y is one number
  std::vector<Tensor> gradients(const Tensor& y, const Tensor& cotangent) const;  // again and again
  // What the transform hands out: without a graph that ends at its leaves. In pairs, tuples and vectors too.
  template <class T>
  T leave(T out) const {
    if constexpr (std::is_same_v<T, Tensor>)
      return nested(out) ? out : out.detach();
    else if constexpr (is_vector<T>::value)
      std::transform(out.begin(), out.end(), out.begin(), [&](auto&& v) { return leave(v); });
    else if constexpr (requires { std::tuple_size<T>::value; })
      std::apply([&](auto&... v) { ((v = leave(std::move(v))), ...); }, out);
    return out;
  }

 private:
  std::uint64_t number_ = next();
  bool outside_ = context.grad_enabled;
  std::vector<Tensor> leaves_;
  static std::uint64_t next();  // larger than those of the transforms around this one, on other threads too
};

template <std::size_t n>
auto packed(std::vector<Tensor> g) {
  if constexpr (n == 1) {
    return std::move(g[0]);
  } else {
    std::array<Tensor, n> out;
    std::move(g.begin(), g.end(), out.begin());
    return out;
  }
}
template <class T>
struct is_pair : std::false_type {};
template <class A, class B>
struct is_pair<std::pair<A, B>> : std::true_type {};

// Runs f with the chosen arguments replaced by leaves.
template <class F, int... i, class... A>
auto run_leaves(const F& f, Level& level, Argnums<i...>, const A&... arguments) {
  static_assert(((i >= 0 && i < static_cast<int>(sizeof...(A))) && ...),
                "argnums name arguments that are not there");
  std::tuple<A...> inside(arguments...);
  ((std::get<i>(inside) = level.enter(std::get<i>(inside))), ...);
  Restore<bool> recording(context.grad_enabled, true);
  return std::apply(f, inside);
}

}  // namespace detail

// (value, gradient), or (value, aux, gradient) where f returns the pair (value, aux). The value must be one
// floating number. Several argnums give a std::array of gradients.
template <class F, int... i>
auto value_and_grad(F f, Argnums<i...> which) {
  return [f, which](const auto&... arguments) {
    detail::Level level;
    auto result = detail::run_leaves(f, level, which, arguments...);
    constexpr std::size_t n = sizeof...(i);
    if constexpr (detail::is_pair<decltype(result)>::value) {
      auto g = level.gradients("value_and_grad", result.first);
      return std::tuple(level.leave(result.first), level.leave(std::move(result.second)),
                        detail::packed<n>(std::move(g)));
    } else {
      auto g = level.gradients("value_and_grad", result);
      return std::tuple(level.leave(result), detail::packed<n>(std::move(g)));
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

// f's value at the arguments, and a function from its cotangent to theirs, which may be called again.
template <class F, class... A>
auto vjp(F f, const Tensor& x, const A&... more) {
  static_assert((std::is_convertible_v<A, Tensor> && ...));
  detail::Level level;
  Tensor y = [&]<std::size_t... i>(std::index_sequence<i...>) {
    return detail::run_leaves(f, level, Argnums<static_cast<int>(i)...>{}, x, Tensor(more)...);
  }
  (std::make_index_sequence<1 + sizeof...(A)>());
  auto pullback = [y, level](const Tensor& cotangent) {
    return detail::packed<1 + sizeof...(A)>(level.gradients(y, cotangent));
  };
  return std::pair(level.leave(y), std::move(pullback));
}

}  // namespace ramie
