// The formulas of activations and of their gradients: f_backward(dy, x) is dy f'(x).
#if defined(RAMIE_TENSOR_OPS_ELEMENTWISE_ACTIVATION_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef RAMIE_TENSOR_OPS_ELEMENTWISE_ACTIVATION_INL_H
#undef RAMIE_TENSOR_OPS_ELEMENTWISE_ACTIVATION_INL_H
#else
#define RAMIE_TENSOR_OPS_ELEMENTWISE_ACTIVATION_INL_H
#endif

#include <ramie/tensor/ops/elementwise_erf-inl.h>

RAMIE_BEFORE_NAMESPACE();
namespace ramie::kernels::RAMIE_TARGET::formulas {

struct relu : Numeric<1> {  // NaN stays
  RAMIE_FORMULA V of(V x) { return select(x <= V(0), V(0), x); }
};
struct relu_backward : Numeric<2> {  // of x or relu(x)
  RAMIE_FORMULA V of(V dy, V y) { return select(y > V(0), dy, V(0)); }
};
struct relu6 : Numeric<1> {
  RAMIE_FORMULA V of(V x) { return select(x >= V(6), V(6), relu::of(x)); }
};
struct relu6_backward : Numeric<2> {
  RAMIE_FORMULA V of(V dy, V y) { return select(both(y > V(0), y < V(6)), dy, V(0)); }
};
struct leaky_relu : Numeric<2> {
  RAMIE_FORMULA V of(V x, V slope) { return select(x >= V(0), x, x * slope); }
};
struct leaky_relu_backward : Numeric<3> {
  RAMIE_FORMULA V of(V dy, V x, V slope) { return select(x >= V(0), dy, dy * slope); }
};
struct elu : Real<2> {
  RAMIE_FORMULA V of(V x, V alpha) {
    return select(x > V(0), x, alpha * math::expm1(select(x > V(0), V(0), x)));
  }
};
struct elu_backward : Real<3> {
  RAMIE_FORMULA V of(V dy, V x, V alpha) {
    return select(x > V(0), dy, dy * alpha * math::exp(select(x > V(0), V(0), x)));
  }
};
struct sigmoid : Real<1> {  // exp of -|x| cannot overflow
  RAMIE_FORMULA V of(V x) {
    const V e = math::exp(-math::abs(x));
    return select(x < V(0), e, V(1)) / (V(1) + e);
  }
};
struct sigmoid_backward : Real<2> {  // y = sigmoid(x)
  RAMIE_FORMULA V of(V dy, V y) { return dy * y * (V(1) - y); }
};
struct softplus : Real<1> {
  RAMIE_FORMULA V of(V x) { return select(x > V(0), x, V(0)) + math::log1p(math::exp(-math::abs(x))); }
};
struct silu : Real<1> {  // also known as swish
  RAMIE_FORMULA V of(V x) { return x * sigmoid::of(x); }
};
struct silu_backward : Real<2> {
  RAMIE_FORMULA V of(V dy, V x) {
    const V s = sigmoid::of(x);
    return dy * (s + x * s * (V(1) - s));
  }
};

// x/2 (1 + tanh(u)), u = sqrt(2/pi) (x + 0.044715 x^3); the second factor's half is sigmoid(2 u).
struct gelu : Real<1> {
  static constexpr double two_root = 1.5957691216057308, cubic = 0.044715;
  RAMIE_FORMULA V gate(V x) { return sigmoid::of(V(two_root) * (x + V(cubic) * x * x * x)); }
  RAMIE_FORMULA V of(V x) { return x * gate(x); }
};
struct gelu_backward : Real<2> {
  RAMIE_FORMULA V of(V dy, V x) {
    const V s = gelu::gate(x), slope = V(gelu::two_root) * (V(1) + V(3 * gelu::cubic) * x * x);
    return dy * (s + x * s * (V(1) - s) * slope);
  }
};
struct gelu_exact : Real<1> {  // x Phi(x)
  RAMIE_FORMULA V normal_cdf(V x) { return V(0.5) + V(0.5) * erf::of(x * V(0.7071067811865476)); }
  RAMIE_FORMULA V of(V x) { return x * normal_cdf(x); }
};
struct gelu_exact_backward : Real<2> {
  RAMIE_FORMULA V of(V dy, V x) {
    return dy * (gelu_exact::normal_cdf(x) + x * V(0.3989422804014327) * math::exp(V(-0.5) * x * x));
  }
};

}  // namespace ramie::kernels::RAMIE_TARGET::formulas
RAMIE_AFTER_NAMESPACE();

#endif  // RAMIE_TENSOR_OPS_ELEMENTWISE_ACTIVATION_INL_H
