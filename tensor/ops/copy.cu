#include <ramie/tensor/cuda/strided_copy.h>
#include <ramie/tensor/ops/copy.h>

namespace ramie::kernels {

void Copy::run(Cuda cuda, View y, View x) const { copy_strided(cuda, y.data, y.layout->strides, x); }

}  // namespace ramie::kernels
