// Mirrors images: left and right, top and bottom. Pixels of any dtype.
//
//   data::Flip();                                                           // left and right, every second
//   data::Flip({.horizontal_probability = 0, .vertical_probability = 0.5});
//
// With stochastic = false every image is mirrored in each way whose probability is not 0.
//
// Source: Datarax's functional random_flip_left_right and random_flip_up_down.
#pragma once

#include <ramie/data/operators/image.h>

namespace ramie::data {

struct FlipOptions {
  std::string field_key = "image", target_key = {};
  double horizontal_probability = 0.5, vertical_probability = 0;
  std::optional<Interval> clip_range = {};
  bool stochastic = true;
  std::optional<std::uint64_t> seed = {};
};

class Flip : public ImageOperator {
 public:
  explicit Flip(FlipOptions options = {});

 private:
  Tensor image(const Tensor& x, const Tensor& keys) const override;
  std::string settings() const override;
  FlipOptions options_;
};

}  // namespace ramie::data
