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

// The mean over some axes, which stay with length 1, of what the mask takes.
Tensor masked_mean(const Tensor& x, const Shape& axes, const Tensor& mask) {
  if (!mask) return ramie::mean(x, axes, true);
  const Tensor taken = broadcast_to(mask, x.shape());
  return sum(where(taken, x, 0), axes, true) / sum(taken.astype(x.dtype()), axes, true);
}
Tensor masked_variance(const Tensor& x, const Tensor& mean, const Shape& axes, const Tensor& mask,
                       bool fast) {
  if (!fast) return masked_mean(square(x - mean), axes, mask);
  return maximum(masked_mean(square(x), axes, mask) - square(mean), 0);
}

void check_mask(const char* layer, const Tensor& x, const Tensor& mask) {
  if (mask && mask.dtype() != bool_)
    fail(layer, fmt::format("the mask is {}, but says of each element whether it counts: use (mask != 0).",
                            str(mask.layout())));
  if (mask && mask.rank() > x.rank())
    fail(layer,
         fmt::format("the mask {} does not broadcast to the input {}.", str(mask.layout()), str(x.layout())));
}

// The norms with a mask, out of single ops; without a mean, that of the squares alone.
struct Masked {
  Shape axes;
  double epsilon;
  bool fast, centered = true;
  Tensor operator()(const Tensor& input, const Tensor& mask) const {
    const Tensor x = input.astype(promote(input.dtype(), float32));
    if (!centered) return x * rsqrt(masked_mean(square(x), axes, mask) + epsilon);
    const Tensor mu = masked_mean(x, axes, mask);
    return (x - mu) * rsqrt(masked_variance(x, mu, axes, mask, fast) + epsilon);
  }
};
Tensor scaled(Tensor y, const Tensor& scale, const Tensor& bias, DType input) {
  DType dtype = is_floating(input) ? input : float32;
  for (const Tensor& parameter : {scale, bias})
    if (parameter) dtype = promote(dtype, parameter.dtype());
  if (scale) y = y * scale;
  if (bias) y = y + bias;
  return y.astype(dtype);
}

// All axes but the first and the last.
Shape between(const Tensor& x) {
  Shape axes;
  for (int i = 1; i + 1 < x.rank(); ++i) axes.push_back(i);
  return axes;
}

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

// Scale and bias draw a key each, as in Flax, which ones and zeros do not use: the next layer's key depends
// on it.
BatchNorm::BatchNorm(std::int64_t features, const BatchNormOptions& o, Rngs& rngs)
    : mean(zeros({features}, o.param_dtype)),
      var(ones({features}, o.param_dtype)),
      scale(drawn(o.use_scale, o.scale_init, features, o.param_dtype, rngs)),
      bias(drawn(o.use_bias, o.bias_init, features, o.param_dtype, rngs)),
      num_features(features),
      momentum(o.momentum),
      epsilon(o.epsilon),
      use_running_average(o.use_running_average),
      axis(o.axis),
      use_fast_variance(o.use_fast_variance) {}

Tensor BatchNorm::operator()(const Tensor& input, const Tensor& mask) {
  return call(input, [&](const Tensor& input) {
    const int at = feature_axis(input);
    check_mask("BatchNorm", input, mask);
    const Tensor x = input.astype(promote(input.dtype(), float32));  // half types would lose the variance
    const auto [mu, sigma2] =
        use_running_average ? std::pair<Tensor, Tensor>(mean, var) : batch_statistics(x, mask);
    Tensor factor = rsqrt(sigma2 + epsilon);
    if (scale) factor = factor * *scale;
    Shape along{num_features};
    for (int i = at + 1; i < x.rank(); ++i) along.push_back(1);
    const auto placed = [&](const Tensor& t) { return along.size() == 1 ? t : reshape(t, along); };
    Tensor y = (x - placed(mu)) * placed(factor);
    if (bias) y = y + placed(*bias);
    return y.astype(output_dtype(input.dtype()));
  });
}

