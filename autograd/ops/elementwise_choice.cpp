#include <ramie/autograd/elementwise_rules.h>
#include <ramie/autograd/engine.h>

namespace ramie {

using namespace detail;

namespace {

// A comparison: no gradient, and so nothing to cast.
Tensor compare(const kernels::Op& op, const Tensor& a, const Tensor& b) {
  if (a.shape() == b.shape())
    return apply(op.name, {a, b}, Forward{[&](auto& u, auto& v) { return launch(Elementwise(op), u, v); }},
                 elementwise);
  const Shape shape = broadcast(op.name, a.shape(), b.shape());
  return compare(op, fitted(stop_gradient(a), shape, a.dtype()), fitted(stop_gradient(b), shape, b.dtype()));
}
Tensor compare(const kernels::Op& op, const Tensor& x, int place, Scalar number) {
  return apply(op.name, {x},
               Forward{[&](auto& v) { return launch(Elementwise::with_number(op, place, number), v); }},
               elementwise);
}

}  // namespace

Tensor equal(const Tensor& a, const Tensor& b) { return compare(ops::equal, a, b); }
Tensor not_equal(const Tensor& a, const Tensor& b) { return compare(ops::not_equal, a, b); }
Tensor less(const Tensor& a, const Tensor& b) { return compare(ops::less, a, b); }
Tensor less_equal(const Tensor& a, const Tensor& b) { return compare(ops::less_equal, a, b); }
Tensor greater(const Tensor& a, const Tensor& b) { return compare(ops::less, b, a); }
Tensor greater_equal(const Tensor& a, const Tensor& b) { return compare(ops::less_equal, b, a); }
Tensor logical_and(const Tensor& a, const Tensor& b) { return compare(ops::logical_and, a, b); }
Tensor logical_or(const Tensor& a, const Tensor& b) { return compare(ops::logical_or, a, b); }
Tensor logical_xor(const Tensor& a, const Tensor& b) { return compare(ops::logical_xor, a, b); }
Tensor logical_not(const Tensor& x) {
  return apply("logical_not", {x}, Forward{[](auto& v) { return launch(Elementwise(ops::logical_not), v); }},
               elementwise);
}

Tensor operator<(const Tensor& a, const Tensor& b) { return less(a, b); }
Tensor operator<=(const Tensor& a, const Tensor& b) { return less_equal(a, b); }
Tensor operator>(const Tensor& a, const Tensor& b) { return greater(a, b); }
Tensor operator>=(const Tensor& a, const Tensor& b) { return greater_equal(a, b); }
Tensor operator==(const Tensor& a, const Tensor& b) { return equal(a, b); }
Tensor operator!=(const Tensor& a, const Tensor& b) { return not_equal(a, b); }
Tensor operator<(const Tensor& a, Scalar b) { return compare(ops::less, a, 1, b); }
Tensor operator<=(const Tensor& a, Scalar b) { return compare(ops::less_equal, a, 1, b); }
Tensor operator>(const Tensor& a, Scalar b) { return compare(ops::less, a, 0, b); }
Tensor operator>=(const Tensor& a, Scalar b) { return compare(ops::less_equal, a, 0, b); }
Tensor operator==(const Tensor& a, Scalar b) { return compare(ops::equal, a, 1, b); }
Tensor operator!=(const Tensor& a, Scalar b) { return compare(ops::not_equal, a, 1, b); }

Tensor where(const Tensor& condition, const Tensor& a, const Tensor& b) {
  const Shape shape = broadcast("where", condition.shape(), broadcast("where", a.shape(), b.shape()));
  const DType dtype = promote(a.dtype(), b.dtype());
  const Tensor c = fitted(stop_gradient(condition), shape, condition.dtype());
  return apply(
      "where", {c, fitted(a, shape, dtype), fitted(b, shape, dtype)},
      Forward{[](auto& m, auto& u, auto& v) { return launch(Elementwise(ops::where), m, u, v); }},
      Saved{[](auto&, auto& m, auto&, auto&) { return save(m); }}, Vjp{[](auto& dy, Needs needs, auto& m) {
        return Grads{Tensor(), needs[1] ? where(m, dy, 0) : Tensor(), needs[2] ? where(m, 0, dy) : Tensor()};
      }},
      elementwise);
}
Tensor where(const Tensor& condition, const Tensor& a, Scalar b) {
  const Shape shape = broadcast("where", condition.shape(), a.shape());
  return apply(
      "where",
      {fitted(stop_gradient(condition), shape, condition.dtype()), fitted(a, shape, b.with(a.dtype()))},
      Forward{[&](auto& m, auto& v) { return launch(Elementwise::with_number(ops::where, 2, b), m, v); }},
      Saved{[](auto&, auto& m, auto&) { return save(m); }}, Vjp{[](auto& dy, auto& m) {
        return Grads{Tensor(), where(m, dy, 0)};
      }},
      elementwise);
}
Tensor where(const Tensor& condition, Scalar a, const Tensor& b) {
  const Shape shape = broadcast("where", condition.shape(), b.shape());
  return apply(
      "where",
      {fitted(stop_gradient(condition), shape, condition.dtype()), fitted(b, shape, a.with(b.dtype()))},
      Forward{[&](auto& m, auto& v) { return launch(Elementwise::with_number(ops::where, 1, a), m, v); }},
      Saved{[](auto&, auto& m, auto&) { return save(m); }}, Vjp{[](auto& dy, auto& m) {
        return Grads{Tensor(), where(m, 0, dy)};
      }},
      elementwise);
}

}  // namespace ramie
