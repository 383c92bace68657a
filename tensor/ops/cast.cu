#include <ramie/tensor/cuda/packs.h>
#include <ramie/tensor/ops/cast.h>

namespace ramie::kernels {
namespace {

constexpr int width = 4;

template <class To>
__global__ void cast(PackedRows<2> rows) {
  for (unsigned k = blockIdx.x * blockDim.x + threadIdx.x; k < rows.packs; k += gridDim.x * blockDim.x) {
    const auto p = rows.place<width>(k);
    rows.operand[0].store<To>(p.at[0], p.count, rows.operand[1].load<To, width>(p.at[1], p.count));
  }
}

}  // namespace

void Cast::run(Cuda cuda, View y, View x) const {
  if (y.size() == 0) return;
  const JointAxes<2> axes(y.layout->shape, {y.layout->strides, x.layout->strides});
  visit(to, [&]<class To>(Type<To>) {
    for_each_part(axes, [&](const auto& part) {
      const PackedRows<2> rows(part, width, {y, x});
      launch_kernel(cast<To>, grid_for(rows.packs), block_threads, 0, cuda, rows);
    });
  });
}

}  // namespace ramie::kernels
