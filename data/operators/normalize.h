// (x - mean) / std of each channel, as images enter a model. Integer pixels are divided by 255 first.
//
//   data::Normalize({.mean = {0.1307}, .std = {0.3081}});                                      // MNIST
//   data::Normalize({.mean = {0.485, 0.456, 0.406}, .std = {0.229, 0.224, 0.225}});            // ImageNet
//
// One mean is for all channels. The result is float32, or of x's own floating dtype.
//
// Source: torchvision's ToTensor and Normalize; Datarax's functional normalize.
#pragma once

#include <vector>

#include <ramie/data/operators/image.h>

namespace ramie::data {

struct NormalizeOptions {
  std::string field_key = "image", target_key = {};
  std::vector<double> mean = {0}, std = {1};
  std::optional<Interval> clip_range = {};
};

class Normalize : public ImageOperator {
 public:
  explicit Normalize(NormalizeOptions options = {});

 private:
  Tensor image(const Tensor& x, const Tensor& keys) const override;
  std::string settings() const override;
  NormalizeOptions options_;
};

}  // namespace ramie::data
