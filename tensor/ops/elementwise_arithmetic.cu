#include <ramie/tensor/ops/elementwise_arithmetic-inl.h>
#include <ramie/tensor/ops/elementwise_kernels.h>

namespace ramie::kernels {
RAMIE_ARITHMETIC_OPS(RAMIE_CUDA_KERNELS)
}  // namespace ramie::kernels
