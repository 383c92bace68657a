#include <ramie/tensor/ops/elementwise_kernels.h>
#include <ramie/tensor/ops/elementwise_trigonometry-inl.h>

namespace ramie::kernels {
RAMIE_TRIGONOMETRY_OPS(RAMIE_CUDA_KERNELS)
}  // namespace ramie::kernels
