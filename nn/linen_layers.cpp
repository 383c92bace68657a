#include <ramie/nn/linen.h>

#include <fmt/format.h>

#include <ramie/autograd/ops/conv.h>
#include <ramie/autograd/ops/elementwise.h>
#include <ramie/autograd/ops/index.h>
#include <ramie/autograd/ops/matmul.h>
#include <ramie/autograd/ops/normalization.h>
#include <ramie/nn/conv.h>
#include <ramie/nn/dropout.h>
#include <ramie/tensor/error.h>

namespace ramie::nn::linen {
namespace {

Scope& part(Scope& scope, const char* type, const std::string& name) {
  return name.empty() ? scope.child(type) : scope.named(name);
}

std::int64_t features_of(const char* layer, const Tensor& x) {
  if (x.rank() == 0)
    fail(layer, fmt::format("the input is {}: it has no axis of features.", str(x.layout())));
  return x.shape(-1);
}

Tensor plus_bias(const Tensor& y, Scope& scope, const Initializer& init, DType dtype) {
  return add(y, scope.param("bias", init, {y.shape(-1)}, dtype));
}

}  // namespace

Tensor dense(Scope& parent, const Tensor& x, const DenseOptions& o) {
  const std::int64_t in = features_of("dense", x);
  Scope& scope = part(parent, "Dense", o.name);
  const Tensor y = matmul(x, scope.param("kernel", o.kernel_init, {in, o.features}, o.param_dtype));
  return o.use_bias ? plus_bias(y, scope, o.bias_init, o.param_dtype) : y;
}

Tensor conv(Scope& parent, const Tensor& x, const ConvOptions& o) {
  const Shape shape = nn::detail::conv_kernel_shape("conv", o.kernel_size, features_of("conv", x), o.features,
                                                    o.feature_group_count);
  const int axes = o.kernel_size.rank();
  Scope& scope = part(parent, "Conv", o.name);
  return nn::detail::over_batches("conv", x, axes, [&](const Tensor& images) {
    const Tensor kernel = scope.param("kernel", o.kernel_init, shape, o.param_dtype);
    const Tensor y = ramie::conv(
        images, kernel, {o.strides, o.padding, o.input_dilation, o.kernel_dilation, o.feature_group_count});
    return o.use_bias ? plus_bias(y, scope, o.bias_init, o.param_dtype) : y;
  });
}

Tensor embed(Scope& parent, const Tensor& indices, const EmbedOptions& o) {
  if (!is_integer(indices.dtype()))
    fail("embed", fmt::format("the input is {}, but rows have integer numbers: use .astype(int32).",
                              str(indices.layout())));
  Scope& scope = part(parent, "Embed", o.name);
  return take(scope.param("embedding", o.embedding_init, {o.num_embeddings, o.features}, o.param_dtype),
              indices, 0);
}

Tensor layer_norm(Scope& parent, const Tensor& x, const LayerNormOptions& o) {
  const Shape features{features_of("layer_norm", x)};
  Scope& scope = part(parent, "LayerNorm", o.name);
  Tensor scale, bias;
  if (o.use_scale) scale = scope.param("scale", initializers::ones(), features, o.param_dtype);
  if (o.use_bias) bias = scope.param("bias", initializers::zeros(), features, o.param_dtype);
  return ramie::layer_norm(x, scale, bias, {.epsilon = o.epsilon});
}

Tensor dropout(Scope& parent, const Tensor& x, const DropoutOptions& o) {
  Dropout layer(o.rate);
  layer.deterministic = o.deterministic;
  Scope& scope = part(parent, "Dropout", o.name);
  const bool draws = !o.deterministic && o.rate > 0 && o.rate < 1;
  return layer(x, draws ? scope.make_rng("dropout") : Tensor());
}

}  // namespace ramie::nn::linen
