#include <ramie/data/operators/flip.h>

#include <fmt/format.h>

#include <ramie/autograd/ops/elementwise.h>
#include <ramie/autograd/ops/shape.h>

namespace ramie::data {

Flip::Flip(FlipOptions options)
    : ImageOperator("Flip", detail::modality(options), Pixels::any), options_(std::move(options)) {
  detail::check_probability(name(), "horizontal_probability", options_.horizontal_probability);
  detail::check_probability(name(), "vertical_probability", options_.vertical_probability);
}

Tensor Flip::image(const Tensor& x, const Tensor& keys) const {
  const auto& o = options_;
  Tensor y = x;
  if (o.horizontal_probability > 0) y = where(coin(o.horizontal_probability, x, keys, 0), flip(y, {2}), y);
  if (o.vertical_probability > 0) y = where(coin(o.vertical_probability, x, keys, 1), flip(y, {1}), y);
  return y;
}

std::string Flip::settings() const {
  const auto& o = options_;
  return fmt::format("horizontal {}, vertical {}{}", o.horizontal_probability, o.vertical_probability,
                     o.stochastic ? "" : ", fixed");
}

}  // namespace ramie::data
