// Functions whose derivatives are given, not derived: where the formula is better known, more stable, or
// meant to be another one (straight-through estimators, clipped gradients).
//
//   auto f = custom_vjp([](const Tensor& x) { return log(1 + exp(x)); },
//                       [](const Tensor& x) { return std::pair(log(1 + exp(x)), x); },      // value, kept
//                       [](const Tensor& x, const Tensor& dy) { return dy * sigmoid(x); });
//   auto g = custom_jvp([](const Tensor& x) { return round(x); },
//                       [](const Tensor& x, const Tensor& t) { return std::pair(round(x), t); });
//
// Arguments, results and what is kept are Tensors, or pairs, tuples, vectors, maps... of Tensors. With
// several arguments the rule of custom_vjp gives a tuple with a cotangent for each; that of custom_jvp takes
// all primals, then all tangents, and gives the pair of results and their tangents. Both work in reverse and
// forward mode, in vmap, and to higher orders: rules are differentiated as they stand. A rule gives
// derivatives by the arguments alone: what the functions close over counts as constant.
//
// Source: jax.custom_vjp, jax.custom_jvp.
#pragma once

#include <ramie/autograd/function.h>
#include <ramie/autograd/grad.h>

namespace ramie {
namespace detail {

// f as a function of a list; what it closes over is constant.
template <class Y, class F, class... A>
auto value_of(const F& f, const std::tuple<A...>& given, const Form<Y>& form) {
  return [=](const Tensors& x) {
    const NoGrad constant;
    return flat<Y>(form, std::apply(f, with_tensors(given, x)));
  };
}
// The cotangents of a rule with t for the primals: their linear map, transposed.
Tensors pull_through(const Function& f, const Tensors& x, const Tensors& cotangents);

}  // namespace detail

template <class F, class Forward, class Backward>
auto custom_vjp(F f, Forward forward, Backward backward) {
  return [=]<class... A>(const A&... arguments) {
    using Y = std::decay_t<std::invoke_result_t<const F&, const A&...>>;
    using detail::Tensors;
    const std::tuple<A...> given(arguments...);
    const auto form = std::make_shared<std::optional<Y>>();
    detail::Function function{"custom_vjp", detail::value_of<Y>(f, given, form), {}, {}};
    function.forward = [=](const Tensors& x) {
      auto [y, kept] = std::apply(forward, detail::with_tensors(given, x));
      const auto pull = [=, like = kept](const Tensors& k, const Tensors& dy) {
        return detail::tensors_of(backward(detail::with_tensors(like, k), detail::with_tensors(**form, dy)));
      };
      return detail::Pass{detail::flat<Y>(form, y), detail::tensors_of(kept), pull};
    };
    const Tensors y = detail::call_function(function, detail::tensors_of(given));
    return detail::with_tensors(**form, y);
  };
}

template <class F, class Rule>
auto custom_jvp(F f, Rule rule) {
  return [=]<class... A>(const A&... arguments) {
    using Y = std::decay_t<std::invoke_result_t<const F&, const A&...>>;
    using detail::Tensors;
    const std::tuple<A...> given(arguments...);
    const auto form = std::make_shared<std::optional<Y>>();
    detail::Function function{"custom_jvp", detail::value_of<Y>(f, given, form), {}, {}};
    function.push = [=](const Tensors& x, const Tensors& t) {
      auto [y, dy] =
          std::apply(rule, std::tuple_cat(detail::with_tensors(given, x), detail::with_tensors(given, t)));
      return std::pair(detail::flat<Y>(form, y), detail::tensors_of(dy));
    };
    function.forward = [=, value = function.value, push = function.push](const Tensors& x) {
      const auto pull = [=](const Tensors& kept, const Tensors& dy) {
        return detail::pull_through({"custom_jvp", value, {}, push}, kept, dy);
      };
      return detail::Pass{value(x), x, pull};
    };
    const Tensors y = detail::call_function(function, detail::tensors_of(given));
    return detail::with_tensors(**form, y);
  };
}

}  // namespace ramie
