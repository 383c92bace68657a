#include <fmt/format.h>

#include <numbers>

#include <ramie/autograd/elementwise_rules.h>
#include <ramie/tensor/error.h>
#include <ramie/tensor/polygamma.h>

namespace ramie {

using namespace detail;

Tensor exp2(const Tensor& x) {
  return unary(ops::exp2, x, save_output,
               Vjp{[](auto& dy, auto& y) { return Grads{multiply(dy, multiply(y, std::numbers::ln2))}; }});
}
Tensor log2(const Tensor& x) {
  return unary(ops::log2, x, save_input,
               Vjp{[](auto& dy, auto& v) { return Grads{divide(dy, multiply(v, std::numbers::ln2))}; }});
}
Tensor log10(const Tensor& x) {
  return unary(ops::log10, x, save_input,
               Vjp{[](auto& dy, auto& v) { return Grads{divide(dy, multiply(v, std::numbers::ln10))}; }});
}
Tensor cbrt(const Tensor& x) {
  return unary(ops::cbrt, x, save_output,
               Vjp{[](auto& dy, auto& y) { return Grads{divide(dy, multiply(square(y), 3))}; }});
}
Tensor trunc(const Tensor& x) { return unary(ops::trunc, x, save_nothing, zero_rule); }

Tensor erfc(const Tensor& x) {
  return unary(
      ops::erfc, x, save_input, Vjp{[](auto& dy, auto& v) {
        return Grads{multiply(dy, multiply(exp(negative(square(v))), -2 * std::numbers::inv_sqrtpi))};
      }});
}
Tensor lgamma(const Tensor& x) {
  return unary(ops::lgamma, x, save_input,
               Vjp{[](auto& dy, auto& v) { return Grads{multiply(dy, digamma(v))}; }});
}
Tensor digamma(const Tensor& x) {
  return unary(ops::digamma, x, save_input,
               Vjp{[](auto& dy, auto& v) { return Grads{multiply(dy, polygamma(1, v))}; }});
}
Tensor polygamma(int n, const Tensor& x) {
  constexpr int most = kernels::math::highest_polygamma;
  if (n < 0 || n > most)
    fail("polygamma", fmt::format("n is {}, but 0 to {} are there: the order of the derivative.", n, most));
  if (n == 0) return digamma(x);
  return with_number(ops::polygamma, x, 0, n, save_input,
                     Vjp{[n](auto& dy, auto& v) { return Grads{multiply(dy, polygamma(n + 1, v))}; }});
}

namespace {

// a - b, but 0 where both are the same infinity.
Tensor distance(const Tensor& a, const Tensor& b) {
  return where(logical_and(a == b, isinf(a)), 0, subtract(a, b));
}

}  // namespace

Tensor logaddexp(const Tensor& a, const Tensor& b) {
  return binary(ops::logaddexp, a, b, save_both, Vjp{[](auto& dy, Needs needs, auto& u, auto& v) {
                  return Grads{needs[0] ? multiply(dy, sigmoid(distance(u, v))) : Tensor(),
                               needs[1] ? multiply(dy, sigmoid(distance(v, u))) : Tensor()};
                }});
}
// The slope is 1 where x keeps its sign, else -1; x of 0 counts as positive, as for abs.
Tensor copysign(const Tensor& x, const Tensor& sign) {
  return binary(ops::copysign, x, sign, save_both, Vjp{[](auto& dy, Needs needs, auto& u, auto& v) {
                  Tensor du;
                  if (needs[0]) du = multiply(leaky_relu_backward(dy, u, -1), copysign(ones_like(v), v));
                  return Grads{du, needs[1] ? zeros_like(dy) : Tensor()};
                }});
}

// y = a - trunc(a / b) b
Tensor fmod(const Tensor& a, const Tensor& b) {
  return binary(ops::fmod, a, b, Saved{[](auto& y, auto& u, auto& v) { return save(y, u, v); }},
                Vjp{[](auto& dy, Needs needs, auto& y, auto& u, auto& v) {
                  Tensor db;
                  if (needs[1]) db = negative(multiply(dy, round(divide(subtract(u, y), v))));
                  return Grads{dy, db};
                }});
}
Tensor fmod(const Tensor& a, Scalar b) {
  return with_number(ops::fmod, a, 1, b, save_nothing, Vjp{[](auto& dy) { return Grads{dy}; }});
}
Tensor floor_divide(const Tensor& a, const Tensor& b) {
  check_not_bool("floor_divide", a.dtype(), b.dtype());
  return binary(ops::floor_divide, a, b, save_nothing, Vjp{[](auto& dy) {
                  return Grads{zeros_like(dy), zeros_like(dy)};
                }});
}
Tensor floor_divide(const Tensor& a, Scalar b) {
  return with_number(ops::floor_divide, a, 1, b, save_nothing, zero_rule);
}

}  // namespace ramie
