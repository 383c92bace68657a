#include <ramie/data/operators/affine.h>

#include <fmt/format.h>

#include <numbers>

#include <ramie/autograd/ops/elementwise.h>
#include <ramie/autograd/ops/shape.h>
#include <ramie/data/operators/warp.h>
#include <ramie/tensor/error.h>

namespace ramie::data {
namespace {

void check(const std::string& op, const AffineOptions& o) {
  detail::check_interval(op, "degrees", o.degrees);
  detail::check_interval(op, "scale", o.scale);
  detail::check_interval(op, "shear", o.shear);
  detail::check_interval(op, "shear_y", o.shear_y);
  if (o.scale.low <= 0) fail(op, fmt::format("scale is {}: more than 0.", str(o.scale)));
  for (const double part : o.translate) detail::check_probability(op, "translate", part);
  for (const Interval& s : {o.shear, o.shear_y})
    if (s.low <= -90 || s.high >= 90) fail(op, fmt::format("a shear is {}: between -90 and 90.", str(s)));
}

// The matrix that leads from the result back to the source, but for the scale.
struct Inverse {
  Tensor xx, xy, yx, yy;
};
Inverse inverse(const Tensor& angle, const Tensor& shear_x, const Tensor& shear_y) {
  const Tensor c = cos(angle - shear_y) / cos(shear_y), s = sin(angle - shear_y) / cos(shear_y);
  const Tensor t = tan(shear_x);
  return {cos(angle) - s * t, c * t + sin(angle), -s, c};
}

}  // namespace

Affine::Affine(AffineOptions options)
    : ImageOperator("Affine", detail::modality(options)), options_(std::move(options)) {
  check(name(), options_);
}

Tensor Affine::image(const Tensor& x, const Tensor& keys) const {
  const auto& o = options_;
  const auto drawn = [&](const Interval& range, std::uint32_t draw) {
    return squeeze(per_image(range, x, keys, draw), {-1});
  };
  const auto radians = [&](const Interval& range, std::uint32_t draw) {
    return drawn(range, draw) * (std::numbers::pi / 180);
  };
  const auto moved = [&](double part, int axis, std::uint32_t draw) {
    const double most = part * static_cast<double>(x.shape(axis));
    return round(drawn({-most, most}, draw));
  };
  const Inverse m = inverse(radians(o.degrees, 0), radians(o.shear, 4), radians(o.shear_y, 5));
  const Tensor scale = drawn(o.scale, 3);
  const double cy = static_cast<double>(x.shape(1) - 1) / 2, cx = static_cast<double>(x.shape(2) - 1) / 2;
  const auto from = detail::grid(x, cy, cx);
  const Tensor u = from.x - moved(o.translate[0], 2, 1), v = from.y - moved(o.translate[1], 1, 2);
  const detail::Points at{(m.yx * u + m.yy * v) / scale + cy, (m.xx * u + m.xy * v) / scale + cx};
  return detail::sample(x, at, o.fill_value, detail::Beyond::blend);
}

std::string Affine::settings() const {
  const auto& o = options_;
  return fmt::format("{} degrees, translate {} {}, scale {}, shear {} {}, fill {}{}", str(o.degrees),
                     o.translate[0], o.translate[1], str(o.scale), str(o.shear), str(o.shear_y), o.fill_value,
                     o.stochastic ? "" : ", fixed");
}

}  // namespace ramie::data
