#include <cmath>

#include <ramie/autograd/elementwise_rules.h>
#include <ramie/autograd/engine.h>
#include <ramie/autograd/ops/shape.h>
#include <ramie/tensor/error.h>

namespace ramie {

using namespace detail;

namespace {

constexpr auto pass_rule = Vjp{[](auto& dy) { return Grads{dy}; }};

// The part of the gradient of maximum(a, b) that a gets: 1, 1/2 or 0. It is constant almost everywhere.
Tensor share(const Tensor& a, const Tensor& b) {
  return apply("share", {stop_gradient(a), stop_gradient(b)},
               Forward{[](auto& u, auto& v) { return launch(Elementwise(ops::share), u, v); }}, elementwise);
}
Tensor share(const Tensor& x, Scalar number, int place) {
  return apply("share", {stop_gradient(x)}, Forward{[&](auto& v) {
                 return launch(Elementwise::with_number(ops::share, place, number), v);
               }},
               elementwise);
}
Tensor clip_share(const Tensor& x, Scalar low, Scalar high) {
  return apply("clip_share", {stop_gradient(x)}, Forward{[&](auto& v) {
                 return launch(Elementwise::with_numbers(ops::clip_share, low, high), v);
               }},
               elementwise);
}

}  // namespace

Tensor detail::fitted(const Tensor& x, const Shape& shape, DType dtype) {
  const Tensor cast = x.graph() ? astype(x, dtype) : x;
  return cast.shape() == shape ? cast : broadcast_to(cast, shape);
}

void detail::check_not_bool(const char* op, DType a, DType b) {
  if (a == bool_ && b == bool_)
    fail(op, "bool has no such arithmetic: use not_equal or logical_not, or astype first.");
}

Tensor add(const Tensor& a, const Tensor& b) {
  return binary(ops::add, a, b, save_nothing, Vjp{[](auto& dy) { return Grads{dy, dy}; }});
}
Tensor add(const Tensor& a, Scalar b) { return with_number(ops::add, a, 1, b, save_nothing, pass_rule); }

Tensor subtract(const Tensor& a, const Tensor& b) {
  check_not_bool("subtract", a.dtype(), b.dtype());
  return binary(ops::subtract, a, b, save_nothing, Vjp{[](auto& dy, Needs needs) {
                  return Grads{dy, needs[1] ? negative(dy) : Tensor()};
                }});
}
Tensor subtract(const Tensor& a, Scalar b) {
  check_not_bool("subtract", a.dtype(), b.dtype());
  return with_number(ops::subtract, a, 1, b, save_nothing, pass_rule);
}
Tensor subtract(Scalar a, const Tensor& b) {
  check_not_bool("subtract", a.dtype(), b.dtype());
  return with_number(ops::subtract, b, 0, a, save_nothing, Vjp{[](auto& dy) { return Grads{negative(dy)}; }});
}

Tensor multiply(const Tensor& a, const Tensor& b) {
  return binary(ops::multiply, a, b, Saved{[](auto&, auto& u, auto& v) {
                  return save(v.graph() ? u : nothing, u.graph() ? v : nothing);
                }},
                Vjp{[](auto& dy, Needs needs, auto& u, auto& v) {
                  return Grads{needs[0] ? multiply(dy, v) : Tensor(), needs[1] ? multiply(dy, u) : Tensor()};
                }});
}
Tensor multiply(const Tensor& a, Scalar b) {
  return with_number(ops::multiply, a, 1, b, save_nothing,
                     Vjp{[b](auto& dy) { return Grads{multiply(dy, b)}; }});
}

// y = a / b;   da = dy / b,   db = -da y
Tensor divide(const Tensor& a, const Tensor& b) {
  return binary(ops::divide, a, b,
                Saved{[](auto& y, auto&, auto& v) { return save(v.graph() ? y : nothing, v); }},
                Vjp{[](auto& dy, Needs needs, auto& y, auto& v) {
                  const Tensor da = divide(dy, v);
                  return Grads{da, needs[1] ? negative(multiply(da, y)) : Tensor()};
                }});
}
Tensor divide(const Tensor& a, Scalar b) {
  return with_number(ops::divide, a, 1, b, save_nothing, Vjp{[b](auto& dy) { return Grads{divide(dy, b)}; }});
}
Tensor divide(Scalar a, const Tensor& b) {
  return with_number(
      ops::divide, b, 0, a, Saved{[](auto& y, auto& x) { return save(y, x); }},
      Vjp{[](auto& dy, auto& y, auto& x) { return Grads{negative(divide(multiply(dy, y), x))}; }});
}

// y = a^b;   da = dy b a^(b-1), 0 where b is 0;   db = dy y log(a), 0 where a is 0
Tensor power(const Tensor& a, const Tensor& b) {
  return binary(ops::power, a, b, Saved{[](auto& y, auto& u, auto& v) { return save(y, u, v); }},
                Vjp{[](auto& dy, Needs needs, auto& y, auto& u, auto& v) {
                  Tensor da, db;
                  if (needs[0]) da = multiply(dy, where(v == 0, 0, multiply(v, power(u, subtract(v, 1)))));
                  if (needs[1]) db = multiply(dy, multiply(y, log(where(u == 0, 1, u))));
                  return Grads{da, db};
                }});
}
Tensor power(const Tensor& a, Scalar b) {
  const double exponent = b.as<double>();
  if (exponent == 2 && b.with(a.dtype()) == a.dtype()) return square(a);
  return with_number(ops::power, a, 1, b, save_input, Vjp{[exponent](auto& dy, auto& x) {
                       if (exponent == 0) return Grads{zeros_like(dy)};
                       return Grads{multiply(dy, multiply(power(x, exponent - 1), exponent))};
                     }});
}
Tensor power(Scalar a, const Tensor& b) {
  const double base = a.as<double>(), slope = base == 0 ? 0 : std::log(base);
  return with_number(ops::power, b, 0, a, save_output,
                     Vjp{[slope](auto& dy, auto& y) { return Grads{multiply(dy, multiply(y, slope))}; }});
}

Tensor maximum(const Tensor& a, const Tensor& b) {
  return binary(ops::maximum, a, b, save_both, Vjp{[](auto& dy, Needs needs, auto& u, auto& v) {
                  return Grads{needs[0] ? multiply(dy, share(u, v)) : Tensor(),
                               needs[1] ? multiply(dy, share(v, u)) : Tensor()};
                }});
}
Tensor maximum(const Tensor& a, Scalar b) {
  return with_number(ops::maximum, a, 1, b, save_input,
                     Vjp{[b](auto& dy, auto& x) { return Grads{multiply(dy, share(x, b, 1))}; }});
}
Tensor minimum(const Tensor& a, const Tensor& b) {
  return binary(ops::minimum, a, b, save_both, Vjp{[](auto& dy, Needs needs, auto& u, auto& v) {
                  return Grads{needs[0] ? multiply(dy, share(v, u)) : Tensor(),
                               needs[1] ? multiply(dy, share(u, v)) : Tensor()};
                }});
}
Tensor minimum(const Tensor& a, Scalar b) {
  return with_number(ops::minimum, a, 1, b, save_input,
                     Vjp{[b](auto& dy, auto& x) { return Grads{multiply(dy, share(x, b, 0))}; }});
}

// y = a - floor(a / b) b
Tensor remainder(const Tensor& a, const Tensor& b) {
  return binary(ops::remainder, a, b, Saved{[](auto& y, auto& u, auto& v) { return save(y, u, v); }},
                Vjp{[](auto& dy, Needs needs, auto& y, auto& u, auto& v) {
                  Tensor db;
                  if (needs[1]) db = negative(multiply(dy, round(divide(subtract(u, y), v))));
                  return Grads{dy, db};
                }});
}
Tensor remainder(const Tensor& a, Scalar b) {
  return with_number(ops::remainder, a, 1, b, save_nothing, pass_rule);
}

Tensor clip(const Tensor& x, Scalar low, Scalar high) {
  return apply("clip", {x},
               Forward{[&](auto& v) { return launch(Elementwise::with_numbers(ops::clip, low, high), v); }},
               save_input,
               Vjp{[low, high](auto& dy, auto& v) { return Grads{multiply(dy, clip_share(v, low, high))}; }},
               elementwise);
}

}  // namespace ramie
