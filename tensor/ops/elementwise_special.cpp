#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ramie/tensor/ops/elementwise_special.cpp"
#include <hwy/foreach_target.h>

#include <ramie/tensor/ops/elementwise_loop-inl.h>
#include <ramie/tensor/ops/elementwise_special-inl.h>

HWY_BEFORE_NAMESPACE();
namespace ramie::kernels::HWY_NAMESPACE {
RAMIE_SPECIAL_OPS(RAMIE_LOOPS)
}  // namespace ramie::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ramie::kernels {
RAMIE_SPECIAL_OPS(RAMIE_OP)
}  // namespace ramie::kernels
#endif
