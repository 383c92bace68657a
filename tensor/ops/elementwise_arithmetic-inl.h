// The formulas of arithmetic, comparison and choice.
#if defined(RAMIE_TENSOR_OPS_ELEMENTWISE_ARITHMETIC_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef RAMIE_TENSOR_OPS_ELEMENTWISE_ARITHMETIC_INL_H
#undef RAMIE_TENSOR_OPS_ELEMENTWISE_ARITHMETIC_INL_H
#else
#define RAMIE_TENSOR_OPS_ELEMENTWISE_ARITHMETIC_INL_H
#endif

#include <ramie/tensor/ops/elementwise_formula-inl.h>

RAMIE_BEFORE_NAMESPACE();
namespace ramie::kernels::RAMIE_TARGET::formulas {

struct add : Numeric<2> {
  RAMIE_FORMULA V of(V a, V b) { return a + b; }
};
struct subtract : Numeric<2> {
  RAMIE_FORMULA V of(V a, V b) { return a - b; }
};
struct multiply : Numeric<2> {
  RAMIE_FORMULA V of(V a, V b) { return a * b; }
};
struct divide : Real<2> {
  RAMIE_FORMULA V of(V a, V b) { return a / b; }
};
struct power : Numeric<2> {
  RAMIE_FORMULA V of(V a, V b) { return math::pow(a, b); }
};
struct maximum : Numeric<2> {  // NaN wins
  RAMIE_FORMULA V of(V a, V b) { return select(either(a > b, a != a), a, b); }
};
struct minimum : Numeric<2> {
  RAMIE_FORMULA V of(V a, V b) { return select(either(a < b, a != a), a, b); }
};
struct remainder : Numeric<2> {  // the divisor's sign
  RAMIE_FORMULA V of(V a, V b) {
    const V r = math::truncated_remainder(a, b);
    const auto below = both(r < V(0), V(0) < b), above = both(V(0) < r, b < V(0));
    return select(either(below, above), r + b, r);
  }
};
struct share : Real<2> {  // of the gradient of maximum(a, b) that a gets
  RAMIE_FORMULA V of(V a, V b) { return select(a > b, V(1), select(a == b, V(0.5), V(0))); }
};

struct equal : Predicate<2> {
  RAMIE_FORMULA auto of(V a, V b) { return a == b; }
};
struct not_equal : Predicate<2> {
  RAMIE_FORMULA auto of(V a, V b) { return a != b; }
};
struct less : Predicate<2> {
  RAMIE_FORMULA auto of(V a, V b) { return a < b; }
};
struct less_equal : Predicate<2> {
  RAMIE_FORMULA auto of(V a, V b) { return a <= b; }
};
struct logical_and : Predicate<2> {
  RAMIE_FORMULA auto of(V a, V b) { return both(a != V(0), b != V(0)); }
};
struct logical_or : Predicate<2> {
  RAMIE_FORMULA auto of(V a, V b) { return either(a != V(0), b != V(0)); }
};
struct logical_not : Predicate<1> {
  RAMIE_FORMULA auto of(V x) { return x == V(0); }
};

struct where : Numeric<3> {
  static constexpr bool chooses = true;
  RAMIE_FORMULA V of(V condition, V a, V b) { return select(condition != V(0), a, b); }
};
// minimum(maximum(x, low), high). A NaN among the bounds is looked for once, where they are numbers.
struct clip : Numeric<3> {
  RAMIE_FORMULA V of(V x, V low, V high) {
    const V raised = select(x <= low, low, x), inside = select(raised >= high, high, raised);
    const V bound = select(low == low, high, low);
    return select(bound == bound, inside, bound);
  }
};
struct clip_share : Real<3> {  // of the gradient of clip that x gets
  RAMIE_FORMULA V of(V x, V low, V high) { return share::of(x, low) * share::of(high, x); }
};

}  // namespace ramie::kernels::RAMIE_TARGET::formulas
RAMIE_AFTER_NAMESPACE();

#endif  // RAMIE_TENSOR_OPS_ELEMENTWISE_ARITHMETIC_INL_H
