#include <ramie/data/operators/rotation.h>

#include <fmt/format.h>

#include <numbers>

#include <ramie/autograd/ops/elementwise.h>
#include <ramie/autograd/ops/shape.h>
#include <ramie/data/operators/warp.h>

namespace ramie::data {

Rotation::Rotation(RotationOptions options)
    : ImageOperator("Rotation", detail::modality(options)), options_(std::move(options)) {
  detail::check_interval(name(), "angle_range", options_.angle_range);
}

Tensor Rotation::image(const Tensor& x, const Tensor& keys) const {
  const Tensor angle = squeeze(per_image(options_.angle_range, x, keys), {-1}) * (std::numbers::pi / 180);
  const Tensor c = cos(angle), s = sin(angle);
  const double cy = static_cast<double>(x.shape(1)) / 2, cx = static_cast<double>(x.shape(2)) / 2;
  const auto from = detail::grid(x, cy, cx);
  const detail::Points at{c * from.y + s * from.x + cy, c * from.x - s * from.y + cx};
  return detail::sample(x, at, options_.fill_value, detail::Beyond::fill);
}

std::string Rotation::settings() const {
  return fmt::format("{} degrees, fill {}{}", str(options_.angle_range), options_.fill_value,
                     options_.stochastic ? "" : ", fixed");
}

}  // namespace ramie::data
