#include <ramie/data/operators/normalize.h>

#include <cmath>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <ramie/autograd/ops/scale_shift.h>
#include <ramie/tensor/error.h>

namespace ramie::data {

Normalize::Normalize(NormalizeOptions options)
    : ImageOperator("Normalize", detail::modality(options), Pixels::any), options_(std::move(options)) {
  const auto& [mean, std] = std::tie(options_.mean, options_.std);
  if (mean.empty() || mean.size() != std.size())
    fail(name(),
         fmt::format("mean is {} and std is {}: one number each, or one for each channel.", mean, std));
  for (const double s : std)
    if (!(std::isfinite(s) && s > 0)) fail(name(), fmt::format("std is {}: it must be more than 0.", std));
}

// (x - mean) / std as x scale + shift.
Tensor Normalize::image(const Tensor& x, const Tensor&) const {
  const auto& o = options_;
  if (o.mean.size() != 1 && static_cast<std::int64_t>(o.mean.size()) != x.shape(3))
    fail_field(x, fmt::format("it has {} channels, and mean has {} numbers.", x.shape(3), o.mean.size()));
  const double unit = is_floating(x.dtype()) ? 1 : 255;
  std::vector<double> scale, shift;
  for (std::size_t i = 0; i < o.mean.size(); ++i) {
    scale.push_back(1 / (unit * o.std[i]));
    shift.push_back(-o.mean[i] / o.std[i]);
  }
  return scale_shift(x, from_vector(scale).to(x.device()), from_vector(shift).to(x.device()));
}

std::string Normalize::settings() const {
  return fmt::format("mean {}, std {}", options_.mean, options_.std);
}

}  // namespace ramie::data
