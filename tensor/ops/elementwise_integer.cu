#include <ramie/tensor/ops/elementwise_integer-inl.h>
#include <ramie/tensor/ops/elementwise_kernels.h>

namespace ramie::kernels {
RAMIE_INTEGER_OPS(RAMIE_CUDA_KERNELS)
}  // namespace ramie::kernels
