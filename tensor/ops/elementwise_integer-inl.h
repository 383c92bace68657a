// The formulas of what only integers have.
#if defined(RAMIE_TENSOR_OPS_ELEMENTWISE_INTEGER_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef RAMIE_TENSOR_OPS_ELEMENTWISE_INTEGER_INL_H
#undef RAMIE_TENSOR_OPS_ELEMENTWISE_INTEGER_INL_H
#else
#define RAMIE_TENSOR_OPS_ELEMENTWISE_INTEGER_INL_H
#endif

#include <ramie/tensor/ops/elementwise_formula-inl.h>

RAMIE_BEFORE_NAMESPACE();
namespace ramie::kernels::RAMIE_TARGET::formulas {

struct bitwise_and : Integer<2> {
  RAMIE_FORMULA V of(V a, V b) { return a & b; }
};
struct bitwise_or : Integer<2> {
  RAMIE_FORMULA V of(V a, V b) { return a | b; }
};
struct bitwise_xor : Integer<2> {
  RAMIE_FORMULA V of(V a, V b) { return a ^ b; }
};
struct left_shift : Integer<2> {
  RAMIE_FORMULA V of(V x, V bits) { return kernels::math::left_shift(x, bits); }
};
struct right_shift : Integer<2> {
  RAMIE_FORMULA V of(V x, V bits) { return kernels::math::right_shift(x, bits); }
};

}  // namespace ramie::kernels::RAMIE_TARGET::formulas
RAMIE_AFTER_NAMESPACE();

#endif  // RAMIE_TENSOR_OPS_ELEMENTWISE_INTEGER_INL_H
