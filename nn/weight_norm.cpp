#include <ramie/nn/weight_norm.h>

#include <fmt/format.h>

#include <algorithm>

#include <ramie/autograd/engine.h>
#include <ramie/autograd/ops/elementwise.h>
#include <ramie/autograd/ops/matmul.h>
#include <ramie/autograd/ops/reduce.h>
#include <ramie/autograd/ops/shape.h>
#include <ramie/tensor/create.h>
#include <ramie/tensor/error.h>

namespace ramie::nn {
namespace {

std::vector<Found> parameters_of(const Any& layer) {
  std::vector<Found> all = variables(layer);
  std::erase_if(all, [](const Found& f) { return !is<Param>(f.path, *f.kind); });
  return all;
}

// The layer's output with f(path, value) in the place of each parameter, for this call alone.
template <class F>
Tensor call_with(Any& layer, const Tensor& x, const F& f) {
  const std::vector<Found> parameters = parameters_of(layer);
  std::vector<Tensor> values;
  for (auto& p : parameters) values.push_back(f(p.path, p.variable->value()));
  detail::Substitution substitution;
  for (std::size_t i = 0; i < values.size(); ++i) substitution.put(parameters[i].variable->cell(), values[i]);
  return layer(x);
}

bool names(const Shape& axes, int axis, int rank) {
  return std::any_of(axes.begin(), axes.end(), [=](auto a) { return a == axis || a + rank == axis; });
}
// x's lengths along the feature axes, or along the others.
Shape lengths(const Shape& axes, const Tensor& x) {
  Shape out;
  for (int axis = 0; axis < x.rank(); ++axis)
    if (names(axes, axis, x.rank())) out.push_back(x.shape(axis));
  return out;
}

Tensor over_length(const Tensor& x, const Shape& axes, double epsilon) {
  return x * rsqrt(sum(square(x), axes, true) + epsilon);
}

}  // namespace

WeightNorm::WeightNorm(Any layer, const WeightNormOptions& o, Rngs& rngs)
    : layer_instance(std::move(layer)), feature_axes(o.feature_axes), epsilon(o.epsilon) {
  for (auto& p : parameters_of(layer_instance)) {
    if (!o.variable_filter(p.path, *p.kind)) continue;
    const Shape shape = lengths(feature_axes, *p.variable);
    std::optional<Param>& scale = scales[p.path];
    if (o.use_scale)
      scale.emplace(o.scale_init ? (*o.scale_init)(rngs.params(), shape, o.param_dtype)
                                 : ones(shape, o.param_dtype));
  }
  if (scales.empty())
    fail("WeightNorm", "the layer has no parameter that the filter takes: give .variable_filter.");
}

Tensor WeightNorm::operator()(const Tensor& x) {
  return call(x, [&](const Tensor& x) {
    return call_with(layer_instance, x, [&](const std::string& path, const Tensor& p) {
      const auto scale = scales.find(path);
      if (scale == scales.end()) return p;
      Shape others, along;
      for (int axis = 0; axis < p.rank(); ++axis) {
        const bool feature = names(feature_axes, axis, p.rank());
        if (!feature) others.push_back(axis);
        along.push_back(feature ? p.shape(axis) : 1);
      }
      const Tensor y = others.empty() ? p * rsqrt(square(p) + epsilon) : over_length(p, others, epsilon);
      return scale->second ? y * reshape(*scale->second, along) : y;
    });
  });
}

SpectralNorm::SpectralNorm(Any layer, const SpectralNormOptions& o, Rngs& rngs)
    : layer_instance(std::move(layer)),
      n_steps(o.n_steps),
      epsilon(o.epsilon),
      use_running_average(!o.update_stats) {
  if (n_steps < 1) fail("SpectralNorm", fmt::format("n_steps is {}: it must be at least 1.", n_steps));
  for (auto& p : parameters_of(layer_instance)) {
    const Tensor value = p.variable->value();
    if (value.rank() > 2 && o.error_on_non_matrix)
      fail("SpectralNorm", fmt::format("'{}' is {}, but only matrices are wanted: leave error_on_non_matrix "
                                       "out to take it as one of its last axis.",
                                       p.path, str(value.layout())));
    if (value.rank() < 2) continue;
    const Tensor u = initializers::normal()(rngs.params(), {1, value.shape(-1)}, o.param_dtype);
    batch_stats.emplace(p.path + ".u", BatchStat(u));
    batch_stats.emplace(p.path + ".sigma", BatchStat(ones({}, o.param_dtype)));
  }
}

// The vectors of the power iteration are constants, sigma = v W u is not.
Tensor SpectralNorm::normalized(const std::string& path, const Tensor& param) {
  const Tensor w = reshape(param, {-1, param.shape(-1)});
  BatchStat &kept = batch_stats.at(path + ".u"), &largest = batch_stats.at(path + ".sigma");
  Tensor u = kept, v;
  for (int i = 0; i < n_steps; ++i) {
    v = over_length(matmul(u, transpose(w)), {}, epsilon);
    u = over_length(matmul(v, w), {}, epsilon);
  }
  u = stop_gradient(u), v = stop_gradient(v);
  const Tensor sigma = sum(matmul(v, w) * u);
  if (!use_running_average) {
    kept = u;
    largest = stop_gradient(sigma);
  }
  return param / where(sigma != 0, sigma, 1);
}

Tensor SpectralNorm::operator()(const Tensor& x) {
  return call(x, [&](const Tensor& x) {
    return call_with(layer_instance, x, [&](const std::string& path, const Tensor& p) {
      return batch_stats.contains(path + ".u") ? normalized(path, p) : p;
    });
  });
}

}  // namespace ramie::nn
