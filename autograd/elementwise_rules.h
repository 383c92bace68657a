// How elementwise ops are defined in a line or two: what all of them share. Included by
// autograd/ops/elementwise_*.cpp alone.
#pragma once

#include <ramie/autograd/apply.h>
#include <ramie/autograd/ops/elementwise.h>
#include <ramie/tensor/create.h>
#include <ramie/tensor/ops/elementwise.h>

namespace ramie::detail {

using kernels::Elementwise;
namespace ops = kernels::ops;

// What is saved of an input that the rule does not need.
inline const Tensor nothing;

template <class S, class V>
Tensor unary(const kernels::Op& op, const Tensor& x, const Saved<S>& saved, const Vjp<V>& rule) {
  return apply(op.name, {x}, Forward{[&](auto& v) { return launch(Elementwise(op), v); }}, saved, rule,
               elementwise);
}
// An op on a tensor and a number, which is operand `place`.
template <class S, class V>
Tensor with_number(const kernels::Op& op, const Tensor& x, int place, Scalar number, const Saved<S>& saved,
                   const Vjp<V>& rule) {
  return apply(op.name, {x},
               Forward{[&](auto& v) { return launch(Elementwise::with_number(op, place, number), v); }},
               saved, rule, elementwise);
}

// Subtracting truth values is an error, as in NumPy and JAX.
void check_not_bool(const char* op, DType a, DType b);

// True where x can be an operand of a result of this shape and dtype as it is. A kernel converts dtypes on
// its way, but only astype brings a gradient back.
inline bool fits(const Tensor& x, const Shape& shape, DType dtype) {
  return x.shape() == shape && (x.dtype() == dtype || !x.graph());
}
Tensor fitted(const Tensor& x, const Shape& shape, DType dtype);

// An op on two tensors of any shapes that broadcast. Broadcasting and conversion are ops of their own, so
// that rules need not undo them.
template <class S, class V>
Tensor binary(const kernels::Op& op, const Tensor& a, const Tensor& b, const Saved<S>& saved,
              const Vjp<V>& rule) {
  const bool same = a.shape() == b.shape();
  const DType dtype = promote(a.dtype(), b.dtype());
  const Shape& shape = a.shape();
  if (same && fits(a, shape, dtype) && fits(b, shape, dtype)) [[likely]]
    return apply(op.name, {a, b}, Forward{[&](auto& u, auto& v) { return launch(Elementwise(op), u, v); }},
                 saved, rule, elementwise);
  const Shape joint = broadcast(op.name, a.shape(), b.shape());
  return binary(op, fitted(a, joint, dtype), fitted(b, joint, dtype), saved, rule);
}

// Common choices of what to save.
inline constexpr auto save_nothing = Saved{[](auto&, auto&...) { return save(); }};
inline constexpr auto save_input = Saved{[](auto&, auto& x) { return save(x); }};
inline constexpr auto save_output = Saved{[](auto& y, auto&...) { return save(y); }};
inline constexpr auto save_both = Saved{[](auto&, auto& a, auto& b) { return save(a, b); }};

inline constexpr auto zero_rule = Vjp{[](auto& dy) { return Grads{zeros_like(dy)}; }};

}  // namespace ramie::detail
