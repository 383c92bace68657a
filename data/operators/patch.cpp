#include <ramie/data/operators/patch.h>

#include <ramie/autograd/ops/elementwise.h>
#include <ramie/autograd/ops/shape.h>
#include <ramie/tensor/create.h>

namespace ramie::data::detail {
namespace {

// Which of the places 0..n-1 lie in first..first + length - 1; the places lie along the last axis.
Tensor inside(const Tensor& first, std::int64_t length, std::int64_t n) {
  const Tensor at = expand_dims(first, -1), places = arange(n).to(first.device()).astype(first.dtype());
  return (places >= at) & (places < at + length);
}

}  // namespace

Tensor covered(const Tensor& top, const Tensor& left, const Extent& patch, const Extent& image) {
  const Tensor rows = inside(top, patch.height, image.height);
  const Tensor columns = inside(left, patch.width, image.width);
  Tensor all;
  for (std::int64_t i = 0; i < top.shape(1); ++i) {
    const Tensor one = rows.index({range(), i, range()}).reshape({-1, image.height, 1}) &
                       columns.index({range(), i, range()}).reshape({-1, 1, image.width});
    all = all ? all | one : one;
  }
  return expand_dims(all, -1);
}

Tensor whole(const Tensor& uniform, std::int64_t n) {
  return minimum(floor(uniform * n), n - 1).astype(int32);  // the product may be rounded up to n
}

}  // namespace ramie::data::detail
