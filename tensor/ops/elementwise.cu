#include <ramie/tensor/ops/elementwise_kernels.h>

namespace ramie::kernels {
namespace {

Elements elements(const JointAxes<1 + most_operands>& part, View y, const Operands& x, int width) {
  std::array<View, 1 + most_operands> views{y};
  for (int i = 0; i < most_operands; ++i) views[1 + i] = x.tensor[i] ? *x.tensor[i] : View{};
  Elements e{{part, width, views}, {}};
  std::copy(x.number.begin(), x.number.end(), e.number);
  return e;
}

bool is_dense(const Elements& e, DType in, bool predicate) {
  const auto* o = e.rows.operand;
  bool dense = e.rows.walk.rank == 1 && o[0].whole && (predicate || o[0].dtype == in);
  for (int i = 1; i <= most_operands; ++i) dense = dense && (!o[i].data || (o[i].whole && o[i].dtype == in));
  return dense;
}

}  // namespace

void Elementwise::compute(Cuda cuda, View y, const Operands& x) const {
  Shape nowhere = y.layout->shape;
  std::fill(nowhere.begin(), nowhere.end(), 0);
  const auto strides = [&](int i) { return std::cref(x.tensor[i] ? x.tensor[i]->layout->strides : nowhere); };
  const JointAxes<1 + most_operands> axes(y.layout->shape,
                                          {std::cref(y.layout->strides), strides(0), strides(1), strides(2)});
  const CudaKernels& kernels = entry(*op->cuda, x.in);
  for_each_part(axes, [&](const auto& part) {
    const Elements e = elements(part, y, x, general_width(size_of(x.in)));
    const bool dense = is_dense(e, x.in, op->predicate);
    const std::int64_t packs = dense ? ceil_divide(e.rows.columns, 16 / size_of(x.in)) : e.rows.packs;
    launch_kernel(dense ? kernels.dense : kernels.general, grid_for(packs), block_threads, 0, cuda, e);
  });
}

}  // namespace ramie::kernels
