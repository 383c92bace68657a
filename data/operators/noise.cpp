#include <ramie/data/operators/noise.h>

#include <fmt/format.h>

#include <ramie/autograd/engine.h>
#include <ramie/autograd/ops/elementwise.h>
#include <ramie/autograd/ops/random_rows.h>
#include <ramie/autograd/ops/reduce.h>
#include <ramie/tensor/create.h>
#include <ramie/tensor/error.h>
#include <ramie/tensor/random.h>

namespace ramie::data {
namespace {

void check(const std::string& op, const NoiseOptions& o) {
  if (!(o.noise_std >= 0)) fail(op, fmt::format("noise_std is {}: at least 0.", o.noise_std));
  if (!(o.lam_scale > 0)) fail(op, fmt::format("lam_scale is {}: more than 0.", o.lam_scale));
  detail::check_probability(op, "salt_prob", o.salt_prob);
  detail::check_probability(op, "pepper_prob", o.pepper_prob);
  if (o.salt_prob + o.pepper_prob > 1)
    fail(op, fmt::format("salt_prob + pepper_prob is {} + {}: at most 1.", o.salt_prob, o.pepper_prob));
}

// What a white pixel is, for each image.
Tensor white(const Tensor& x) {
  return where(max(x, {1, 2, 3}, true) > 1.5, 255, full({}, 1, x.dtype()).to(x.device()));
}

Tensor key_zero(const Tensor& x) { return random::key(0).to(x.device()); }

}  // namespace

Noise::Noise(NoiseOptions options)
    : ImageOperator("Noise", detail::modality(options)), options_(std::move(options)) {
  check(name(), options_);
}

Tensor Noise::image(const Tensor& x, const Tensor& keys) const {
  if (options_.mode == NoiseMode::gaussian) return gaussian(x, keys);
  return options_.mode == NoiseMode::salt_pepper ? salt_pepper(x, keys) : poisson(x, keys);
}

Tensor Noise::gaussian(const Tensor& x, const Tensor& keys) const {
  if (options_.noise_std == 0) return x;
  const auto fixed = [&] { return random::normal(key_zero(x), detail::row_shape(x), x.dtype()); };
  const Tensor y =
      options_.stochastic ? add_normal_rows(x, keys, options_.noise_std) : x + fixed() * options_.noise_std;
  return options_.noise_mean == 0 ? y : y + options_.noise_mean;
}

Tensor Noise::uniform(const Tensor& x, const Tensor& keys) const {
  const Shape row = detail::row_shape(x);
  return options_.stochastic ? random::uniform_rows(keys, row, x.dtype())
                             : random::uniform(key_zero(x), row, x.dtype());
}

Tensor Noise::salt_pepper(const Tensor& x, const Tensor& keys) const {
  const auto& o = options_;
  const Tensor u = uniform(x, keys);
  const Tensor salt = o.salt_value ? full({}, *o.salt_value, x.dtype()).to(x.device()) : white(x);
  return where(u < o.salt_prob, salt, where(u < o.salt_prob + o.pepper_prob, o.pepper_value.value_or(0), x));
}

Tensor Noise::poisson(const Tensor& x, const Tensor& keys) const {
  const Tensor unit = white(x);
  const Tensor lam = maximum(x, 0) * options_.lam_scale / unit;
  return detail::poisson_quantile(uniform(x, keys), lam) * unit / options_.lam_scale;
}

std::string Noise::settings() const {
  const auto& o = options_;
  const std::string fixed = o.stochastic ? "" : ", fixed";
  if (o.mode == NoiseMode::gaussian)
    return fmt::format("gaussian, mean {}, std {}{}", o.noise_mean, o.noise_std, fixed);
  if (o.mode == NoiseMode::poisson) return fmt::format("poisson, lam_scale {}{}", o.lam_scale, fixed);
  const auto value = [](const auto& v, const char* none) { return v ? fmt::format("{}", *v) : none; };
  return fmt::format("salt_pepper, {} at {}, {} at {}{}", value(o.salt_value, "white"), o.salt_prob,
                     value(o.pepper_value, "0"), o.pepper_prob, fixed);
}

namespace detail {
namespace {

constexpr double small_lam = 10;
constexpr int most_events = 32;  // of which P is 2e-8 at that mean

// One for each sum of probabilities that u has reached. The sum of them all may have been rounded to less
// than 1, so that u stays a little below; and no probability may become a slow, denormal number.
Tensor quantile_by_sums(const Tensor& uniform, const Tensor& lam) {
  const Tensor u = minimum(uniform, 1 - 1e-6);
  Tensor p = exp(-lam), total = p, k = zeros_like(u);
  for (int i = 1; i <= most_events; ++i) {
    k = where(u >= total, i, k);
    p = maximum(p * lam * (1.0 / i), 1e-30);
    total = total + p;
  }
  return k;
}

// M. Giles, Algorithm 955: approximation of the inverse Poisson cumulative distribution function, 2016.
Tensor quantile_by_expansion(const Tensor& u, const Tensor& lam) {
  const Tensor w = erf_inv(clip(u, 3e-8, 1 - 6e-8) * 2 - 1) * 1.4142135623730951, w2 = square(w);
  const Tensor root = sqrt(lam);
  const Tensor correction = w * (w2 * (-1. / 72) - 1. / 36) / root;
  return maximum(floor(lam + root * w + w2 / 6 + 1. / 3 + correction), 0);
}

}  // namespace

Tensor poisson_quantile(const Tensor& u, const Tensor& lam) {
  const Tensor fixed = stop_gradient(lam), small = fixed < small_lam;
  return where(small, quantile_by_sums(u, minimum(fixed, small_lam)),
               quantile_by_expansion(u, maximum(fixed, small_lam)));
}

}  // namespace detail
}  // namespace ramie::data
