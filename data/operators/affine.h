// Turns, moves, scales and shears images about their middle, with bilinear interpolation.
//
//   data::Affine({.degrees = {-10, 10}, .translate = {0.1, 0.1}, .scale = {0.9, 1.1}});
//
// One of each is drawn for each image; with stochastic = false they are the middles of the ranges, and
// nothing moves. Outside of the source lies fill_value.
//
// Source: torchvision's RandomAffine, with InterpolationMode.BILINEAR: degrees turn clockwise, as seen;
// translations are whole pixels, up to the given parts of the width and height; a shear of s degrees along x
// moves rows by tan(s) times their distance from the middle. (Datarax's Rotation turns the other way.)
#pragma once

#include <array>

#include <ramie/data/operators/image.h>

namespace ramie::data {

struct AffineOptions {
  std::string field_key = "image", target_key = {};
  Interval degrees = {0, 0};
  std::array<double, 2> translate = {};  // of the width and of the height, at most
  Interval scale = {1, 1};
  Interval shear = {0, 0}, shear_y = {0, 0};  // degrees
  double fill_value = 0;
  std::optional<Interval> clip_range = {};
  bool stochastic = true;
  std::optional<std::uint64_t> seed = {};
};

class Affine : public ImageOperator {
 public:
  explicit Affine(AffineOptions options = {});

 private:
  Tensor image(const Tensor& x, const Tensor& keys) const override;
  std::string settings() const override;
  AffineOptions options_;
};

}  // namespace ramie::data
