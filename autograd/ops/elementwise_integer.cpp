#include <fmt/format.h>

#include <ramie/autograd/elementwise_rules.h>
#include <ramie/tensor/error.h>

namespace ramie {

using namespace detail;

namespace {

void check_whole(const char* op, DType a, DType b) {
  if (is_floating(a) || is_floating(b))
    fail(op, fmt::format("{} and {} are not both integers: floor or round, then astype first.", name(a),
                         name(b)));
}
void check_shift(const char* op, DType x, DType bits) {
  check_whole(op, x, bits);
  if (x == bool_) fail(op, "bool has no bits to shift: astype first.");
}

// Without gradients, and so without rules.
Tensor on_bits(const kernels::Op& op, const Tensor& a, const Tensor& b) {
  return binary(op, a, b, save_nothing, Vjp{NoRule{}});
}
Tensor on_bits(const kernels::Op& op, const Tensor& x, Scalar number) {
  check_whole(op.name, x.dtype(), number.dtype());
  return with_number(op, x, 1, number, save_nothing, Vjp{NoRule{}});
}

}  // namespace

Tensor bitwise_and(const Tensor& a, const Tensor& b) {
  check_whole("bitwise_and", a.dtype(), b.dtype());
  return on_bits(ops::bitwise_and, a, b);
}
Tensor bitwise_or(const Tensor& a, const Tensor& b) {
  check_whole("bitwise_or", a.dtype(), b.dtype());
  return on_bits(ops::bitwise_or, a, b);
}
Tensor bitwise_xor(const Tensor& a, const Tensor& b) {
  check_whole("bitwise_xor", a.dtype(), b.dtype());
  return on_bits(ops::bitwise_xor, a, b);
}
Tensor bitwise_not(const Tensor& x) {
  if (x.dtype() == bool_) return logical_not(x);
  check_whole("bitwise_not", x.dtype(), x.dtype());
  return bitwise_xor(x, -1);
}
Tensor left_shift(const Tensor& x, const Tensor& bits) {
  check_shift("left_shift", x.dtype(), bits.dtype());
  return on_bits(ops::left_shift, x, bits);
}
Tensor right_shift(const Tensor& x, const Tensor& bits) {
  check_shift("right_shift", x.dtype(), bits.dtype());
  return on_bits(ops::right_shift, x, bits);
}

Tensor bitwise_and(const Tensor& a, Scalar b) { return on_bits(ops::bitwise_and, a, b); }
Tensor bitwise_or(const Tensor& a, Scalar b) { return on_bits(ops::bitwise_or, a, b); }
Tensor bitwise_xor(const Tensor& a, Scalar b) { return on_bits(ops::bitwise_xor, a, b); }
Tensor left_shift(const Tensor& x, Scalar bits) {
  check_shift("left_shift", x.dtype(), bits.dtype());
  return on_bits(ops::left_shift, x, bits);
}
Tensor right_shift(const Tensor& x, Scalar bits) {
  check_shift("right_shift", x.dtype(), bits.dtype());
  return on_bits(ops::right_shift, x, bits);
}

}  // namespace ramie
