#include <ramie/data/operators/contrast.h>

#include <ramie/autograd/ops/elementwise.h>
#include <ramie/autograd/ops/reduce.h>
#include <ramie/tensor/create.h>
#include <ramie/tensor/error.h>

namespace ramie::data {

Contrast::Contrast(ContrastOptions options)
    : ImageOperator("Contrast", detail::modality(options)), options_(std::move(options)) {
  detail::check_interval(name(), "contrast_range", options_.contrast_range);
  if (options_.stochastic && !options_.contrast_factor.is(1))
    fail(name(), "contrast_factor is for stochastic = false: else it is drawn from contrast_range.");
}

// The tolerance is that of jax.numpy.allclose.
Tensor Contrast::offset_if_uniform(const Tensor& x, const Tensor& mean, const Tensor& factor) const {
  const Tensor near = abs(x - mean) <= abs(mean) * 1e-5 + 1e-8;
  const Tensor uniform = all(near, {1, 2, 3}, true);
  const Tensor signs = tensor({1, -1, 1}, x.dtype()).to(x.device());
  Tensor moved = x + (factor - 1) * 0.1 * signs;
  if (const auto& c = options_.clip_range) moved = clip(moved, c->low, c->high);
  return where(uniform, moved, x);
}

Tensor Contrast::image(const Tensor& x, const Tensor& keys) const {
  const Tensor factor =
      options_.stochastic ? per_image(options_.contrast_range, x, keys) : options_.contrast_factor.like(x);
  const Tensor centre = mean(x, {1, 2}, true);
  const Tensor from = x.shape(3) == 3 ? offset_if_uniform(x, centre, factor) : x;
  return centre + factor * (from - centre);
}

std::string Contrast::settings() const {
  return options_.stochastic ? str(options_.contrast_range) : "factor " + options_.contrast_factor.describe();
}

}  // namespace ramie::data
