// Dense layers: y = x kernel + bias.
//
//   nn::Linear linear(784, 256, rngs);                                // x [..., 784] -> [..., 256]
//   nn::LinearGeneral heads(64, {8, 16}, rngs);                       // x [..., 64] -> [..., 8, 16]
//   nn::LinearGeneral joined({8, 16}, 64, {.axis = {-2, -1}}, rngs);  // x [..., 8, 16] -> [..., 64]
//   nn::Einsum each("nta,hab->nthb", {8, 2, 4}, {{8, 4}}, rngs);      // x [n, t, 2] -> [n, t, 8, 4]
//
// Source: flax.nnx.Linear, LinearGeneral, Einsum.
#pragma once

#include <map>
#include <optional>
#include <string>

#include <ramie/nn/initializers.h>
#include <ramie/nn/rngs.h>

namespace ramie::nn {

struct LinearOptions {
  bool use_bias = true;
  DType param_dtype = float32;
  Initializer kernel_init = initializers::lecun_normal();
  Initializer bias_init = initializers::zeros();
};

// Over the last axis of x.
struct Linear : Module<Linear> {
  Param kernel;  // [in, out]
  std::optional<Param> bias;
  std::int64_t in_features, out_features;

  Linear(std::int64_t in_features, std::int64_t out_features, const LinearOptions& options, Rngs& rngs);
  Linear(std::int64_t in_features, std::int64_t out_features, Rngs& rngs)
      : Linear(in_features, out_features, LinearOptions(), rngs) {}
  Tensor operator()(const Tensor& x) const;
  using fields = Fields<&Linear::kernel, &Linear::bias, &Linear::in_features, &Linear::out_features>;
};

// One number or several: 8, {4, 2}.
struct Numbers : Shape {
  Numbers(std::int64_t n) : Shape{n} {}
  Numbers(std::initializer_list<std::int64_t> n) : Shape(n) {}
  Numbers(const Shape& n) : Shape(n) {}
};

struct LinearGeneralOptions {
  Numbers axis = -1;                                     // those of x with the input features
  std::map<std::int64_t, std::int64_t> batch_axis = {};  // leading axes with a kernel for each index: sizes
  bool use_bias = true;
  DType param_dtype = float32;
  Initializer kernel_init = initializers::lecun_normal();  // sees the kernel as [in, out]
  Initializer bias_init = initializers::zeros();
};

// Over any axes of x, whose places in the result the output features do not take: they come last.
struct LinearGeneral : Module<LinearGeneral> {
  Param kernel;               // [batch..., in..., out...]
  std::optional<Param> bias;  // [batch..., out...]
  Shape in_features, out_features, axis;
  std::map<std::int64_t, std::int64_t> batch_axis;

  LinearGeneral(const Numbers& in_features, const Numbers& out_features, const LinearGeneralOptions& options,
                Rngs& rngs);
  LinearGeneral(const Numbers& in_features, const Numbers& out_features, Rngs& rngs)
      : LinearGeneral(in_features, out_features, LinearGeneralOptions(), rngs) {}
  Tensor operator()(const Tensor& x) const;
  using fields = Fields<&LinearGeneral::kernel, &LinearGeneral::bias, &LinearGeneral::in_features,
                        &LinearGeneral::out_features, &LinearGeneral::axis, &LinearGeneral::batch_axis>;
};

struct EinsumOptions {
  DType param_dtype = float32;
  Initializer kernel_init = initializers::lecun_normal();
  Initializer bias_init = initializers::zeros();
};

// einsum(formula, {x, kernel}) + bias, whose axes are those of the result that the kernel has.
struct Einsum : Module<Einsum> {
  Param kernel;
  std::optional<Param> bias;
  std::string einsum_str;

  Einsum(std::string einsum_str, const Shape& kernel_shape, const std::optional<Shape>& bias_shape,
         const EinsumOptions& options, Rngs& rngs);
  Einsum(std::string einsum_str, const Shape& kernel_shape, const std::optional<Shape>& bias_shape,
         Rngs& rngs)
      : Einsum(std::move(einsum_str), kernel_shape, bias_shape, EinsumOptions(), rngs) {}
  Einsum(std::string einsum_str, const Shape& kernel_shape, Rngs& rngs)
      : Einsum(std::move(einsum_str), kernel_shape, std::nullopt, rngs) {}
  Tensor operator()(const Tensor& x) const;
  using fields = Fields<&Einsum::kernel, &Einsum::bias, &Einsum::einsum_str>;
};

namespace detail {

// x kernel + bias over the last axis, with errors of that layer.
Tensor dense(const char* layer, const Tensor& x, const Tensor& kernel, const std::optional<Param>& bias);

}  // namespace detail
}  // namespace ramie::nn
