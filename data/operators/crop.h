// A part of an image: at random, or in the middle. Pixels of any dtype.
//
//   data::RandomCrop({.size = {28, 28}, .padding = {2, 2}});     // moved by up to 2 pixels each way
//   data::CenterCrop({.size = {24, 24}});
//
// An axis that is shorter than its size stays as it is. The middle begins at (length - size) / 2, rounded
// down; it is also what a RandomCrop takes that is not stochastic.
//
// Source: Datarax's functional random_crop and center_crop; the padding is torchvision's.
#pragma once

#include <array>

#include <ramie/data/operators/image.h>

namespace ramie::data {

struct RandomCropOptions {
  std::string field_key = "image", target_key = {};
  std::array<std::int64_t, 2> size = {};     // height, width
  std::array<std::int64_t, 2> padding = {};  // above and below, left and right, before the crop
  double fill_value = 0;                     // of the padding
  std::optional<Interval> clip_range = {};
  bool stochastic = true;
  std::optional<std::uint64_t> seed = {};
};

class RandomCrop : public ImageOperator {
 public:
  explicit RandomCrop(RandomCropOptions options);

 private:
  Tensor image(const Tensor& x, const Tensor& keys) const override;
  std::string settings() const override;
  RandomCropOptions options_;
};

struct CenterCropOptions {
  std::string field_key = "image", target_key = {};
  std::array<std::int64_t, 2> size = {};  // height, width
  std::optional<Interval> clip_range = {};
};

class CenterCrop : public ImageOperator {
 public:
  explicit CenterCrop(CenterCropOptions options);

 private:
  Tensor image(const Tensor& x, const Tensor& keys) const override;
  std::string settings() const override;
  CenterCropOptions options_;
};

}  // namespace ramie::data
