// Changes brightness, contrast, saturation and hue of images in [0, 1] at random.
//
//   data::ColorJitter({.brightness = 0.4, .contrast = 0.4, .saturation = 0.4, .hue = 0.1});
//
// Brightness, contrast and saturation are factors between max(0, 1 - a) and 1 + a; the hue turns by up to
// `hue` of a turn, at most 0.5. Each image has its own numbers, and its own order of the four, unless
// random_order is false: then it is the order of the list. Each of the four clips to [0, 1] what it makes.
// Images have one or three channels; saturation and hue leave those with one as they are. With stochastic =
// false nothing changes.
//
// Source: torchvision's ColorJitter. (Datarax's color_jitter keeps the order, measures the hue in radians,
// and its contrast, one mean for each channel, and saturation, in HSV, differ.)
#pragma once

#include <ramie/data/operators/image.h>

namespace ramie::data {

struct ColorJitterOptions {
  std::string field_key = "image", target_key = {};
  double brightness = 0, contrast = 0, saturation = 0, hue = 0;
  bool random_order = true;
  std::optional<Interval> clip_range = {};
  bool stochastic = true;
  std::optional<std::uint64_t> seed = {};
};

class ColorJitter : public ImageOperator {
 public:
  explicit ColorJitter(ColorJitterOptions options = {});

 private:
  Tensor image(const Tensor& x, const Tensor& keys) const override;
  std::string settings() const override;
  ColorJitterOptions options_;
};

namespace detail {

// What it is made of, for images as planes, [rows, 1 or 3, height, width]; amount is a number for each image,
// [rows, 1, 1, 1]. The results lie in [0, 1].
Tensor adjust_brightness(const Tensor& x, const Tensor& amount);  // x amount
Tensor adjust_contrast(const Tensor& x, const Tensor& amount);    // away from the mean of its gray picture
Tensor adjust_saturation(const Tensor& x, const Tensor& amount);  // away from its gray picture
Tensor adjust_hue(const Tensor& x, const Tensor& amount);         // by so many turns

}  // namespace detail
}  // namespace ramie::data
