#include <ramie/tensor/ops/elementwise_kernels.h>
#include <ramie/tensor/ops/elementwise_math-inl.h>

namespace ramie::kernels {
RAMIE_MATH_OPS(RAMIE_CUDA_KERNELS)
}  // namespace ramie::kernels