int BatchNorm::feature_axis(const Tensor& x) const {
  if (axis == -1) check_features("BatchNorm", x, num_features);
  const std::int64_t at = axis < 0 ? axis + x.rank() : axis;
  if (at < 0 || at >= x.rank() || x.shape(static_cast<int>(at)) != num_features)
    fail("BatchNorm", fmt::format("the input is {}, but its axis {} must have num_features = {} elements.",
                                  str(x.layout()), axis, num_features));
  return static_cast<int>(at);
}

std::pair<Tensor, Tensor> BatchNorm::batch_statistics(const Tensor& x, const Tensor& mask) {
  Shape axes;
  for (int i = 0; i < x.rank(); ++i)
    if (i != feature_axis(x)) axes.push_back(i);
  if (axes.empty())
    fail("BatchNorm", fmt::format("the input {} has no batch axis to normalise over.", str(x.layout())));
  Tensor mu, sigma2;
  if (!mask && use_fast_variance) {
    mu = ramie::mean(x, axes);
    sigma2 = maximum(ramie::mean(square(x), axes) - square(mu), 0);
  } else {
    const Tensor kept = masked_mean(x, axes, mask);
    mu = reshape(kept, {num_features});
    sigma2 = reshape(masked_variance(x, kept, axes, mask, use_fast_variance), {num_features});
  }
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

Tensor LayerNorm::operator()(const Tensor& x, const Tensor& mask) const {
  return call(x, [&](const Tensor& x) {
    const Shape features = only_along("LayerNorm", x, feature_axes, num_features);
    check_mask("LayerNorm", x, mask);
    if (mask)
      return scaled(Masked{reduction_axes, epsilon, use_fast_variance}(x, mask), placed(scale, features),
                    placed(bias, features), x.dtype());
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

Tensor RMSNorm::operator()(const Tensor& x, const Tensor& mask) const {
  return call(x, [&](const Tensor& x) {
    const Shape features = only_along("RMSNorm", x, feature_axes, num_features);
    check_mask("RMSNorm", x, mask);
    if (mask)
      return scaled(Masked{reduction_axes, epsilon, true, false}(x, mask), placed(scale, features), {},
                    x.dtype());
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

Tensor GroupNorm::operator()(const Tensor& x, const Tensor& mask) const {
  return call(x, [&](const Tensor& x) {
    check_features("GroupNorm", x, num_features);
    check_mask("GroupNorm", x, mask);
    if (mask) {
      Shape grouped, axes = between(x);
      for (int i = 0; i + 1 < x.rank(); ++i) grouped.push_back(x.shape(i));
      grouped.push_back(num_groups);
      grouped.push_back(num_features / num_groups);
      axes.push_back(-1);
      const Tensor y = Masked{axes, epsilon, use_fast_variance}(
          reshape(x, grouped), reshape(broadcast_to(mask, x.shape()), grouped));
      return scaled(reshape(y, x.shape()), value_of(scale), value_of(bias), x.dtype());
    }
    return group_norm(x, num_groups, value_of(scale), value_of(bias), {epsilon, use_fast_variance});
  });
}

InstanceNorm::InstanceNorm(std::int64_t features, const InstanceNormOptions& o, Rngs& rngs)
    : scale(drawn(o.use_scale, o.scale_init, features, o.param_dtype, rngs)),
      bias(drawn(o.use_bias, o.bias_init, features, o.param_dtype, rngs)),
      num_features(features),
      epsilon(o.epsilon),
      use_fast_variance(o.use_fast_variance) {}

Tensor InstanceNorm::operator()(const Tensor& x, const Tensor& mask) const {
  return call(x, [&](const Tensor& x) {
    check_features("InstanceNorm", x, num_features);
    check_mask("InstanceNorm", x, mask);
    if (mask)
      return scaled(Masked{between(x), epsilon, use_fast_variance}(x, mask), value_of(scale), value_of(bias),
                    x.dtype());
    return instance_norm(x, value_of(scale), value_of(bias), {epsilon, use_fast_variance});
  });
}

}  // namespace ramie::nn
