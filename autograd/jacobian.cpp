#include <ramie/autograd/jacobian.h>

#include <ramie/autograd/ops/elementwise.h>
#include <ramie/autograd/ops/shape.h>
#include <ramie/tensor/create.h>

namespace ramie::detail {

Tensor basis_of(const Tensor& x) {
  Shape shape = x.shape();
  shape.insert(0, x.size());
  const DeviceScope on(x.device());
  const Tensor i = arange(x.size());
  return reshape(astype(equal(expand_dims(i, 1), expand_dims(i, 0)), x.dtype()), shape);
}

Tensor jacobian_rows(const Tensor& g, const Shape& y) {
  Shape shape = y;
  for (int i = 1; i < g.rank(); ++i) shape.push_back(g.shape(i));
  return reshape(g, shape);
}

Tensor jacobian_columns(const Tensor& dy, const Shape& x) {
  Shape order, shape;
  for (int i = 1; i < dy.rank(); ++i) {
    order.push_back(i);
    shape.push_back(dy.shape(i));
  }
  order.push_back(0);
  for (const auto n : x) shape.push_back(n);
  return reshape(transpose(dy, order), shape);
}

}  // namespace ramie::detail
