// The formulas of trigonometric and hyperbolic functions.
#if defined(RAMIE_TENSOR_OPS_ELEMENTWISE_TRIGONOMETRY_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef RAMIE_TENSOR_OPS_ELEMENTWISE_TRIGONOMETRY_INL_H
#undef RAMIE_TENSOR_OPS_ELEMENTWISE_TRIGONOMETRY_INL_H
#else
#define RAMIE_TENSOR_OPS_ELEMENTWISE_TRIGONOMETRY_INL_H
#endif

#include <ramie/tensor/ops/elementwise_formula-inl.h>

RAMIE_BEFORE_NAMESPACE();
namespace ramie::kernels::RAMIE_TARGET::formulas {

#define RAMIE_MATH_FORMULA(name)                      \
  struct name : Real<1> {                             \
    RAMIE_FORMULA V of(V x) { return math::name(x); } \
  };
RAMIE_MATH_FORMULA(tan)
RAMIE_MATH_FORMULA(asin)
RAMIE_MATH_FORMULA(acos)
RAMIE_MATH_FORMULA(atan)
RAMIE_MATH_FORMULA(sinh)
RAMIE_MATH_FORMULA(cosh)
RAMIE_MATH_FORMULA(asinh)
RAMIE_MATH_FORMULA(acosh)
RAMIE_MATH_FORMULA(atanh)
#undef RAMIE_MATH_FORMULA

// The angle of the shorter side is at most pi/4; the other angles are pi/2 or pi minus it.
struct atan2 : Real<2> {
  RAMIE_FORMULA V of(V y, V x) {
    const V a = math::abs(y), b = math::abs(x), shorter = select(a > b, b, a), longer = select(a > b, a, b);
    const V ratio = select(shorter == longer, select(longer == V(0), V(0), V(1)), shorter / longer);
    const V acute = math::atan(ratio), first = select(a > b, V(1.5707963267948966) - acute, acute);
    const V positive = select(math::copysign(V(1), x) < V(0), V(3.141592653589793) - first, first);
    return select(either(x != x, y != y), x + y, math::copysign(positive, y));
  }
};
// The longer side times sqrt(1 + ratio^2), which neither overflows nor underflows. Infinity wins over NaN.
struct hypot : Real<2> {
  RAMIE_FORMULA V of(V x, V y) {
    const V a = math::abs(x), b = math::abs(y), top(math::infinity);
    const auto first = either(a > b, a != a);
    const V longer = select(first, a, b), ratio = select(first, b, a) / longer;
    const V h = longer * math::sqrt(multiply_add(ratio, ratio, V(1)));
    return select(either(a == top, b == top), top, select(longer == V(0), longer, h));
  }
};

}  // namespace ramie::kernels::RAMIE_TARGET::formulas
RAMIE_AFTER_NAMESPACE();

#endif  // RAMIE_TENSOR_OPS_ELEMENTWISE_TRIGONOMETRY_INL_H
