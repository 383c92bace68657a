#include <ramie/data/operators/patch.h>

#include <ramie/autograd/ops/elementwise.h>
#include <ramie/autograd/ops/reduce.h>
#include <ramie/autograd/ops/shape.h>
#include <ramie/tensor/create.h>

namespace ramie::data::detail {
namespace {

// [rows, patches, n]: which of the places 0..n-1 lie in first..first + length - 1.
Tensor inside(const Tensor& first, std::int64_t length, std::int64_t n) {
  const Tensor at = expand_dims(first, -1), places = arange(n).to(first.device()).astype(first.dtype());
  return (places >= at) & (places < at + length);
}

}  // namespace

Tensor covered(const Tensor& top, const Tensor& left, const Extent& patch, const Extent& image) {
  const Tensor rows = expand_dims(inside(top, patch.height, image.height), -1);
  const Tensor columns = expand_dims(inside(left, patch.width, image.width), 2);
  return expand_dims(any(rows & columns, {1}), -1);
}

Tensor whole(const Tensor& uniform, std::int64_t n) {
  return minimum(floor(uniform * n), n - 1).astype(int32);  // the product may be rounded up to n
}

}  // namespace ramie::data::detail
