#include <ramie/autograd/ops/matmul.h>

#include <fmt/format.h>

#include <ramie/autograd/apply.h>
#include <ramie/autograd/ops/shape.h>
#include <ramie/tensor/error.h>
#include <ramie/tensor/ops/matmul.h>

namespace ramie {
namespace {

// Over a batch. One matrix with columns is, turned, one product.
Tensor products(const Tensor& a, const Tensor& b) {
  if (a.rank() == 2 && b.shape(-1) == 1) return swapaxes(matmul(swapaxes(b, -1, -2), transpose(a)), -1, -2);
  return matmul(a, b);
}

// Matrices with the same batch axes.  da = dy b^T,  db = a^T dy
Tensor product(const Tensor& a, const Tensor& b) {
  return apply("matmul", {a, b}, Forward{[](auto& a, auto& b) { return launch(kernels::Matmul{}, a, b); }},
               Saved{[](auto&, auto& a, auto& b) { return save(a, b); }},
               Vjp{[](auto& dy, Needs needs, auto& a, auto& b) {
                 return Grads{needs[0] ? product(dy, swapaxes(b, -1, -2)) : Tensor(),
                              needs[1] ? product(swapaxes(a, -1, -2), dy) : Tensor()};
               }},
               multilinear, Vmap{[](Batch, const Tensor& a, const Tensor& b) { return products(a, b); }});
}

void check(const Tensor& a, const Tensor& b) {
  if (a.rank() == 0 || b.rank() == 0)
    fail("matmul", fmt::format("a number is no matrix: a is {}, b {}. Multiply with *.", str(a.layout()),
                               str(b.layout())));
  const std::int64_t columns = a.shape(-1), rows = b.shape(b.rank() == 1 ? 0 : -2);
  if (columns != rows)
    fail("matmul",
         fmt::format("the last axis of a ({}) must be as long as {} of b ({}): a is {}, b {}.", columns,
                     b.rank() == 1 ? "that" : "the last but one", rows, str(a.layout()), str(b.layout())));
}

// All matrices of a with one b are one tall product.
Tensor tall(const Tensor& a, const Tensor& b) {
  Shape shape(std::span(a.shape().begin(), a.shape().end() - 1));
  const std::int64_t rows = shape.size();
  shape.push_back(b.shape(1));
  return reshape(product(reshape(a, {rows, a.shape(-1)}), b), shape);
}

Tensor with_batch(const Tensor& x, const Shape& batch) {
  Shape shape = batch;
  shape.push_back(x.shape(-2));
  shape.push_back(x.shape(-1));
  return x.shape() == shape ? x : broadcast_to(x, shape);
}
Shape batch_of(const Tensor& x) { return Shape(std::span(x.shape().begin(), x.shape().end() - 2)); }

Tensor matrices(const Tensor& a, const Tensor& b) {
  if (a.rank() == 2 && b.rank() == 2) return product(a, b);
  if (b.rank() == 2) return tall(a, b);
  const Shape batch = broadcast("matmul", batch_of(a), batch_of(b));
  return product(with_batch(a, batch), with_batch(b, batch));
}

}  // namespace

Tensor matmul(const Tensor& a, const Tensor& b) {
  check(a, b);
  if (a.rank() == 1) return squeeze(matmul(expand_dims(a, 0), b), {b.rank() == 1 ? -1 : -2});
  if (b.rank() == 1) return squeeze(matmul(a, expand_dims(b, 1)), {-1});
  const DType dtype = promote(a.dtype(), b.dtype());
  return matrices(a.astype(dtype), b.astype(dtype));
}

}  // namespace ramie
