// Fills squares of an image with a value. Their centres lie anywhere in the image, so that parts of a square
// may fall outside (patches of PatchDropout lie inside).
//
//   data::Cutout({.num_holes = 1, .length = 16});
//
// The hole is rows and columns centre - length / 2 up to centre - length / 2 + length - 1. With stochastic =
// false it is in the middle.
//
// Source: T. DeVries and G. Taylor, Improved regularization of convolutional neural networks with cutout,
// 2017.
#pragma once

#include <ramie/data/operators/image.h>

namespace ramie::data {

struct CutoutOptions {
  std::string field_key = "image", target_key = {};
  std::int64_t num_holes = 1;
  std::int64_t length = 16;  // of a side, in pixels
  double fill_value = 0;
  std::optional<Interval> clip_range = {};
  bool stochastic = true;
  std::optional<std::uint64_t> seed = {};
};

class Cutout : public ImageOperator {
 public:
  explicit Cutout(CutoutOptions options = {});

 private:
  Tensor image(const Tensor& x, const Tensor& keys) const override;
  Tensor first(const Tensor& x, int axis, const Tensor& keys) const;  // [rows, holes]: where they begin
  std::string settings() const override;
  CutoutOptions options_;
};

}  // namespace ramie::data
