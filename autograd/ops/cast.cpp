#include <ramie/autograd/apply.h>
#include <ramie/autograd/ops/elementwise.h>
#include <ramie/tensor/ops/cast.h>
#include <ramie/tensor/ops/copy.h>

namespace ramie {

Tensor astype(const Tensor& x, DType dtype) {
  if (x.dtype() == dtype) return x;
  return apply("astype", {x}, Forward{[dtype](auto& v) { return launch(kernels::Cast{dtype}, v); }},
               Vjp{[from = x.dtype()](auto& dy) { return Grads{astype(dy, from)}; }}, linear,
               Vmap{[dtype](Batch, auto& x) { return astype(x, dtype); }});
}

Tensor Tensor::to(Device device) const {
  if (device == this->device()) return *this;
  return apply("to", {*this}, Forward{[device](auto& v) { return transfer(v, device); }},
               Vjp{[from = this->device()](auto& dy) { return Grads{dy.to(from)}; }}, linear,
               Vmap{[device](Batch, auto& x) { return x.to(device); }});
}

Tensor contiguous(const Tensor& x) {
  if (x.layout().dense) return x;
  return apply("contiguous", {x}, Forward{[](auto& v) { return launch(kernels::Copy{}, v); }},
               Vjp{[](auto& dy) { return Grads{dy}; }}, elementwise);
}

}  // namespace ramie
