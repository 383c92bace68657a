// The formulas of functions of one number.
#if defined(RAMIE_TENSOR_OPS_ELEMENTWISE_MATH_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef RAMIE_TENSOR_OPS_ELEMENTWISE_MATH_INL_H
#undef RAMIE_TENSOR_OPS_ELEMENTWISE_MATH_INL_H
#else
#define RAMIE_TENSOR_OPS_ELEMENTWISE_MATH_INL_H
#endif

#include <ramie/tensor/ops/elementwise_erf-inl.h>

RAMIE_BEFORE_NAMESPACE();
namespace ramie::kernels::RAMIE_TARGET::formulas {

struct negative : Numeric<1> {
  RAMIE_FORMULA V of(V x) { return -x; }
};
struct abs : Numeric<1> {
  RAMIE_FORMULA V of(V x) { return math::abs(x); }
};
struct sign : Numeric<1> {
  RAMIE_FORMULA V of(V x) { return select(x > V(0), V(1), select(x < V(0), V(-1), x)); }
};
struct reciprocal : Real<1> {
  RAMIE_FORMULA V of(V x) { return V(1) / x; }
};
struct square : Numeric<1> {
  RAMIE_FORMULA V of(V x) { return x * x; }
};
struct rsqrt : Real<1> {
  RAMIE_FORMULA V of(V x) { return V(1) / math::sqrt(x); }
};

#define RAMIE_MATH_FORMULA(name, kind)                \
  struct name : kind<1> {                             \
    RAMIE_FORMULA V of(V x) { return math::name(x); } \
  };
RAMIE_MATH_FORMULA(sqrt, Real)
RAMIE_MATH_FORMULA(exp, Real)
RAMIE_MATH_FORMULA(expm1, Real)
RAMIE_MATH_FORMULA(log, Real)
RAMIE_MATH_FORMULA(log1p, Real)
RAMIE_MATH_FORMULA(sin, Real)
RAMIE_MATH_FORMULA(cos, Real)
RAMIE_MATH_FORMULA(tanh, Real)
RAMIE_MATH_FORMULA(floor, Numeric)
RAMIE_MATH_FORMULA(ceil, Numeric)
RAMIE_MATH_FORMULA(round, Numeric)
#undef RAMIE_MATH_FORMULA

struct isnan : RealPredicate<1> {
  RAMIE_FORMULA auto of(V x) { return x != x; }
};
struct isinf : RealPredicate<1> {
  RAMIE_FORMULA auto of(V x) { return math::abs(x) == V(math::infinity); }
};
struct isfinite : RealPredicate<1> {
  RAMIE_FORMULA auto of(V x) { return math::abs(x) < V(math::infinity); }
};

struct tanh_backward : Real<2> {  // y = tanh(x)
  RAMIE_FORMULA V of(V dy, V y) { return dy * (V(1) - y * y); }
};

}  // namespace ramie::kernels::RAMIE_TARGET::formulas
RAMIE_AFTER_NAMESPACE();

#endif  // RAMIE_TENSOR_OPS_ELEMENTWISE_MATH_INL_H
