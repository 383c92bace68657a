#include <fmt/format.h>

#include <ramie/autograd/apply.h>
#include <ramie/autograd/ops/elementwise.h>
#include <ramie/autograd/ops/shape.h>
#include <ramie/tensor/error.h>
#include <ramie/tensor/ops/elementwise.h>

namespace ramie {
namespace {

using kernels::Elementwise;
namespace ops = kernels::ops;

// The operands of an op on two tensors, in their common shape and dtype. Nothing is copied where they agree; a
// broadcast or a conversion is an op of its own, whose gradient sums or casts back.
template <class F> Tensor matched(const char* name, const Tensor& a, const Tensor& b, const F& f) {
  if (a.shape() != b.shape()) {
    const Shape shape = broadcast(name, a.shape(), b.shape());
    return matched(name, a.shape() == shape ? a : broadcast_to(a, shape), b.shape() == shape ? b : broadcast_to(b, shape), f);
  }
  return f(a, b);
}

}  // namespace
}  // namespace ramie
