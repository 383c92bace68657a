// Elementwise ops. Binary ones promote dtypes and broadcast as NumPy does; a C++ number never widens a
// tensor.
//
//   Tensor y = relu(x) * 2 + where(x > 0, x, exp(x));
//
// Names and gradients are those of jax.numpy and jax.nn; float16 and bfloat16 compute in float32.
#pragma once

#include <ramie/tensor/tensor.h>

namespace ramie {

// Two tensors. maximum and minimum give half the gradient to each side at a tie. Integer division by "/" is
// true division: float32. remainder has the sign of the divisor (Python's %); by the integer 0 it is the
// dividend. An integer to a negative power is 0, but for the bases 1 and -1. Integers wrap around; bool has
// no subtraction.
Tensor add(const Tensor& a, const Tensor& b);
Tensor subtract(const Tensor& a, const Tensor& b);
Tensor multiply(const Tensor& a, const Tensor& b);
Tensor divide(const Tensor& a, const Tensor& b);
Tensor power(const Tensor& a, const Tensor& b);
Tensor maximum(const Tensor& a, const Tensor& b);
Tensor minimum(const Tensor& a, const Tensor& b);
Tensor remainder(const Tensor& a, const Tensor& b);
Tensor fmod(const Tensor& a, const Tensor& b);          // the remainder with the sign of a, C's %
Tensor floor_divide(const Tensor& a, const Tensor& b);  // Python's //; by the integer 0 it is 0
Tensor hypot(const Tensor& a, const Tensor& b);         // sqrt(a^2 + b^2) without overflow; gradient 0 at 0
Tensor atan2(const Tensor& y, const Tensor& x);         // the angle of the point (x, y), in (-pi, pi]
Tensor logaddexp(const Tensor& a, const Tensor& b);     // log(exp(a) + exp(b)) without overflow
Tensor copysign(const Tensor& x, const Tensor& sign);   // |x| with the sign of the other, that of -0 too

// A tensor and a number.
Tensor add(const Tensor& a, Scalar b);
Tensor subtract(const Tensor& a, Scalar b);
Tensor subtract(Scalar a, const Tensor& b);
Tensor multiply(const Tensor& a, Scalar b);
Tensor divide(const Tensor& a, Scalar b);
Tensor divide(Scalar a, const Tensor& b);
Tensor power(const Tensor& a, Scalar b);
Tensor power(Scalar a, const Tensor& b);
Tensor maximum(const Tensor& a, Scalar b);
Tensor minimum(const Tensor& a, Scalar b);
Tensor remainder(const Tensor& a, Scalar b);
Tensor fmod(const Tensor& a, Scalar b);
Tensor floor_divide(const Tensor& a, Scalar b);

// Comparisons give bool tensors and have no gradient.
Tensor equal(const Tensor& a, const Tensor& b);
Tensor not_equal(const Tensor& a, const Tensor& b);
Tensor less(const Tensor& a, const Tensor& b);
Tensor less_equal(const Tensor& a, const Tensor& b);
Tensor greater(const Tensor& a, const Tensor& b);
Tensor greater_equal(const Tensor& a, const Tensor& b);
Tensor logical_and(const Tensor& a, const Tensor& b);
Tensor logical_or(const Tensor& a, const Tensor& b);
Tensor logical_xor(const Tensor& a, const Tensor& b);
Tensor logical_not(const Tensor& x);

// On the bits of integers; of bool they are the logical ops. Shifts by as many bits as the dtype has, or
// more, shift all out; to the right the sign moves in.
Tensor bitwise_and(const Tensor& a, const Tensor& b);
Tensor bitwise_or(const Tensor& a, const Tensor& b);
Tensor bitwise_xor(const Tensor& a, const Tensor& b);
Tensor bitwise_not(const Tensor& x);
Tensor left_shift(const Tensor& x, const Tensor& bits);
Tensor right_shift(const Tensor& x, const Tensor& bits);
Tensor bitwise_and(const Tensor& a, Scalar b);
Tensor bitwise_or(const Tensor& a, Scalar b);
Tensor bitwise_xor(const Tensor& a, Scalar b);
Tensor left_shift(const Tensor& x, Scalar bits);
Tensor right_shift(const Tensor& x, Scalar bits);

Tensor negative(const Tensor& x);
Tensor abs(const Tensor& x);   // gradient 1 at 0
Tensor sign(const Tensor& x);  // -1, 0, 1; NaN stays
Tensor reciprocal(const Tensor& x);
Tensor square(const Tensor& x);
Tensor sqrt(const Tensor& x);
Tensor rsqrt(const Tensor& x);
Tensor cbrt(const Tensor& x);
Tensor exp(const Tensor& x);
Tensor exp2(const Tensor& x);
Tensor expm1(const Tensor& x);
Tensor log(const Tensor& x);
Tensor log2(const Tensor& x);
Tensor log10(const Tensor& x);
Tensor log1p(const Tensor& x);
Tensor sin(const Tensor& x);
Tensor cos(const Tensor& x);
Tensor tan(const Tensor& x);
Tensor asin(const Tensor& x);
Tensor acos(const Tensor& x);
Tensor atan(const Tensor& x);
Tensor sinh(const Tensor& x);
Tensor cosh(const Tensor& x);
Tensor tanh(const Tensor& x);
Tensor asinh(const Tensor& x);
Tensor acosh(const Tensor& x);
Tensor atanh(const Tensor& x);
Tensor erf(const Tensor& x);
Tensor erfc(const Tensor& x);     // 1 - erf(x), also where erf(x) is nearly 1
Tensor erf_inv(const Tensor& x);  // Giles' polynomials in float32, as XLA
Tensor lgamma(const Tensor& x);   // log |gamma(x)|
Tensor digamma(const Tensor& x);  // its derivative; NaN at 0, -1, -2, ...
// The n-th derivative of digamma, 0 <= n <= 60.
Tensor polygamma(int n, const Tensor& x);
Tensor floor(const Tensor& x);
Tensor ceil(const Tensor& x);
Tensor round(const Tensor& x);  // ties to even
Tensor trunc(const Tensor& x);  // towards 0
Tensor isnan(const Tensor& x);
Tensor isinf(const Tensor& x);
Tensor isfinite(const Tensor& x);

// Activations, as in jax.nn (activation.h has more of them).
Tensor relu(const Tensor& x);  // gradient 0 at 0
Tensor relu6(const Tensor& x);
Tensor leaky_relu(const Tensor& x, double negative_slope = 0.01);
Tensor elu(const Tensor& x, double alpha = 1);
Tensor sigmoid(const Tensor& x);
Tensor softplus(const Tensor& x);  // log(1 + exp(x)), without overflow
Tensor silu(const Tensor& x);
Tensor gelu(const Tensor& x, bool approximate = true);  // the tanh form by default, as Flax

// a where the condition holds, else b; all three broadcast. The condition is bool (numbers: nonzero).
Tensor where(const Tensor& condition, const Tensor& a, const Tensor& b);
Tensor where(const Tensor& condition, const Tensor& a, Scalar b);
Tensor where(const Tensor& condition, Scalar a, const Tensor& b);
Tensor clip(const Tensor& x, Scalar low, Scalar high);

// The values in another dtype; the gradient is cast back. x itself where it has the dtype already.
Tensor astype(const Tensor& x, DType dtype);
// The same values without gaps, in row-major order; x itself where it is so already.
Tensor contiguous(const Tensor& x);

#define RAMIE_OPERATOR(symbol, op)                                                     \
  inline Tensor operator symbol(const Tensor& a, const Tensor& b) { return op(a, b); } \
  inline Tensor operator symbol(const Tensor& a, Scalar b) { return op(a, b); }
RAMIE_OPERATOR(+, add)
RAMIE_OPERATOR(-, subtract)
RAMIE_OPERATOR(*, multiply)
RAMIE_OPERATOR(/, divide)
RAMIE_OPERATOR(&, bitwise_and)
RAMIE_OPERATOR(|, bitwise_or)
RAMIE_OPERATOR(^, bitwise_xor)
#undef RAMIE_OPERATOR
inline Tensor operator+(Scalar a, const Tensor& b) { return add(b, a); }
inline Tensor operator-(Scalar a, const Tensor& b) { return subtract(a, b); }
inline Tensor operator*(Scalar a, const Tensor& b) { return multiply(b, a); }
inline Tensor operator/(Scalar a, const Tensor& b) { return divide(a, b); }
inline Tensor operator-(const Tensor& x) { return negative(x); }
inline Tensor operator~(const Tensor& x) { return bitwise_not(x); }
// Comparisons against a tensor or a number: x > 0, x == y. The result is a bool tensor.
Tensor operator<(const Tensor& a, const Tensor& b);
Tensor operator<=(const Tensor& a, const Tensor& b);
Tensor operator>(const Tensor& a, const Tensor& b);
Tensor operator>=(const Tensor& a, const Tensor& b);
Tensor operator==(const Tensor& a, const Tensor& b);
Tensor operator!=(const Tensor& a, const Tensor& b);
Tensor operator<(const Tensor& a, Scalar b);
Tensor operator<=(const Tensor& a, Scalar b);
Tensor operator>(const Tensor& a, Scalar b);
Tensor operator>=(const Tensor& a, Scalar b);
Tensor operator==(const Tensor& a, Scalar b);
Tensor operator!=(const Tensor& a, Scalar b);

namespace detail {

// The gradients of activations, dy f'(x) in one pass, with gradients of their own. Some need only y = f(x).
Tensor tanh_backward(const Tensor& dy, const Tensor& y);
Tensor sigmoid_backward(const Tensor& dy, const Tensor& y);
Tensor relu_backward(const Tensor& dy, const Tensor& y);
Tensor relu6_backward(const Tensor& dy, const Tensor& y);
Tensor leaky_relu_backward(const Tensor& dy, const Tensor& x, double negative_slope);
Tensor elu_backward(const Tensor& dy, const Tensor& x, double alpha);
Tensor silu_backward(const Tensor& dy, const Tensor& x);
Tensor gelu_backward(const Tensor& dy, const Tensor& x, bool approximate);

}  // namespace detail
}  // namespace ramie
