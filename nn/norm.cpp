#include <ramie/nn/norm.h>

#include <fmt/format.h>

#include <ramie/autograd/engine.h>
#include <ramie/autograd/ops/elementwise.h>
#include <ramie/autograd/ops/reduce.h>
#include <ramie/tensor/create.h>
#include <ramie/tensor/error.h>

namespace ramie::nn {

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

Tensor BatchNorm::operator()(const Tensor& x) {
  if (x.rank() < 1 || x.shape(-1) != num_features)
    fail("BatchNorm", fmt::format("the input is {}, but its last axis must have num_features = {} elements.",
                                  str(x.layout()), num_features));
  Tensor mu = mean, sigma2 = var;
  if (!use_running_average) {
    Shape axes;
    for (int i = 0; i < x.rank() - 1; ++i) axes.push_back(i);
    if (axes.empty()) fail("BatchNorm", fmt::format("the input {} has no batch axis to normalise over.", str(x.layout())));
    mu = ramie::mean(x, axes);
    sigma2 = maximum(ramie::mean(square(x), axes) - square(mu), 0);
    mean = mean.value() * momentum + stop_gradient(mu) * (1 - momentum);
    var = var.value() * momentum + stop_gradient(sigma2) * (1 - momentum);
  }
  Tensor factor = rsqrt(sigma2 + epsilon);
  if (scale) factor = factor * *scale;
  Tensor y = (x - mu) * factor;
  return bias ? y + *bias : y;
}

}  // namespace ramie::nn
