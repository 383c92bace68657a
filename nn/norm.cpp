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

Tensor BatchNorm::operator()(const Tensor& input) {
  if (input.rank() < 1 || input.shape(-1) != num_features)
    fail("BatchNorm", fmt::format("the input is {}, but its last axis must have num_features = {} elements.",
                                  str(input.layout()), num_features));
  const Tensor x = input.astype(promote(input.dtype(), float32));  // half types would lose the variance
  const auto [mu, sigma2] = use_running_average ? std::pair<Tensor, Tensor>(mean, var) : batch_statistics(x);
  Tensor factor = rsqrt(sigma2 + epsilon);
  if (scale) factor = factor * *scale;
  Tensor y = (x - mu) * factor;
  if (bias) y = y + *bias;
  return y.astype(output_dtype(input.dtype()));
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

}  // namespace ramie::nn
