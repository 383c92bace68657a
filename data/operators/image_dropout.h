// Sets random pixels, or whole channels, to 0. What is kept is not scaled up, unlike nn::Dropout.
//
//   data::ImageDropout({.dropout_rate = 0.1});
//   data::ImageDropout({.dropout_rate = 0.2, .mode = data::DropoutMode::channel});
//
// "Pixel" means each number of the image, so that the channels of a pixel fall apart from each other. With
// stochastic = false all images get the mask of key 0, that of Datarax.
//
// Source: Datarax's DropoutOperator.
#pragma once

#include <cstdint>

#include <ramie/data/operators/image.h>

namespace ramie::data {

enum class DropoutMode : std::uint8_t { pixel, channel };

struct ImageDropoutOptions {
  std::string field_key = "image", target_key = {};
  double dropout_rate = 0.1;
  DropoutMode mode = DropoutMode::pixel;
  std::optional<Interval> clip_range = {};
  bool stochastic = true;
  std::optional<std::uint64_t> seed = {};
};

class ImageDropout : public ImageOperator {
 public:
  explicit ImageDropout(ImageDropoutOptions options = {});

 private:
  Tensor image(const Tensor& x, const Tensor& keys) const override;
  std::string settings() const override;
  ImageDropoutOptions options_;
};

}  // namespace ramie::data
