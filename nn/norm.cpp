#include <ramie/nn/norm.h>

#include <fmt/format.h>

#include <algorithm>

#include <ramie/autograd/engine.h>
#include <ramie/autograd/ops/elementwise.h>
#include <ramie/autograd/ops/normalization.h>
#include <ramie/autograd/ops/reduce.h>
#include <ramie/autograd/ops/shape.h>
#include <ramie/tensor/create.h>
#include <ramie/tensor/error.h>

namespace ramie::nn {
namespace {

void check_features(const char* layer, const Tensor& x, std::int64_t features) {
  if (x.rank() < 1 || x.shape(-1) != features)
    fail(layer, fmt::format("the input is {}, but its last axis must have num_features = {} elements.",
                            str(x.layout()), features));
}

std::optional<Param> drawn(bool used, const Initializer& init, std::int64_t features, DType dtype,
                           Rngs& rngs) {
  return used ? std::optional<Param>(init(rngs.params(), {features}, dtype)) : std::nullopt;
}

Tensor value_of(const std::optional<Param>& p) { return p ? p->value() : Tensor(); }

// Lengths that are 1 but along those axes of x.
Shape only_along(const char* layer, const Tensor& x, const Shape& axes, std::int64_t features) {
  Shape shape;
  for (int i = 0; i < x.rank(); ++i) {
    const bool named =
        std::any_of(axes.begin(), axes.end(), [&](auto a) { return a == i || a == i - x.rank(); });
    shape.push_back(named ? x.shape(i) : 1);
  }
  if (shape.size() != features)
    fail(layer, fmt::format("the input is {}, but its axes {} must have num_features = {} elements.",
                            str(x.layout()), str(axes), features));
  return shape;
}
Tensor placed(const std::optional<Param>& p, const Shape& shape) { return p ? reshape(*p, shape) : Tensor(); }

std::int64_t groups_of(std::int64_t features, const GroupNormOptions& o) {
  const std::int64_t size = o.group_size.value_or(1),
                     groups = o.group_size ? features / std::max<std::int64_t>(size, 1) : o.num_groups;
  if (size < 1 || groups < 1 || features % size || features % groups)
    fail("GroupNorm", o.group_size
                          ? fmt::format("{} features do not divide into groups of {}.", features, size)
                          : fmt::format("{} features do not divide into {} groups: give .num_groups or "
                                        ".group_size.",
                                        features, groups));
  return groups;
}

}  // namespace

BatchNorm::BatchNorm(std::int64_t features, const BatchNormOptions& o, Rngs& rngs)
    : mean(zeros({features}, o.param_dtype)),
      var(ones({features}, o.param_dtype)),
      num_features(features),
      momentum(o.momentum),
      epsilon(o.epsilon),
      use_running_average(o.use_running_average) {
  // Both draw a key that they do not use, as in Flax: the next layer's key depends on it.
  if (o.use_scale) scale.emplace((rngs.params(), ones({features}, o.param_dtype)));
  if (o.use_bias) bias.emplace((rngs.params(), zeros({features}, o.param_dtype)));
}

Tensor BatchNorm::operator()(const Tensor& input) {
  return call(input, [&](const Tensor& input) {
    check_features("BatchNorm", input, num_features);
    const Tensor x = input.astype(promote(input.dtype(), float32));  // half types would lose the variance
    const auto [mu, sigma2] =
        use_running_average ? std::pair<Tensor, Tensor>(mean, var) : batch_statistics(x);
    Tensor factor = rsqrt(sigma2 + epsilon);
    if (scale) factor = factor * *scale;
    Tensor y = (x - mu) * factor;
    if (bias) y = y + *bias;
    return y.astype(output_dtype(input.dtype()));
  });
}

std::pair<Tensor, Tensor> BatchNorm::batch_statistics(const Tensor& x) {
  Shape axes;
  for (int i = 0; i < x.rank() - 1; ++i) axes.push_back(i);
  if (axes.empty())
    fail("BatchNorm", fmt::format("the input {} has no batch axis to normalise over.", str(x.layout())));
  Tensor mu = ramie::mean(x, axes);
  Tensor sigma2 = maximum(ramie::mean(square(x), axes) - square(mu), 0);
  mean = mean.value() * momentum + stop_gradient(mu) * (1 - momentum);
  var = var.value() * momentum + stop_gradient(sigma2) * (1 - momentum);
  return {std::move(mu), std::move(sigma2)};
}

DType BatchNorm::output_dtype(DType input) const {
  DType t = is_floating(input) ? input : float32;
  for (auto* parameter : {&scale, &bias})
    if (*parameter) t = promote(t, (*parameter)->dtype());
  return t;
}

LayerNorm::LayerNorm(std::int64_t features, const LayerNormOptions& o, Rngs& rngs)
    : scale(drawn(o.use_scale, o.scale_init, features, o.param_dtype, rngs)),
      bias(drawn(o.use_bias, o.bias_init, features, o.param_dtype, rngs)),
      num_features(features),
      epsilon(o.epsilon),
      reduction_axes(o.reduction_axes),
      feature_axes(o.feature_axes),
      use_fast_variance(o.use_fast_variance) {}

Tensor LayerNorm::operator()(const Tensor& x) const {
  return call(x, [&](const Tensor& x) {
    const Shape features = only_along("LayerNorm", x, feature_axes, num_features);
    return layer_norm(x, placed(scale, features), placed(bias, features), {epsilon, use_fast_variance},
                      reduction_axes);
  });
}

RMSNorm::RMSNorm(std::int64_t features, const RMSNormOptions& o, Rngs& rngs)
    : scale(drawn(o.use_scale, o.scale_init, features, o.param_dtype, rngs)),
      num_features(features),
      epsilon(o.epsilon),
      reduction_axes(o.reduction_axes),
      feature_axes(o.feature_axes) {}

Tensor RMSNorm::operator()(const Tensor& x) const {
  return call(x, [&](const Tensor& x) {
    const Shape features = only_along("RMSNorm", x, feature_axes, num_features);
    return rms_norm(x, placed(scale, features), epsilon, reduction_axes);
  });
}

GroupNorm::GroupNorm(std::int64_t features, const GroupNormOptions& o, Rngs& rngs)
    : scale(drawn(o.use_scale, o.scale_init, features, o.param_dtype, rngs)),
      bias(drawn(o.use_bias, o.bias_init, features, o.param_dtype, rngs)),
      num_features(features),
      num_groups(groups_of(features, o)),
      epsilon(o.epsilon),
      use_fast_variance(o.use_fast_variance) {}

Tensor GroupNorm::operator()(const Tensor& x) const {
  return call(x, [&](const Tensor& x) {
    check_features("GroupNorm", x, num_features);
    return group_norm(x, num_groups, value_of(scale), value_of(bias), {epsilon, use_fast_variance});
  });
}

InstanceNorm::InstanceNorm(std::int64_t features, const InstanceNormOptions& o, Rngs& rngs)
    : scale(drawn(o.use_scale, o.scale_init, features, o.param_dtype, rngs)),
      bias(drawn(o.use_bias, o.bias_init, features, o.param_dtype, rngs)),
      num_features(features),
      epsilon(o.epsilon),
      use_fast_variance(o.use_fast_variance) {}

Tensor InstanceNorm::operator()(const Tensor& x) const {
  return call(x, [&](const Tensor& x) {
    check_features("InstanceNorm", x, num_features);
    return instance_norm(x, value_of(scale), value_of(bias), {epsilon, use_fast_variance});
  });
}

}  // namespace ramie::nn
