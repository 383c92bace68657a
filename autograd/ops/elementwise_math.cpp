#include <ramie/autograd/elementwise_rules.h>

namespace ramie {

using namespace detail;

namespace {

constexpr double two_over_root_pi = 1.1283791670955126, half_root_pi = 0.886226925452758;

Tensor predicate(const kernels::Op& op, const Tensor& x) {
  return apply(op.name, {x}, Forward{[&](auto& v) { return launch(Elementwise(op), v); }}, elementwise);
}

}  // namespace

Tensor negative(const Tensor& x) {
  check_not_bool("negative", x.dtype(), bool_);
  return unary(ops::negative, x, save_nothing, Vjp{[](auto& dy) { return Grads{negative(dy)}; }});
}
Tensor abs(const Tensor& x) {  // the slope below 0 is -1
  return unary(ops::abs, x, save_input,
               Vjp{[](auto& dy, auto& v) { return Grads{leaky_relu_backward(dy, v, -1)}; }});
}
Tensor sign(const Tensor& x) { return unary(ops::sign, x, save_nothing, zero_rule); }
Tensor reciprocal(const Tensor& x) {
  return unary(ops::reciprocal, x, save_output,
               Vjp{[](auto& dy, auto& y) { return Grads{negative(multiply(dy, square(y)))}; }});
}
Tensor square(const Tensor& x) {
  return unary(ops::square, x, save_input,
               Vjp{[](auto& dy, auto& v) { return Grads{multiply(dy, multiply(v, 2))}; }});
}
Tensor sqrt(const Tensor& x) {
  return unary(ops::sqrt, x, save_output,
               Vjp{[](auto& dy, auto& y) { return Grads{multiply(divide(dy, y), 0.5)}; }});
}
Tensor rsqrt(const Tensor& x) {
  return unary(
      ops::rsqrt, x, Saved{[](auto& y, auto& v) { return save(y, v); }},
      Vjp{[](auto& dy, auto& y, auto& v) { return Grads{multiply(dy, multiply(divide(y, v), -0.5))}; }});
}

Tensor exp(const Tensor& x) {
  return unary(ops::exp, x, save_output, Vjp{[](auto& dy, auto& y) { return Grads{multiply(dy, y)}; }});
}
Tensor expm1(const Tensor& x) {
  return unary(ops::expm1, x, save_output,
               Vjp{[](auto& dy, auto& y) { return Grads{multiply(dy, add(y, 1))}; }});
}
Tensor log(const Tensor& x) {
  return unary(ops::log, x, save_input, Vjp{[](auto& dy, auto& v) { return Grads{divide(dy, v)}; }});
}
Tensor log1p(const Tensor& x) {
  return unary(ops::log1p, x, save_input,
               Vjp{[](auto& dy, auto& v) { return Grads{divide(dy, add(v, 1))}; }});
}
Tensor sin(const Tensor& x) {
  return unary(ops::sin, x, save_input, Vjp{[](auto& dy, auto& v) { return Grads{multiply(dy, cos(v))}; }});
}
Tensor cos(const Tensor& x) {
  return unary(ops::cos, x, save_input,
               Vjp{[](auto& dy, auto& v) { return Grads{negative(multiply(dy, sin(v)))}; }});
}
Tensor tanh(const Tensor& x) {
  return unary(ops::tanh, x, save_output, Vjp{[](auto& dy, auto& y) { return Grads{tanh_backward(dy, y)}; }});
}
Tensor erf(const Tensor& x) {
  return unary(ops::erf, x, save_input, Vjp{[](auto& dy, auto& v) {
                 return Grads{multiply(dy, multiply(exp(negative(square(v))), two_over_root_pi))};
               }});
}
Tensor erf_inv(const Tensor& x) {
  return unary(ops::erf_inv, x, save_output, Vjp{[](auto& dy, auto& y) {
                 return Grads{multiply(dy, multiply(exp(square(y)), half_root_pi))};
               }});
}

Tensor floor(const Tensor& x) { return unary(ops::floor, x, save_nothing, zero_rule); }
Tensor ceil(const Tensor& x) { return unary(ops::ceil, x, save_nothing, zero_rule); }
Tensor round(const Tensor& x) { return unary(ops::round, x, save_nothing, zero_rule); }

Tensor isnan(const Tensor& x) { return predicate(ops::isnan, x); }
Tensor isinf(const Tensor& x) { return predicate(ops::isinf, x); }
Tensor isfinite(const Tensor& x) { return predicate(ops::isfinite, x); }

}  // namespace ramie
