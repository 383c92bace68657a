#include <ramie/tensor/error.h>
#include <ramie/tensor/launch.h>
#include <ramie/tensor/ops/copy.h>
#if RAMIE_CUDA
#include <ramie/tensor/cuda/transfer.h>
#endif

namespace ramie {
namespace {

void run_transfer([[maybe_unused]] const Tensor& y, [[maybe_unused]] const Tensor& x) {
#if RAMIE_CUDA
  gpu::copy(y, x);
#endif
}

}  // namespace

Tensor transfer(const Tensor& x, Device device) {
  if (x.device() == device) return x;
  if (context.recorder) fail("to", "a program is recorded on one device: move tensors before.");
  const Tensor dense = x.layout().dense ? x : launch(kernels::Copy{}, x);
  Tensor y = Tensor::empty(dense.layout(), device);
  run_transfer(y, dense);
  return y;
}

}  // namespace ramie
