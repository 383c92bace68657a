// Adds a number to all pixels of an image.
//
//   data::Brightness({.brightness_range = {-0.1, 0.1}});                        // one number per image
//   data::Brightness({.brightness_delta = 0.1, .stochastic = false});           // always this one
//
// THE RESULT IS CLIPPED TO [0, 1], as in Datarax: right for images in [0, 1], but behind Normalize it cuts
// off all that is darker than the mean, and images for training then look unlike those for testing.
// `.clip_range = {}` switches it off. (In Datarax it cannot be: the sum is clipped whatever clip_range says.)
//
// Source: Datarax's BrightnessOperator.
#pragma once

#include <ramie/data/operators/image.h>

namespace ramie::data {

struct BrightnessOptions {
  std::string field_key = "image", target_key = {};
  Interval brightness_range = {-0.2, 0.2};
  Setting brightness_delta = 0;  // of one that is not stochastic
  std::optional<Interval> clip_range = {{0, 1}};
  bool stochastic = true;
  std::optional<std::uint64_t> seed = {};
};

class Brightness : public ImageOperator {
 public:
  explicit Brightness(BrightnessOptions options = {});

 private:
  Tensor image(const Tensor& x, const Tensor& keys) const override;
  std::string settings() const override;
  BrightnessOptions options_;
};

}  // namespace ramie::data
