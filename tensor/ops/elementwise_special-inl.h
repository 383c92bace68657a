// The formulas of special functions, of further logarithms, and of further remainders.
#if defined(RAMIE_TENSOR_OPS_ELEMENTWISE_SPECIAL_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef RAMIE_TENSOR_OPS_ELEMENTWISE_SPECIAL_INL_H
#undef RAMIE_TENSOR_OPS_ELEMENTWISE_SPECIAL_INL_H
#else
#define RAMIE_TENSOR_OPS_ELEMENTWISE_SPECIAL_INL_H
#endif

#include <ramie/tensor/ops/elementwise_erf-inl.h>

RAMIE_BEFORE_NAMESPACE();
namespace ramie::kernels::RAMIE_TARGET::formulas {

#define RAMIE_MATH_FORMULA(name, kind)                \
  struct name : kind<1> {                             \
    RAMIE_FORMULA V of(V x) { return math::name(x); } \
  };
RAMIE_MATH_FORMULA(exp2, Real)
RAMIE_MATH_FORMULA(log2, Real)
RAMIE_MATH_FORMULA(log10, Real)
RAMIE_MATH_FORMULA(cbrt, Real)
RAMIE_MATH_FORMULA(lgamma, Real)
RAMIE_MATH_FORMULA(trunc, Numeric)
#undef RAMIE_MATH_FORMULA

// Of a = |x| it is 1 - erf(a) up to 1/2, and beyond it exp(-a^2) Q(w) / (1 + 2 a), w = (a - k) / (a + k). Q
// interpolates at Chebyshev nodes up to where the result is 0. exp(-a^2) = exp(-s) (1 - r), where a^2 rounds
// to s and leaves r.
struct erfc : Real<1> {
  RAMIE_FORMULA V of(V x) {
    constexpr double k = is_single<V> ? 2.5 : 4, end = is_single<V> ? 10.5 : 28;
    const V magnitude = math::abs(x), a = select(magnitude > V(end), V(end), magnitude), s = a * a;
    const V r = multiply_add(a, a, -s), q = outer((a - V(k)) / (a + V(k))) / (V(1) + V(2) * a);
    const V far = math::exp(-s) * (q - q * r), near = V(1) - x * erf::p(s);
    return select(magnitude < V(0.5), near, select(x < V(0), V(2) - far, far));
  }
  RAMIE_FORMULA V outer(V w) {
    if constexpr (is_single<V>)
      return polynomial(w, 0.000545495428, 0.00041171992, -0.00435942411, 0.00095817766, 0.0327591288,
                        -0.102970608, 0.157629861, -0.0990243709, -0.122356757, 1.26483818);
    else
      return polynomial(w, -1.047671867466837e-8, -1.2224048303152388e-8, 1.0568025135820958e-7,
                        6.7024528337289707e-8, -8.2255956320607202e-7, 2.9955790685567077e-7,
                        5.7086428044048147e-6, -1.1224732247350101e-5, -2.4398983809134552e-5,
                        0.00015062249512264785, -0.00019925671345040716, -0.00075777344867628079,
                        0.0050319699756138132, -0.01619773403826592, 0.03716751553818893,
                        -0.066330365813607131, 0.093732834998287502, -0.10103906603625375,
                        0.068097054254694797, 0.015379652102619026, -0.13962111684056253, 1.2329951186255525);
  }
};

// The derivative of lgamma. For w = x + 10 it is log(w) - 1/(2w) - 1/(12w^2) + ..., and digamma(x) =
// digamma(x + 1) - 1/x. Below 0 it is digamma(1 - x) - pi / tan(pi x).
struct digamma : Real<1> {
  RAMIE_FORMULA V of(V x) {
    const V pi(3.141592653589793), part = x - math::round(x), pole(math::nan);
    const V reflected = positive(V(1) - x) - pi / math::tan(pi * part);
    return select(x > V(0), positive(x), select(part == V(0), pole, reflected));
  }
  RAMIE_FORMULA V positive(V x) {
    V sum(0);
    for (int i = 9; i >= 0; --i) sum = sum + V(1) / (x + V(i));
    const V w = x + V(10), r = V(1) / w, s = r * r;
    const V tail =
        s * polynomial(s, 1.0 / 12, -691.0 / 32760, 1.0 / 132, -1.0 / 240, 1.0 / 252, -1.0 / 120, 1.0 / 12);
    return math::log(w) - V(0.5) * r - tail - sum;
  }
};
struct polygamma : Real<2> {  // the n-th derivative of digamma, n from 1 on
  RAMIE_FORMULA V of(V n, V x) { return math::polygamma(n, x); }
};

struct logaddexp : Real<2> {  // log(exp(a) + exp(b))
  RAMIE_FORMULA V of(V a, V b) {
    const V larger = select(either(a > b, a != a), a, b);
    return larger + math::log1p(select(a == b, V(1), math::exp(-math::abs(a - b))));
  }
};
struct copysign : Real<2> {
  RAMIE_FORMULA V of(V x, V sign) { return math::copysign(x, sign); }
};
struct fmod : Numeric<2> {  // the dividend's sign
  RAMIE_FORMULA V of(V a, V b) { return math::truncated_remainder(a, b); }
};
// floor(a / b) of the exact quotient.
struct floor_divide : Numeric<2> {
  RAMIE_FORMULA V of(V a, V b) {
    if constexpr (is_real<V>) {
      const V r = math::truncated_remainder(a, b), q = math::round((a - r) / b);
      const auto opposite = either(both(r<V(0), b> V(0)), both(r > V(0), b < V(0)));
      return select(b == V(0), a / b, select(opposite, q - V(1), q));
    } else {
      return math::floor_quotient(a, b);
    }
  }
};
struct logical_xor : Predicate<2> {
  RAMIE_FORMULA auto of(V a, V b) { return either(both(a != V(0), b == V(0)), both(a == V(0), b != V(0))); }
};

}  // namespace ramie::kernels::RAMIE_TARGET::formulas
RAMIE_AFTER_NAMESPACE();

#endif  // RAMIE_TENSOR_OPS_ELEMENTWISE_SPECIAL_INL_H
