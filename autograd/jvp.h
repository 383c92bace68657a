// Forward mode, as in JAX: derivatives along a direction, computed beside the value.
//
//   auto [y, dy] = jvp(f, x, v);                                        // dy = f'(x) v
//   auto [y, dy] = jvp(f, std::tuple(a, b), std::tuple(va, vb));        // of several arguments
//   auto [y, push] = linearize(f, x);   push(v);   push(w);             // f runs once
//   Tensor h = hvp(loss, x, v);                                         // Hessian times v
//
// Arguments and results are Tensors, or pairs, tuples, vectors, maps... of Tensors. A tangent has the type of
// what it belongs to; undefined Tensors in it count as zeros, and stand for integers.
//
// Source: jax.jvp, jax.linearize.
#pragma once

#include <ramie/autograd/grad.h>
#include <ramie/autograd/trace.h>
#include <ramie/tensor/create.h>

namespace ramie {
namespace detail {

template <class T>
struct is_tuple : std::false_type {};
template <class... T>
struct is_tuple<std::tuple<T...>> : std::true_type {};

std::vector<Tensor> enter_duals(std::uint64_t level, const std::vector<Tensor>& x,
                                const std::vector<Tensor>& tangents);
Tensor tangent_of(std::uint64_t level, const Tensor& y);  // zeros if it has none; undefined for integers
Tensor primal_of(std::uint64_t level, const Tensor& y);

}  // namespace detail

// (value, tangent) of f at the primals, in the direction of the tangents. Tuples give several arguments.
template <class F, class P>
auto jvp(const F& f, const P& primals, const P& tangents) {
  if constexpr (!detail::is_tuple<P>::value) {
    return jvp(f, std::tuple<P>(primals), std::tuple<P>(tangents));
  } else {
    const std::uint64_t level = detail::next_level();
    const auto inside = detail::enter_duals(level, detail::tensors_of(primals), detail::tensors_of(tangents));
    auto y = std::apply(f, detail::with_tensors(primals, inside));
    auto dy = y;
    detail::each_tensor(dy, [level](Tensor& t) { t = detail::tangent_of(level, t); });
    detail::each_tensor(y, [level](Tensor& t) { t = detail::primal_of(level, t); });
    return std::pair(std::move(y), std::move(dy));
  }
}

// f's value at the arguments, and the linear function from tangents (one for each argument) to the value's.
template <class F, class... A>
auto linearize(const F& f, const A&... arguments) {
  using All = decltype(detail::all_argnums(std::make_index_sequence<sizeof...(A)>()));
  detail::Level primals, cotangents;
  auto y = detail::run_leaves(f, primals, All(), std::tuple<A...>(arguments...));
  const Restore<bool> recording(context.grad_enabled, true);
  auto u = y;
  detail::each_tensor(u, [&](Tensor& t) {
    if (t) t = is_floating(t.dtype()) ? cotangents.enter(zeros_like(t)) : Tensor();
  });
  auto pulled = primals.gradients(detail::tensors_of(y), detail::tensors_of(u));
  y = primals.leave(std::move(y));
  auto push = [y, primals, cotangents, pulled = std::move(pulled)](const A&... tangents) {
    const auto dy = cotangents.gradients(pulled, detail::tensors_of(tangents...));
    auto out = y;
    auto next = dy.begin();
    detail::each_tensor(out, [&](Tensor& t) {
      if (t) t = is_floating(t.dtype()) ? *next++ : Tensor();
    });
    return primals.leave(cotangents.leave(std::move(out)));
  };
  return std::pair(std::move(y), std::move(push));
}

// The Hessian of a function to one number, times v: forward over reverse.
template <class F, class T>
T hvp(const F& f, const T& x, const T& v) {
  return jvp(grad(f), x, v).second;
}

}  // namespace ramie
