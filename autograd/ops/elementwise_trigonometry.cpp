#include <ramie/autograd/elementwise_rules.h>

namespace ramie {

using namespace detail;

namespace {

Tensor one_minus_square(const Tensor& x) { return multiply(subtract(1, x), add(x, 1)); }
Tensor one_plus_square(const Tensor& x) { return add(square(x), 1); }

}  // namespace

Tensor tan(const Tensor& x) {
  return unary(ops::tan, x, save_output,
               Vjp{[](auto& dy, auto& y) { return Grads{multiply(dy, one_plus_square(y))}; }});
}
Tensor asin(const Tensor& x) {
  return unary(ops::asin, x, save_input,
               Vjp{[](auto& dy, auto& v) { return Grads{multiply(dy, rsqrt(one_minus_square(v)))}; }});
}
Tensor acos(const Tensor& x) {
  return unary(ops::acos, x, save_input, Vjp{[](auto& dy, auto& v) {
                 return Grads{negative(multiply(dy, rsqrt(one_minus_square(v))))};
               }});
}
Tensor atan(const Tensor& x) {
  return unary(ops::atan, x, save_input,
               Vjp{[](auto& dy, auto& v) { return Grads{divide(dy, one_plus_square(v))}; }});
}

Tensor sinh(const Tensor& x) {
  return unary(ops::sinh, x, save_input, Vjp{[](auto& dy, auto& v) { return Grads{multiply(dy, cosh(v))}; }});
}
Tensor cosh(const Tensor& x) {
  return unary(ops::cosh, x, save_input, Vjp{[](auto& dy, auto& v) { return Grads{multiply(dy, sinh(v))}; }});
}
Tensor asinh(const Tensor& x) {
  return unary(ops::asinh, x, save_input,
               Vjp{[](auto& dy, auto& v) { return Grads{multiply(dy, rsqrt(one_plus_square(v)))}; }});
}
Tensor acosh(const Tensor& x) {
  return unary(ops::acosh, x, save_input, Vjp{[](auto& dy, auto& v) {
                 return Grads{multiply(dy, multiply(rsqrt(subtract(v, 1)), rsqrt(add(v, 1))))};
               }});
}
Tensor atanh(const Tensor& x) {
  return unary(ops::atanh, x, save_input,
               Vjp{[](auto& dy, auto& v) { return Grads{divide(dy, one_minus_square(v))}; }});
}

// With the distance h of the point:   dy = x / h^2,   dx = -y / h^2, and no square leaves the range.
Tensor atan2(const Tensor& y, const Tensor& x) {
  return binary(ops::atan2, y, x, save_both, Vjp{[](auto& dy, Needs needs, auto& u, auto& v) {
                  const Tensor h = hypot(u, v), scaled = divide(dy, h);
                  return Grads{needs[0] ? multiply(scaled, divide(v, h)) : Tensor(),
                               needs[1] ? negative(multiply(scaled, divide(u, h))) : Tensor()};
                }});
}
Tensor hypot(const Tensor& a, const Tensor& b) {
  return binary(
      ops::hypot, a, b, Saved{[](auto& y, auto& u, auto& v) { return save(y, u, v); }},
      Vjp{[](auto& dy, Needs needs, auto& y, auto& u, auto& v) {
        const Tensor scaled = divide(dy, where(y == 0, 1, y));
        return Grads{needs[0] ? multiply(scaled, u) : Tensor(), needs[1] ? multiply(scaled, v) : Tensor()};
      }});
}

}  // namespace ramie
