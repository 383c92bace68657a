#include <ramie/nn/class_labels.h>

#include <fmt/format.h>

#include <ramie/autograd/ops/elementwise.h>
#include <ramie/autograd/ops/index.h>
#include <ramie/autograd/ops/shape.h>
#include <ramie/tensor/error.h>

namespace ramie::nn::detail {

void check_class_labels(const char* op, const char* what, const Tensor& scores, const Tensor& labels) {
  Shape expected = scores.shape();
  if (!expected.empty()) expected.erase(expected.rank() - 1);
  if (scores.rank() == 0 || labels.shape() != expected || is_floating(labels.dtype()))
    fail(op, fmt::format("{} {} need integer labels of shape {}, not {}.", what, str(scores.layout()),
                         str(expected), str(labels.layout())));
}

Tensor class_indices(const Tensor& labels, std::int64_t classes) {
  const Tensor wide = labels.dtype() == int64 ? labels : labels.astype(int32);
  return where(wide < 0, wide - classes, wide);
}
Tensor of_class(const Tensor& scores, const Tensor& labels) {
  const Tensor indices = expand_dims(class_indices(labels, scores.shape(-1)), -1);
  return squeeze(take_along_axis(scores, indices, -1), {-1});
}

}  // namespace ramie::nn::detail
