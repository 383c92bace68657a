#include <ramie/tensor/ops/concatenate.h>

#include <fmt/format.h>

#include <ramie/tensor/cpu/strided_copy.h>
#include <ramie/tensor/error.h>

namespace ramie::kernels {

std::vector<Layout> Concatenate::outputs(std::span<const Tensor> x) const {
  Shape shape = x[0].shape();
  shape[axis] = 0;
  for (auto& part : x) {
    Shape rest = part.shape();
    if (rest.rank() == shape.rank()) rest[axis] = shape[axis];
    if (rest != shape)
      fail(name, fmt::format("{} and {} cannot be joined along axis {}: all other lengths must be equal.",
                             str(x[0].layout()), str(part.layout()), axis));
    shape[axis] += part.shape()[axis];
  }
  return {x[0].layout().as(shape)};
}

void Concatenate::run(Cpu, const View* y, const View* x) const noexcept {
  std::byte* to = y->data;
  for (int i = 0; i < parts; ++i) {
    copy_strided(to, y->layout->strides, x[i].data, *x[i].layout);
    to += x[i].shape(axis) * y->layout->strides[axis] * static_cast<std::int64_t>(size_of(y->layout->dtype));
  }
}

}  // namespace ramie::kernels
