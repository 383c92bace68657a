// A gallery of wrong gradient rules, each with one mistake that people make. The forward is right in all of
// them; check_gradients must find every one. docs/autograd/exercises.md gives them as exercises.
#pragma once

#include <ramie/autograd/apply.h>
#include <ramie/autograd/engine.h>
#include <ramie/autograd/ops/elementwise.h>
#include <ramie/autograd/ops/matmul.h>
#include <ramie/autograd/ops/reduce.h>
#include <ramie/autograd/ops/shape.h>
#include <ramie/autograd/ops/softmax.h>
#include <ramie/tensor/create.h>

namespace ramie::gallery {

inline constexpr auto keep_input = Saved{[](auto&, auto& x) { return save(x); }};
inline constexpr auto keep_output = Saved{[](auto& y, auto&) { return save(y); }};
inline constexpr auto keep_both = Saved{[](auto&, auto& a, auto& b) { return save(a, b); }};

inline Tensor forgotten_factor(const Tensor& x) {
  return apply("forgotten_factor", {x}, Forward{[](auto& v) { return square(v); }}, keep_input,
               Vjp{[](auto& dy, auto& v) { return Grads{dy * v}; }});
}

inline Tensor wrong_sign(const Tensor& a, const Tensor& b) {
  return apply("wrong_sign", {a, b}, Forward{[](auto& u, auto& v) { return u - v; }}, Vjp{[](auto& dy) {
                 return Grads{dy, dy};
               }});
}

inline Tensor missing_chain(const Tensor& x) {
  return apply("missing_chain", {x}, Forward{[](auto& v) { return sin(v); }}, keep_input,
               Vjp{[](auto&, auto& v) { return Grads{cos(v)}; }});
}

inline Tensor missing_transpose(const Tensor& a, const Tensor& b) {  // of square matrices
  return apply("missing_transpose", {a, b}, Forward{[](auto& u, auto& v) { return matmul(u, v); }}, keep_both,
               Vjp{[](auto& dy, auto& u, auto& v) {
                 return Grads{matmul(dy, v), matmul(u.T(), dy)};
               }});
}

inline Tensor swapped_inputs(const Tensor& a, const Tensor& b) {
  return apply("swapped_inputs", {a, b}, Forward{[](auto& u, auto& v) { return u * v; }}, keep_both,
               Vjp{[](auto& dy, auto& u, auto& v) {
                 return Grads{dy * u, dy * v};
               }});
}

inline Tensor forgotten_broadcast_sum(const Tensor& x, const Tensor& bias) {  // x: [n,m], bias: [m]
  return apply("forgotten_broadcast_sum", {x, bias}, Forward{[](auto& v, auto& b) { return v + b; }},
               Vjp{[](auto& dy) {
                 return Grads{dy, dy[0]};
               }});
}

inline Tensor wrong_saved_tensor(const Tensor& x) {
  return apply("wrong_saved_tensor", {x}, Forward{[](auto& v) { return exp(v); }}, keep_input,
               Vjp{[](auto& dy, auto& v) { return Grads{dy * v}; }});
}

inline Tensor forgotten_square(const Tensor& x) {
  return apply("forgotten_square", {x}, Forward{[](auto& v) { return tanh(v); }}, keep_output,
               Vjp{[](auto& dy, auto& y) { return Grads{dy * (1 - y)}; }});
}

inline Tensor off_by_one(const Tensor& x) {  // the tail of a vector
  return apply("off_by_one", {x}, Forward{[](auto& v) { return contiguous(v.slice(0, 1, v.size())); }},
               Vjp{[](auto& dy) {
                 return Grads{pad(dy, {{0, 1}})};
               }});
}

inline Tensor detached_branch(const Tensor& x) { return x * stop_gradient(sigmoid(x)); }

inline Tensor diagonal_only(const Tensor& x) {
  return apply("diagonal_only", {x}, Forward{[](auto& v) { return softmax(v); }}, keep_output,
               Vjp{[](auto& dy, auto& y) { return Grads{dy * y * (1 - y)}; }});
}

inline Tensor forgotten_count(const Tensor& x) {
  return apply("forgotten_count", {x}, Forward{[](auto& v) { return mean(v); }},
               Vjp{[shape = x.shape()](auto& dy) { return Grads{broadcast_to(dy, shape)}; }});
}

// Passes where dy is positive, not where x is.
inline Tensor wrong_side_of_the_kink(const Tensor& x) {
  return apply("wrong_side_of_the_kink", {x}, Forward{[](auto& v) { return relu(v); }},
               Vjp{[](auto& dy) { return Grads{where(dy > 0, dy, 0)}; }});
}

// Right at first order only.
inline Tensor right_only_once(const Tensor& x) {
  return apply("right_only_once", {x}, Forward{[](auto& v) { return v * v * v; }}, keep_input,
               Vjp{[](auto& dy, auto& v) { return Grads{dy * stop_gradient(square(v)) * 3}; }});
}

}  // namespace ramie::gallery
