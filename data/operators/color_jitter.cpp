#include <ramie/data/operators/color_jitter.h>

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include <ramie/autograd/ops/elementwise.h>
#include <ramie/autograd/ops/reduce.h>
#include <ramie/autograd/ops/shape.h>
#include <ramie/autograd/ops/sort.h>
#include <ramie/data/operators/color.h>
#include <ramie/tensor/error.h>
#include <ramie/tensor/random.h>

namespace ramie::data {
namespace {

struct Change {
  Tensor (*adjust)(const Tensor& x, const Tensor& amount);
  Tensor amount;
};

// [rows, 1, 1, n]: a random order of n for each image.
Tensor orders(const Tensor& keys, std::int64_t n) {
  return argsort(random::uniform_rows(keys, {1, 1, n}), -1);
}

// Step i is another change for each image: all are made, and one is taken.
Tensor in_order(const Tensor& x, const std::vector<Change>& changes, const Tensor& order) {
  Tensor y = x;
  for (std::size_t i = 0; i < changes.size(); ++i) {
    const Tensor turn = slice(order, 3, static_cast<std::int64_t>(i), static_cast<std::int64_t>(i) + 1);
    Tensor next = y;
    for (std::size_t j = 0; j < changes.size(); ++j)
      next = where(turn == static_cast<std::int64_t>(j), changes[j].adjust(y, changes[j].amount), next);
    y = next;
  }
  return y;
}

}  // namespace

ColorJitter::ColorJitter(ColorJitterOptions options)
    : ImageOperator("ColorJitter", detail::modality(options)), options_(std::move(options)) {
  const auto& o = options_;
  for (const double a : {o.brightness, o.contrast, o.saturation})
    if (!(a >= 0 && a < 1e6))
      fail(name(), fmt::format("brightness, contrast and saturation are {}, {}, {}: at least 0.",
                               o.brightness, o.contrast, o.saturation));
  if (!(o.hue >= 0 && o.hue <= 0.5)) fail(name(), fmt::format("hue is {}: in 0..0.5.", o.hue));
}

Tensor ColorJitter::image(const Tensor& x, const Tensor& keys) const {
  const auto& o = options_;
  if (x.shape(3) != 1 && x.shape(3) != 3)
    fail_field(x, fmt::format("its images have {} channels, not 1 or 3.", x.shape(3)));
  if (!o.stochastic) return x;
  std::vector<Change> changes;
  const auto factor = [&](double a, std::uint32_t draw, auto adjust) {
    if (a > 0) changes.push_back({adjust, per_image({std::max(0.0, 1 - a), 1 + a}, x, keys, draw)});
  };
  factor(o.brightness, 1, detail::adjust_brightness);
  factor(o.contrast, 2, detail::adjust_contrast);
  factor(o.saturation, 3, detail::adjust_saturation);
  if (o.hue > 0) changes.push_back({detail::adjust_hue, per_image({-o.hue, o.hue}, x, keys, 4)});
  Tensor y = detail::planes(x);
  if (o.random_order && changes.size() > 1)
    return detail::channels_last(
        in_order(y, changes, orders(keys, static_cast<std::int64_t>(changes.size()))));
  for (const Change& c : changes) y = c.adjust(y, c.amount);
  return detail::channels_last(y);
}

std::string ColorJitter::settings() const {
  const auto& o = options_;
  return fmt::format("brightness {}, contrast {}, saturation {}, hue {}{}{}", o.brightness, o.contrast,
                     o.saturation, o.hue, o.random_order ? "" : ", in order", o.stochastic ? "" : ", fixed");
}

namespace detail {
namespace {

Tensor gray(const Tensor& x) { return x.shape(1) == 3 ? luma(x) : x; }
// From one picture, over x at amount 1, and beyond.
Tensor away(const Tensor& from, const Tensor& x, const Tensor& amount) {
  return clip(amount * x + (1 - amount) * from, 0, 1);
}

}  // namespace

Tensor adjust_brightness(const Tensor& x, const Tensor& amount) { return clip(x * amount, 0, 1); }
Tensor adjust_contrast(const Tensor& x, const Tensor& amount) {
  return away(mean(gray(x), {1, 2, 3}, true), x, amount);
}
Tensor adjust_saturation(const Tensor& x, const Tensor& amount) {
  return x.shape(1) == 1 ? x : away(luma(x), x, amount);
}
Tensor adjust_hue(const Tensor& x, const Tensor& amount) {
  if (x.shape(1) == 1) return x;
  const Hsv hsv = to_hsv(x);
  return clip(to_rgb({hsv.hue + amount, hsv.saturation, hsv.value}), 0, 1);
}

}  // namespace detail
}  // namespace ramie::data
