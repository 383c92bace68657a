#include <ramie/tensor/ops/elementwise_kernels.h>
#include <ramie/tensor/ops/elementwise_special-inl.h>

namespace ramie::kernels {
RAMIE_SPECIAL_OPS(RAMIE_CUDA_KERNELS)
}  // namespace ramie::kernels
