// Derivatives of whole tensors.
//
//   Tensor j = jacrev(f)(x);      // of y[i...] by x[j...]: shape [i..., j...], a row for each output
//   Tensor j = jacfwd(f)(x);      // the same, a column for each input: better where there are more outputs
//   Tensor h = hessian(f)(x);     // shape [i..., j..., j...]
//
// f takes any arguments and gives one Tensor; the position of the argument to differentiate by, a Tensor too,
// is the template argument: jacrev<1>(f)(a, b).
//
// Source: jax.jacrev, jax.jacfwd, jax.hessian.
#pragma once

#include <ramie/autograd/jvp.h>
#include <ramie/autograd/vmap.h>

namespace ramie {
namespace detail {

Tensor basis_of(const Tensor& x);                           // [size, shape...]: x's unit vectors
Tensor jacobian_rows(const Tensor& g, const Shape& y);      // [size of y, x...] -> [y..., x...]
Tensor jacobian_columns(const Tensor& dy, const Shape& x);  // [size of x, y...] -> [y..., x...]

// f as a function of one of its arguments.
template <int k, class F, class... A>
auto along(const F& f, const A&... arguments) {
  return [f, given = std::tuple<A...>(arguments...)](const Tensor& x) {
    auto all = given;
    std::get<k>(all) = x;
    return std::apply(f, all);
  };
}

}  // namespace detail

template <int k = 0, class F>
auto jacrev(F f) {
  return [f](const auto&... arguments) {
    const Tensor& x = std::get<k>(std::tie(arguments...));
    auto [y, pullback] = vjp(detail::along<k>(f, arguments...), x);
    return detail::jacobian_rows(vmap(pullback)(detail::basis_of(y)), y.shape());
  };
}

template <int k = 0, class F>
auto jacfwd(F f) {
  return [f](const auto&... arguments) {
    const Tensor& x = std::get<k>(std::tie(arguments...));
    const auto g = detail::along<k>(f, arguments...);
    const auto column = [&](const Tensor& v) { return jvp(g, x, v).second; };
    return detail::jacobian_columns(vmap(column)(detail::basis_of(x)), x.shape());
  };
}

template <int k = 0, class F>
auto hessian(F f) {
  return jacfwd<k>(jacrev<k>(std::move(f)));
}

}  // namespace ramie
