#include <ramie/autograd/elementwise_rules.h>

namespace ramie {

using namespace detail;

namespace {

// f_backward(dy, x) = dy f'(x), whose own rule is   d dy = f_backward(g, x),   dx = g dy f''(x).
template <class Second>
Tensor slope_times(const kernels::Op& op, const Tensor& dy, const Tensor& x, Second second) {
  return apply(op.name, {dy, x}, Forward{[&](auto& g, auto& v) { return launch(Elementwise(op), g, v); }},
               save_both, Vjp{[&op, second](auto& g, Needs needs, auto& u, auto& v) {
                 return Grads{needs[0] ? slope_times(op, g, v, second) : Tensor(),
                              needs[1] ? multiply(multiply(g, u), second(v)) : Tensor()};
               }},
               elementwise);
}
// The same with a number as the op's last operand.
template <class Second>
Tensor slope_times(const kernels::Op& op, const Tensor& dy, const Tensor& x, double number, Second second) {
  return apply(op.name, {dy, x}, Forward{[&](auto& g, auto& v) {
                 return launch(Elementwise::with_number(op, 2, number), g, v);
               }},
               save_both, Vjp{[&op, number, second](auto& g, Needs needs, auto& u, auto& v) {
                 return Grads{needs[0] ? slope_times(op, g, v, number, second) : Tensor(),
                              needs[1] ? multiply(multiply(g, u), second(v)) : Tensor()};
               }},
               elementwise);
}
constexpr auto straight = [](auto& x) { return zeros_like(x); };  // f'' of a function of straight lines

Tensor silu_second(const Tensor& x) {  // s (1 - s) (2 + x (1 - 2 s))
  const Tensor s = sigmoid(x);
  return s * (1 - s) * (x * (1 - 2 * s) + 2);
}
// With u = sqrt(2/pi) (x + 0.044715 x^3) and t = tanh(u):   (1 - t^2) (u' + x/2 (u'' - 2 t u'^2))
Tensor gelu_second(const Tensor& x) {
  constexpr double k = 0.7978845608028654, c = 0.044715;
  const Tensor t = tanh(k * (x + c * power(x, 3)));
  const Tensor du = k * (1 + 3 * c * square(x)), ddu = 6 * k * c * x;
  return (1 - square(t)) * (du + 0.5 * x * (ddu - 2 * t * square(du)));
}
Tensor gelu_exact_second(const Tensor& x) {  // the normal density times 2 - x^2
  return 0.3989422804014327 * exp(-0.5 * square(x)) * (2 - square(x));
}

}  // namespace

namespace detail {

Tensor tanh_backward(const Tensor& dy, const Tensor& y) {
  return slope_times(ops::tanh_backward, dy, y, [](auto& v) { return multiply(v, -2); });
}
Tensor sigmoid_backward(const Tensor& dy, const Tensor& y) {
  return slope_times(ops::sigmoid_backward, dy, y, [](auto& v) { return 1 - 2 * v; });
}
Tensor relu_backward(const Tensor& dy, const Tensor& y) {
  return slope_times(ops::relu_backward, dy, y, straight);
}
Tensor relu6_backward(const Tensor& dy, const Tensor& y) {
  return slope_times(ops::relu6_backward, dy, y, straight);
}
Tensor leaky_relu_backward(const Tensor& dy, const Tensor& x, double negative_slope) {
  return slope_times(ops::leaky_relu_backward, dy, x, negative_slope, straight);
}
Tensor elu_backward(const Tensor& dy, const Tensor& x, double alpha) {
  return slope_times(ops::elu_backward, dy, x, alpha,
                     [alpha](auto& v) { return where(v > 0, 0, multiply(exp(minimum(v, 0)), alpha)); });
}
Tensor silu_backward(const Tensor& dy, const Tensor& x) {
  return slope_times(ops::silu_backward, dy, x, silu_second);
}
Tensor gelu_backward(const Tensor& dy, const Tensor& x, bool approximate) {
  if (approximate) return slope_times(ops::gelu_backward, dy, x, gelu_second);
  return slope_times(ops::gelu_exact_backward, dy, x, gelu_exact_second);
}

}  // namespace detail

Tensor relu(const Tensor& x) {
  return unary(ops::relu, x, save_output, Vjp{[](auto& dy, auto& y) { return Grads{relu_backward(dy, y)}; }});
}
Tensor relu6(const Tensor& x) {
  return unary(ops::relu6, x, save_output,
               Vjp{[](auto& dy, auto& y) { return Grads{relu6_backward(dy, y)}; }});
}
Tensor leaky_relu(const Tensor& x, double negative_slope) {
  return with_number(
      ops::leaky_relu, x, 1, negative_slope, save_input,
      Vjp{[negative_slope](auto& dy, auto& v) { return Grads{leaky_relu_backward(dy, v, negative_slope)}; }});
}
Tensor elu(const Tensor& x, double alpha) {
  return with_number(ops::elu, x, 1, alpha, save_input,
                     Vjp{[alpha](auto& dy, auto& v) { return Grads{elu_backward(dy, v, alpha)}; }});
}
Tensor sigmoid(const Tensor& x) {
  return unary(ops::sigmoid, x, save_output,
               Vjp{[](auto& dy, auto& y) { return Grads{sigmoid_backward(dy, y)}; }});
}
Tensor softplus(const Tensor& x) {
  return unary(ops::softplus, x, save_input,
               Vjp{[](auto& dy, auto& v) { return Grads{multiply(dy, sigmoid(v))}; }});
}
Tensor silu(const Tensor& x) {
  return unary(ops::silu, x, save_input, Vjp{[](auto& dy, auto& v) { return Grads{silu_backward(dy, v)}; }});
}
Tensor gelu(const Tensor& x, bool approximate) {
  return unary(approximate ? ops::gelu : ops::gelu_exact, x, save_input,
               Vjp{[approximate](auto& dy, auto& v) { return Grads{gelu_backward(dy, v, approximate)}; }});
}

}  // namespace ramie
