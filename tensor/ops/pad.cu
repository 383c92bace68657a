#include <ramie/tensor/cuda/strided_copy.h>
#include <ramie/tensor/ops/fill.h>
#include <ramie/tensor/ops/pad.h>

namespace ramie::kernels {

void Pad::run(Cuda cuda, View y, View x) const {
  if (x.size() < y.size()) Fill{*y.layout, value}.run(cuda, y);
  Shape strides = y.layout->strides;
  std::int64_t offset = 0;
  for (int i = 0; i < strides.rank(); ++i) {
    offset += first[i] * strides[i];
    strides[i] *= step[i];
  }
  copy_strided(cuda, y.data + offset * static_cast<std::int64_t>(size_of(y.layout->dtype)), strides, x);
}

}  // namespace ramie::kernels
