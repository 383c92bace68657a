#include <ramie/tensor/ops/elementwise_activation-inl.h>
#include <ramie/tensor/ops/elementwise_kernels.h>

namespace ramie::kernels {
RAMIE_ACTIVATION_OPS(RAMIE_CUDA_KERNELS)
}  // namespace ramie::kernels
