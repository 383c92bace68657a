// Turns images about the point (height / 2, width / 2), with bilinear interpolation.
//
//   data::Rotation({.angle_range = {-15, 15}});      // one angle per image, in degrees
//
// Where the source would lie outside of the outermost pixels' centres the result is fill_value. With
// stochastic = false the angle is the middle of the range. The result is clipped to [0, 1], as in Datarax:
// `.clip_range = {}` switches it off (see brightness.h).
//
// Source: Datarax's RotationOperator, also for the direction: what it calls counter-clockwise moves the right
// edge down for a small positive angle.
#pragma once

#include <ramie/data/operators/image.h>

namespace ramie::data {

struct RotationOptions {
  std::string field_key = "image", target_key = {};
  Interval angle_range = {-15, 15};
  double fill_value = 0;
  std::optional<Interval> clip_range = {{0, 1}};
  bool stochastic = true;
  std::optional<std::uint64_t> seed = {};
};

class Rotation : public ImageOperator {
 public:
  explicit Rotation(RotationOptions options = {});

 private:
  Tensor image(const Tensor& x, const Tensor& keys) const override;
  std::string settings() const override;
  RotationOptions options_;
};

}  // namespace ramie::data
