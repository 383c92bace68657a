// PReLU: x where it is positive, else x times a slope that is learned.
//
//   nn::PReLU act;                        // the slope starts at 0.01
//   Tensor y = act(x);
//
// Source: flax.nnx.PReLU; He et al., 2015.
#pragma once

#include <ramie/autograd/ops/elementwise.h>
#include <ramie/nn/module.h>
#include <ramie/tensor/create.h>

namespace ramie::nn {

struct PReLU : Module<PReLU> {
  Param negative_slope;  // a number

  explicit PReLU(double negative_slope_init = 0.01, DType param_dtype = float32)
      : negative_slope(full({}, negative_slope_init, param_dtype)) {}
  // In x's dtype.
  Tensor operator()(const Tensor& x) const {
    return call(
        x, [&](const Tensor& x) { return where(x >= 0, x, negative_slope.value().astype(x.dtype()) * x); });
  }
  using fields = Fields<&PReLU::negative_slope>;
};

}  // namespace ramie::nn
