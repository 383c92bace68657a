#include <ramie/nn/conv.h>

#include <fmt/format.h>

#include <ramie/autograd/ops/elementwise.h>
#include <ramie/autograd/ops/shape.h>
#include <ramie/tensor/error.h>

namespace ramie::nn {
namespace {

std::int64_t per_group(std::int64_t in, std::int64_t out, std::int64_t groups) {
  if (groups < 1 || in % groups || out % groups)
    fail("Conv",
         fmt::format("{} input and {} output features do not divide into {} groups.", in, out, groups));
  return in / groups;
}

}  // namespace

Conv::Conv(std::int64_t in, std::int64_t out, const ConvOptions& o, Rngs& rngs)
    : kernel(o.kernel_init(
          rngs.params(), {o.kernel_size[0], o.kernel_size[1], per_group(in, out, o.feature_group_count), out},
          o.param_dtype)),
      in_features(in),
      out_features(out),
      kernel_size(o.kernel_size),
      strides(o.strides),
      padding(o.padding),
      kernel_dilation(o.kernel_dilation),
      feature_group_count(o.feature_group_count) {
  if (o.use_bias) bias.emplace(o.bias_init(rngs.params(), {out}, o.param_dtype));
}

Tensor Conv::operator()(const Tensor& x) const {
  const bool single = x.rank() == 3;
  Tensor y = conv2d(single ? expand_dims(x, 0) : x, kernel,
                    {strides, padding, kernel_dilation, feature_group_count});
  if (bias) y = add(y, *bias);
  return single ? squeeze(y, {0}) : y;
}

}  // namespace ramie::nn
